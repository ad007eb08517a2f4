/**
 * `npm run bench:read`: the gateway beside PostGraphile 5 and a hand-written handler, on one database, in alternating
 * rounds. Prints ratios with their spread; `--json FILE` writes the medians at 16 connections; `--quick` is smaller.
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

import { startPostgres } from '../postgres-server.ts';
import { type BenchDatabase, prepareDatabase } from './database.ts';
import { type LoadResult, runLoad } from './load.ts';
import { printReport, summarise, type Measurement } from './report.ts';
import { startServers, type Server } from './servers.ts';
import { startStatementCounter } from './statement-counter.ts';
import { readCpuMs } from './watch.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    customers: { type: 'string' },
  },
});

const quick = { customers: 20_000, products: 5000, lines: 600_000 };
const full = { customers: 100_000, products: 20_000, lines: 3_000_000 };
const base = options.quick ? quick : full;
const customers = Number(options.customers ?? base.customers);
const size = { ...base, customers, lines: Math.round((base.lines * customers) / base.customers) };
const rounds = Number(options.rounds ?? (options.quick ? 3 : 5));
const durationMs = 1000 * Number(options.seconds ?? (options.quick ? 3 : 5));
const connectionCounts = options.quick ? [16] : [1, 16, 64];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const postgresServer = await startPostgres();
const started: Server[] = [];
try {
  const database = await prepareDatabase(postgresServer.url, size, say);
  const statements = await countEach(database);
  started.push(...(await startServers(database)));
  const measurements = await measureRounds(started);
  const summary = summarise(measurements, statements);
  printReport(summary, {
    machine: `${cpus().length} cores ${cpus()[0]?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    size,
    rounds,
    durationMs,
  });
  if (options.json) writeFileSync(options.json, `${JSON.stringify(summary.json, null, 2)}\n`);
} finally {
  for (const server of started) server.stop();
  postgresServer.stop();
}

/** Statements of one request, of each server and query: counted on servers of their own, which the proxy slows down. */
async function countEach(database: BenchDatabase): Promise<Map<string, number>> {
  const counter = await startStatementCounter(database.url);
  const servers = await startServers({ ...database, url: counter.url });
  const counts = new Map<string, number>();
  for (const server of servers) {
    for (const [query, target] of Object.entries(server.targets)) {
      // The first requests prepare what the others use.
      await runLoad(target, 4, 500);
      counter.take();
      const { requests } = await runLoad(target, 1, 300);
      counts.set(`${server.name} ${query}`, Math.round(counter.take() / requests));
    }
  }
  for (const server of servers) server.stop();
  counter.close();
  return counts;
}

/** Warms every server, then measures them in turn, the order turned round each time, so that drift hits all alike. */
async function measureRounds(servers: readonly Server[]): Promise<Measurement[]> {
  say('warming');
  for (const server of servers) {
    for (const target of Object.values(server.targets))
      await runLoad(target, 16, options.quick ? 3000 : 6000);
  }
  const measurements: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const connections of connectionCounts) {
      for (const query of ['q360', 'q1', 'qhello'] as const) {
        for (const server of order) {
          const before = await readCpuMs(server);
          const load: LoadResult = await runLoad(server.targets[query], connections, durationMs);
          const after = await readCpuMs(server);
          const cpu = {
            server: after.server - before.server,
            database: after.database - before.database,
            load: after.load - before.load,
          };
          measurements.push({ round, server: server.name, query, connections, ...load, cpu });
        }
      }
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return measurements;
}
