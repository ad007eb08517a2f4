/** Turns measurements into ratios with their spread, as a table and as JSON. */
import type { LoadResult } from './load.ts';
import type { QueryName, ServerName } from './servers.ts';
import type { ShopSize } from './shop.ts';
import type { CpuMs } from './watch.ts';

export interface Measurement extends LoadResult {
  readonly round: number;
  readonly server: ServerName;
  readonly query: QueryName;
  readonly connections: number;
  readonly cpu: CpuMs;
}

interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

interface Row {
  readonly query: QueryName;
  readonly connections: number;
  readonly server: ServerName;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests per second to a peer's in the same round. */
  readonly toPostgraphile: Spread;
  readonly toHandwritten: Spread;
  readonly statements: number;
  /** Processor milliseconds of one request in server, database and load generator. */
  readonly cpuMs: CpuMs;
}

export interface Summary {
  readonly rows: readonly Row[];
  readonly json: object;
}

const JSON_CONNECTIONS = 16;

export function summarise(
  measurements: readonly Measurement[],
  statements: ReadonlyMap<string, number>,
): Summary {
  const keys = new Set(measurements.map((one) => `${one.query} ${one.connections} ${one.server}`));
  const rows = [...keys].map((key): Row => {
    const [query, connections, server] = key.split(' ') as [QueryName, string, ServerName];
    const own = measurements.filter(
      (one) => one.query === query && one.connections === Number(connections) && one.server === server,
    );
    const ratioTo = (peer: ServerName): Spread =>
      spreadOf(
        own.map((one) => {
          const other = measurements.find(
            (two) =>
              two.round === one.round &&
              two.server === peer &&
              two.query === query &&
              two.connections === one.connections,
          );
          return one.requestsPerSecond / other!.requestsPerSecond;
        }),
      );
    const requests = own.reduce((total, one) => total + one.requests, 0);
    const cpuOf = (part: keyof CpuMs): number =>
      own.reduce((total, one) => total + one.cpu[part], 0) / requests;
    return {
      query,
      connections: Number(connections),
      server,
      requestsPerSecond: medianOf(own.map((one) => one.requestsPerSecond)),
      p50Ms: medianOf(own.map((one) => one.p50Ms)),
      p99Ms: medianOf(own.map((one) => one.p99Ms)),
      toPostgraphile: ratioTo('postgraphile'),
      toHandwritten: ratioTo('handwritten'),
      statements: statements.get(`${server} ${query}`) ?? 0,
      cpuMs: { server: cpuOf('server'), database: cpuOf('database'), load: cpuOf('load') },
    };
  });
  return { rows, json: toJson(rows) };
}

function toJson(rows: readonly Row[]): object {
  const rowOf = (server: ServerName, query: QueryName): Row =>
    rows.find((row) => row.server === server && row.query === query && row.connections === JSON_CONNECTIONS)!;
  const q360 = rowOf('gateway', 'q360');
  const q1 = rowOf('gateway', 'q1');
  const workers = rowOf('gateway-workers', 'q360');
  const servers = [...new Set(rows.map(({ server }) => server))];
  return {
    ratios: {
      q360_vs_postgraphile: q360.toPostgraphile.median,
      q360_vs_handwritten: q360.toHandwritten.median,
      q1_vs_postgraphile: q1.toPostgraphile.median,
      q1_vs_handwritten: q1.toHandwritten.median,
      q360_workers_vs_postgraphile: workers.toPostgraphile.median,
      q360_workers_vs_handwritten: workers.toHandwritten.median,
    },
    statements: { q360: q360.statements, q1: q1.statements },
    p99: Object.fromEntries(
      (['q360', 'q1', 'qhello'] as const).map((query) => [
        query,
        Object.fromEntries(servers.map((server) => [server, rowOf(server, query).p99Ms])),
      ]),
    ),
  };
}

export interface RunDescription {
  readonly machine: string;
  readonly size: ShopSize;
  readonly rounds: number;
  readonly durationMs: number;
}

export function printReport(summary: Summary, run: RunDescription): void {
  const { customers, products, lines } = run.size;
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  out(
    `${customers} customers, ${products} products, ${lines} order lines; ${run.rounds} rounds of ${run.durationMs} ms`,
  );
  out(run.machine);
  out('');
  out(
    '| query | connections | server | requests/s | p50 ms | p99 ms | to PostGraphile | to hand-written | statements | CPU ms server + database + load |',
  );
  out('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of summary.rows) {
    const cells = [
      row.query,
      row.connections,
      row.server,
      row.requestsPerSecond.toFixed(0),
      row.p50Ms.toFixed(2),
      row.p99Ms.toFixed(2),
      printSpread(row.toPostgraphile),
      printSpread(row.toHandwritten),
      row.statements,
      `${row.cpuMs.server.toFixed(2)} + ${row.cpuMs.database.toFixed(2)} + ${row.cpuMs.load.toFixed(2)}`,
    ];
    out(`| ${cells.join(' | ')} |`);
  }
}

function printSpread({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

function spreadOf(values: readonly number[]): Spread {
  return { median: medianOf(values), low: Math.min(...values), high: Math.max(...values) };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
