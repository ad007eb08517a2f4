/** A gateway with a write key, and ways to send to it and to see what became of that. */
import { changeListeners } from '#customers/changes.ts';
import { personTables } from '#customers/identity/merge.ts';
import type { Scope } from '#platform/auth/viewer.ts';
import { createApiKey } from '#platform/auth/api-keys.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { inboxOf } from '#tracking/inbox.ts';

import { featurePersonTables } from '../../src/main/person-tables.ts';
import { query } from '../support/query.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import type { Checked, Data, Variables } from '../support/typed-text.ts';

export interface Tracking extends TestServer {
  readonly writeKey: string;
  writeKeyWith(name: string, scopes: readonly Scope[]): Promise<string>;
  /** Answers once what was acknowledged is worked off. */
  send(path: string, body: object, headers?: Record<string, string>): Promise<Sent>;
  settle(): Promise<void>;
  ask<const Text extends string>(source: Checked<Text>, variables?: Variables<Text>): Promise<Data<Text>>;
  /** Events of the customer with this user id of the source `shop`, newest first. */
  eventsOf(
    userId: string,
  ): Promise<{ kind: string; occurredAt: string; properties: Record<string, unknown> }[]>;
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export async function startTracking(env: Readonly<Record<string, string>> = {}): Promise<Tracking> {
  const server = await startTestServer({ env });
  const { app, url } = server;
  personTables(app).push(...featurePersonTables);
  changeListeners(app).push((customerIds) => refreshDerivedData(app, customerIds));
  const writeKeyWith = async (name: string, scopes: readonly Scope[]) =>
    (await createApiKey(app.db, { name, scopes, at: new Date() })).key;
  const writeKey = await writeKeyWith('shop', ['ingest']);
  const settle = () => inboxOf(app).idle();
  return {
    ...server,
    writeKey,
    writeKeyWith,
    settle,
    ask: (source, variables) => query(app, source, variables),
    async send(path, body, headers = {}) {
      const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      await settle();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
    },
    async eventsOf(userId) {
      const data = await query(
        app,
        `query ($id: String!) { customer(by: { externalId: { source: "shop", id: $id } }) {
          events(first: 100) { nodes { kind occurredAt properties } } } }`,
        { id: userId },
      );
      return (data.customer?.events?.nodes ?? []) as Awaited<ReturnType<Tracking['eventsOf']>>;
    },
  };
}
