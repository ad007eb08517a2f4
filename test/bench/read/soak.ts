/**
 * `npm run bench:soak`: one gateway under steady load for 10 minutes (`--minutes`), Q360 and Q1 in turn from 16
 * connections. Prints requests per second and memory per slice, and the last third of the time over the first.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { startPostgres } from '../postgres-server.ts';
import { prepareDatabase } from './database.ts';
import { runLoad, type Target } from './load.ts';
import { type Server, startGateway } from './servers.ts';

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, customers: { type: 'string', default: '20000' } },
});
const customers = Number(options.customers);
const size = { customers, products: 5000, lines: customers * 30 };
const SLICES = 30;
const sliceMs = (Number(options.minutes) * 60_000) / SLICES;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const postgresServer = await startPostgres();
let gateway: Server | null = null;
try {
  const database = await prepareDatabase(postgresServer.url, size, say);
  gateway = await startGateway('gateway', database, 1);
  const target = mix(gateway.targets.q360, gateway.targets.q1);
  await runLoad(target, 16, 15_000);
  const rates: number[] = [];
  const memory: number[] = [];
  for (let slice = 0; slice < SLICES; slice += 1) {
    const { requestsPerSecond, p99Ms } = await runLoad(target, 16, sliceMs);
    rates.push(requestsPerSecond);
    const resident = readResidentMib(gateway.pid);
    memory.push(resident);
    const numbers = [requestsPerSecond.toFixed(0), p99Ms.toFixed(0), resident.toFixed(0)];
    process.stdout.write(
      `slice ${slice + 1}: ${numbers[0]} requests/s, p99 ${numbers[1]} ms, ${numbers[2]} MiB\n`,
    );
  }
  const third = SLICES / 3;
  const ratio = mean(rates.slice(-third)) / mean(rates.slice(0, third));
  const growth = mean(memory.slice(-third)) / mean(memory.slice(0, third));
  process.stdout.write(
    `throughput, last third over first: ${ratio.toFixed(3)}; memory: ${growth.toFixed(3)}\n`,
  );
} finally {
  gateway?.stop();
  postgresServer.stop();
}

function mix(left: Target, right: Target): Target {
  return {
    ...left,
    bodies: left.bodies.flatMap((body, index) => [body, right.bodies[index % right.bodies.length]!]),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Resident memory of a process in MiB, from proc(5). */
function readResidentMib(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}
