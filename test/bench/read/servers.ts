/** Starts the gateway and its peers as processes of their own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { encodeCursor } from '#graphql/connections.ts';

import { findFreePort } from '../postgres-server.ts';
import { type BenchDatabase, keySettings, type PageStart } from './database.ts';
import { runLoad, type Target } from './load.ts';
import { gatewayQueries, postgraphileQueries } from './queries.ts';

export type ServerName =
  | 'gateway'
  | 'gateway-workers'
  | 'yoga-graphql-js'
  | 'yoga-graphql-jit'
  | 'postgraphile'
  | 'handwritten';
export type QueryName = 'q360' | 'q1' | 'qhello';

export interface Server {
  readonly name: ServerName;
  readonly pid: number;
  readonly databaseUrl: string;
  readonly targets: Readonly<Record<QueryName, Target>>;
  stop(): void;
}

const run = promisify(execFile);

const POOL_SIZE = 10;
/** As `npm start` sets them, for every server alike. */
const nodeFlags = ['--max-semi-space-size=64'];
const projectFolder = fileURLToPath(new URL('../../..', import.meta.url));
const peersFolder = fileURLToPath(new URL('./peers', import.meta.url));

export async function startServers(database: BenchDatabase): Promise<Server[]> {
  if (!existsSync(`${peersFolder}/node_modules`)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: peersFolder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return [
    await startGateway('gateway', database, 1),
    await startGateway('gateway-workers', database, 2),
    await startPlainYoga('yoga-graphql-js', database),
    await startPlainYoga('yoga-graphql-jit', database),
    await startPostgraphile(database),
    await startHandwritten(database),
  ];
}

async function createKey(database: BenchDatabase): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['src/main/c360.ts', 'keys', 'create', '--name', 'bench', '--scopes', 'customers:read', '--json'],
    {
      cwd: projectFolder,
      env: { ...process.env, DATABASE_URL: database.url, ...keySettings },
    },
  );
  return (JSON.parse(stdout) as { key: string }).key;
}

export async function startGateway(
  name: ServerName,
  database: BenchDatabase,
  workers: number,
): Promise<Server> {
  const key = await createKey(database);
  const env = { ...keySettings, WORKERS: String(workers) };
  const headers = { authorization: `Bearer ${key}` };
  const hello = { query: gatewayQueries.qhello };
  const server = await start(
    name,
    database,
    ['src/main/c360.ts', 'serve'],
    projectFolder,
    env,
    hello,
    headers,
  );
  return withGatewayTargets(server, headers, database);
}

/** The gateway's queries, whoever executes them. */
async function withGatewayTargets(
  server: RunningServer,
  headers: Headers,
  database: BenchDatabase,
): Promise<Server> {
  const { customers } = await ask<{ customers: { edges: { cursor: string }[] } }>(
    server.port,
    '{ customers(first: 1) { edges { cursor } } }',
    headers,
  );
  // A cursor begins with its version and the name of its order.
  const [, order] = readCursor(customers.edges[0]!.cursor);
  const after = ({ createdAt, id }: PageStart): string => encodeCursor(order!, [createdAt, id]);
  return withTargets(server, headers, {
    q360: database.pageStarts.map((page) => ({
      query: gatewayQueries.q360,
      variables: { after: after(page) },
    })),
    q1: database.emails.map((email) => ({ query: gatewayQueries.q1, variables: { email } })),
    qhello: [{ query: gatewayQueries.qhello }],
  });
}

async function startPlainYoga(
  name: `yoga-${'graphql-js' | 'graphql-jit'}`,
  database: BenchDatabase,
): Promise<Server> {
  const env = { ...keySettings, EXECUTOR: name.replace('yoga-', '') };
  const server = await start(
    name,
    database,
    ['test/bench/read/plain-yoga.ts'],
    projectFolder,
    env,
    { query: gatewayQueries.qhello },
    {},
  );
  return withGatewayTargets(server, {}, database);
}

async function startPostgraphile(database: BenchDatabase): Promise<Server> {
  const hello = { query: postgraphileQueries.qhello };
  const server = await start('postgraphile', database, ['postgraphile.js'], peersFolder, {}, hello);
  const { allCustomers } = await ask<{ allCustomers: { edges: { cursor: string }[] } }>(
    server.port,
    '{ allCustomers(first: 1, orderBy: [CREATED_AT_DESC, ID_DESC]) { edges { cursor } } }',
  );
  // A cursor begins with a digest of its order.
  const [digest] = readCursor(allCustomers.edges[0]!.cursor);
  const after = ({ createdAt, id }: PageStart): string =>
    Buffer.from(JSON.stringify([digest, createdAt, id])).toString('base64');
  return withTargets(
    server,
    {},
    {
      q360: database.pageStarts.map((page) => ({
        query: postgraphileQueries.q360,
        variables: { after: after(page) },
      })),
      q1: database.emails.map((email) => ({ query: postgraphileQueries.q1, variables: { email } })),
      qhello: [hello],
    },
  );
}

async function ask<Data>(port: number, query: string, headers: Headers = {}): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: Data };
  return data;
}

/** The parts of a cursor: both servers write JSON lists. */
function readCursor(cursor: string): string[] {
  return JSON.parse(Buffer.from(cursor, 'base64').toString()) as string[];
}

async function startHandwritten(database: BenchDatabase): Promise<Server> {
  const hello = { query: 'qhello', parameters: [] };
  const server = await start(
    'handwritten',
    database,
    ['test/bench/read/handwritten.ts'],
    projectFolder,
    {},
    hello,
  );
  return withTargets(
    server,
    {},
    {
      q360: database.pageStarts.map(({ createdAt, id }) => ({ query: 'q360', parameters: [createdAt, id] })),
      q1: database.emails.map((email) => ({ query: 'q1', parameters: [email] })),
      qhello: [hello],
    },
  );
}

type RunningServer = Omit<Server, 'targets'> & { readonly port: number };
type Headers = Readonly<Record<string, string>>;

function withTargets(
  server: RunningServer,
  headers: Headers,
  bodies: Readonly<Record<QueryName, readonly object[]>>,
): Server {
  const targetOf = (query: QueryName): Target => ({
    port: server.port,
    headers,
    bodies: bodies[query].map((body) => JSON.stringify(body)),
  });
  return { ...server, targets: { q360: targetOf('q360'), q1: targetOf('q1'), qhello: targetOf('qhello') } };
}

async function start(
  name: ServerName,
  database: BenchDatabase,
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  hello: object,
  headers: Headers = {},
): Promise<RunningServer> {
  const port = await findFreePort();
  const child = spawn(process.execPath, [...nodeFlags, ...command], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: String(POOL_SIZE),
      ...env,
    },
  });
  await waitUntilReady(name, child, { port, headers, bodies: [JSON.stringify(hello)] });
  return { name, pid: child.pid!, port, databaseUrl: database.url, stop: () => void child.kill('SIGTERM') };
}

async function waitUntilReady(name: ServerName, child: ChildProcess, hello: Target): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode}`);
    try {
      await runLoad(hello, 1, 1);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill('SIGKILL');
  throw new Error(`${name} did not answer within 30 s`);
}
