/** Writes a csv of made-up interactions of any length: node test/bench/train-file.ts 10000000 > FILE. Holds no rows. */

import { once } from 'node:events';
import { createRandom } from '#numeric/random.ts';

const ROWS_PER_CHUNK = 10_000;
const FIRST_DAY = Date.UTC(2025, 0, 1);
const DAYS = 360;

const rowCount = Number(process.argv[2] ?? 10_000_000);
// As MovieLens-10M: 70,000 users; a shop's 20,000 items, few of them popular.
const userCount = Math.ceil(rowCount / 143);
const itemCount = Math.min(20_000, userCount);

const random = createRandom(1);

function nextRow(): string {
  const user = random.integer(userCount);
  const item = Math.floor(itemCount * random.uniform() ** 2.5);
  const day = new Date(FIRST_DAY + random.integer(DAYS) * 86_400_000).toISOString().slice(0, 10);
  return `user-${user},item-${item},${day}\n`;
}

process.stdout.write('user,item,date\n');
for (let written = 0; written < rowCount; written += ROWS_PER_CHUNK) {
  const rows = Array.from({ length: Math.min(ROWS_PER_CHUNK, rowCount - written) }, nextRow);
  if (!process.stdout.write(rows.join(''))) await once(process.stdout, 'drain');
}
