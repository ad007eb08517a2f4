/** A gateway process on a Postgres server of the test's own, and callers that read and write without a pause. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { createId } from '#platform/ids.ts';
import postgres from 'postgres';

import { findFreePort } from '../bench/postgres-server.ts';
import { type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { post, type Reply } from '../support/server.ts';
import type { Data } from '../support/typed-text.ts';

/** Faults are those of a server, and are not tried a second time on the embedded database. */
export const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';

export interface FaultyGateway {
  readonly place: Place;
  readonly gateway: GatewayProcess;
  /** A key with every scope. */
  readonly key: string;
  readonly ask: (query: string, variables?: object, signal?: AbortSignal) => Promise<Reply>;
  close(): Promise<void>;
}

/** @param serverUrl of a database from which the gateway's own is made */
export async function startGateway(
  serverUrl: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ['--no-demo'],
): Promise<FaultyGateway> {
  const databaseUrl = await createDatabase(serverUrl);
  const dataDir = await mkdtemp(join(tmpdir(), 'c360-faults-'));
  const port = String(await findFreePort());
  const place: Place = {
    dataDir,
    env: {
      DATA_DIR: dataDir,
      PORT: port,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      ...env,
    },
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
  const made = await run(place, ['keys', 'create', '--scopes', 'admin', '--json']);
  const { key } = JSON.parse(made.stdout) as { key: string };
  const gateway = await serve(place, args);
  return {
    place,
    gateway,
    key,
    ask: (query, variables = {}, signal) => post({ url: gateway.url, key }, { query, variables }, {}, signal),
    async close() {
      await gateway.kill('SIGKILL');
      await place.remove();
    },
  };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const server = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const name = `faults_${createId().replaceAll('-', '')}`;
  await server.unsafe(`create database ${name}`);
  await server.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

const UPSERT = `mutation ($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) { type: __typename ... on UpsertCustomerPayload { customer { id } } ... on Error { message } }
}`;
const READ =
  '{ customers(first: 5) { nodes { id profile { orderCount } segments(first: 2) { nodes { key } } } } }';

export interface Load {
  /** E-mails of the customers whose writing was answered with success. */
  readonly acknowledged: string[];
  /** How often each status was answered; 0 where the connection to the gateway itself failed. */
  readonly statuses: Map<number, number>;
  /** Answers that are neither a success nor an honest 503 or 504. */
  readonly wrong: string[];
  /** Of all answers so far. */
  slowestMs(): number;
  stop(): Promise<void>;
}

let loads = 0;

/** Each caller sends its next request when the one before is answered. */
export function startLoad({ ask }: FaultyGateway, writers: number, readers: number): Load {
  loads += 1;
  const acknowledged: string[] = [];
  const statuses = new Map<number, number>();
  const wrong: string[] = [];
  const state = { isOver: false, slowestMs: 0 };
  const timed: FaultyGateway['ask'] = async (...parameters) => {
    const start = performance.now();
    const reply = await ask(...parameters);
    state.slowestMs = Math.max(state.slowestMs, Math.round(performance.now() - start));
    return reply;
  };
  const note = (reply: Reply): void => {
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    const code: unknown = reply.body?.errors?.[0]?.extensions?.code;
    const isRefused =
      (reply.status === 503 && code === 'SERVICE_UNAVAILABLE' && reply.headers.get('retry-after') !== null) ||
      (reply.status === 504 && code === 'TIMEOUT');
    if (reply.status === 200 && reply.body?.errors === undefined) return;
    if (!isRefused) wrong.push(`${reply.status} ${reply.text.slice(0, 300)}`);
  };
  const lost = (error: Error): void => {
    statuses.set(0, (statuses.get(0) ?? 0) + 1);
    wrong.push((error.cause instanceof Error ? error.cause : error).message);
  };
  const name = `l${loads}`;
  const write = async (writer: number): Promise<void> => {
    for (let index = 0; !state.isOver; index += 1) {
      const email = `${name}.w${writer}.${index}@faults.example`;
      await timed(UPSERT, { input: { email } }).then((reply) => {
        note(reply);
        const { upsertCustomer } = (reply.body?.data ?? {}) as Data<typeof UPSERT>;
        if (upsertCustomer?.type === 'UpsertCustomerPayload') acknowledged.push(email);
      }, lost);
    }
  };
  const read = async (): Promise<void> => {
    while (!state.isOver) await timed(READ).then(note, lost);
  };
  const callers = Promise.all([
    ...Array.from({ length: writers }, (_, writer) => write(writer)),
    ...Array.from({ length: readers }, read),
  ]);
  return {
    acknowledged,
    statuses,
    wrong,
    slowestMs: () => state.slowestMs,
    async stop() {
      state.isOver = true;
      await callers;
    },
  };
}

/** Milliseconds until the gateway has written and read again. */
export async function measureRecovery({ ask }: FaultyGateway): Promise<number> {
  const start = performance.now();
  for (let index = 0; ; index += 1) {
    const email = `recovery.${start}.${index}@faults.example`;
    const written = await ask(UPSERT, { input: { email } });
    const read = await ask(READ);
    const { upsertCustomer } = (written.body?.data ?? {}) as Data<typeof UPSERT>;
    if (upsertCustomer?.type && read.status === 200 && !read.body.errors) return performance.now() - start;
    if (performance.now() - start > 30_000) throw new Error(`no recovery: ${written.text} ${read.text}`);
    await wait(20);
  }
}

/** Those of the e-mails by which nobody is found. */
export async function findMissing({ ask }: FaultyGateway, emails: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let start = 0; start < emails.length; start += 50) {
    const page = emails.slice(start, start + 50);
    const fields = page.map((email, index) => `c${index}: customer(by: { email: "${email}" }) { id }`);
    const { body, text } = await ask(`{ ${fields.join(' ')} }`);
    if (!body?.data) throw new Error(text);
    const found = body.data as Readonly<Record<string, unknown>>;
    missing.push(...page.filter((_, index) => !found[`c${index}`]));
  }
  return missing;
}
