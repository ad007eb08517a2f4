/** Customers for tests. */
import { type CustomerInput, recordConsent, upsertCustomers } from '#customers/service.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import type { TestApp } from '../support/app.ts';

/** Known by an id of the source `test`. */
export async function makeCustomers(
  app: TestApp,
  count: number,
  facts: Partial<CustomerInput> = {},
): Promise<string[]> {
  const inputs = Array.from({ length: count }, () => ({
    identities: [{ kind: 'external' as const, source: 'test', value: createId() }],
    ...facts,
  }));
  return (await upsertCustomers(app, inputs)).map(({ customerId }) => customerId);
}

/** Rows of the table alone: nobody is known by anything. */
export async function insertCustomers(
  db: Database,
  count: number,
  facts: { readonly country?: string; readonly createdAt?: Date } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => createId());
  await db.query(
    `insert into customers (id, country, created_at, updated_at, last_seen_at)
    select id, $2, $3::timestamptz, $3::timestamptz, $3::timestamptz from unnest($1::uuid[]) as id`,
    [ids, facts.country ?? null, facts.createdAt ?? new Date('2026-01-01T00:00:00Z')],
  );
  return ids;
}

/** To e-mails of marketing, at the present of the app. */
export async function giveConsent(
  app: TestApp,
  customerId: string,
  status: 'granted' | 'denied',
): Promise<void> {
  const recordedAt = app.clock();
  const given = { channel: 'email', purpose: 'marketing', status, source: 'test', recordedAt } as const;
  await recordConsent(app, customerId, given);
}
