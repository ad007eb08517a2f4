/**
 * `npm run bench:growth`: Q1 on a shop of 100,000 customers beside one of 10,000, two gateways in alternating rounds.
 * Prints the ratio of their times per request with its spread.
 */
import { parseArgs } from 'node:util';

import { startPostgres } from '../postgres-server.ts';
import { prepareDatabase } from './database.ts';
import { runLoad } from './load.ts';
import { type Server, startGateway } from './servers.ts';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '3' } },
});
const SIZES = [
  { customers: 10_000, products: 20_000, lines: 300_000 },
  { customers: 100_000, products: 20_000, lines: 3_000_000 },
] as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const postgresServer = await startPostgres();
const gateways: Server[] = [];
try {
  for (const size of SIZES) {
    const database = await prepareDatabase(postgresServer.url, size, say);
    gateways.push(await startGateway('gateway', database, 1));
  }
  // Long enough for what is asked for to be in memory: it is the work that is compared, not the disk.
  for (const gateway of gateways) await runLoad(gateway.targets.q1, 16, 20_000);
  const ratios: number[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const times = [];
    for (const { targets } of gateways) {
      const { requestsPerSecond, p50Ms } = await runLoad(targets.q1, 16, 1000 * Number(options.seconds));
      times.push(1 / requestsPerSecond);
      say(`${requestsPerSecond.toFixed(0)} requests/s, p50 ${p50Ms.toFixed(1)} ms`);
    }
    ratios.push(times[1]! / times[0]!);
  }
  const sorted = ratios.toSorted((left, right) => left - right);
  const at = (share: number): string => sorted[Math.round(share * (sorted.length - 1))]!.toFixed(2);
  process.stdout.write(`Q1, time at 100,000 customers over 10,000: ${at(0.5)} (${at(0)}-${at(1)})\n`);
} finally {
  for (const gateway of gateways) gateway.stop();
  postgresServer.stop();
}
