/**
 * `node test/bench/methods.ts [--customers N --products N --lines N --algorithms a,b]`: what each method of recommending
 * costs to train (seconds of processor), to keep and to ask, on one core. Made-up purchases with long-tailed products: says nothing of quality.
 */
import { parseArgs } from 'node:util';

import { createRandom } from '#numeric/random.ts';
import { quantile } from '#numeric/statistics.ts';
import { type Baskets, basketsFromEvents } from '#recommendations/algorithms/baskets.ts';
import { historyOf, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import { createIdIndex } from '#recommendations/histories/id-index.ts';
import { userQueryOf } from '#recommendations/training/model-quality.ts';
import { type PlannedMethod, planTraining } from '#recommendations/training/plan.ts';
import type { AlgorithmName, ModelParts, TrainingData } from '#recommendations/recommenders/recommender.ts';
import { rankAtOnce } from '#recommendations/recommenders/ranking.ts';
import { findMethod } from '#recommendations/recommenders/registry.ts';
import { createTopK } from '#recommendations/serving/top-k.ts';

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '20000' },
    products: { type: 'string', default: '5000' },
    lines: { type: 'string', default: '600000' },
    algorithms: { type: 'string' },
  },
});
const [customerCount, productCount, lineCount] = [values.customers, values.products, values.lines].map(
  Number,
) as [number, number, number];
const MS_PER_DAY = 86_400_000;
const NOW_MS = 800 * MS_PER_DAY;
const ASKED = 300;
const LIST_LENGTH = 10;
const WORDS = 4000;

const data = makeData();
const items = createIdIndex(data.productIds);
const visitors = Array.from({ length: ASKED }, (_, index) =>
  userQueryOf(data, Math.floor((index * customerCount) / ASKED), NOW_MS),
);
const asked = (values.algorithms?.split(',') ?? null) as AlgorithmName[] | null;
const size = {
  itemCount: new Set(data.interactions.byUser.columns).size,
  interactionCount: data.interactions.byUser.columns.length,
  sessionCount: data.sessions.userIndices.length,
  tieCount: data.ties.userIndices.length,
};
print(
  `${customerCount} customers, ${size.itemCount} products, ${size.interactionCount} pairs, ${lineCount} lines`,
);
print(row('METHOD', 'TRAIN cpu s', 'MEMORY MB', 'OPEN ms', 'LIST p50 ms', 'p99 ms'));
const trained = new Map<AlgorithmName, ModelParts>();
for (const method of planTraining(size, asked, [], {}).methods) measure(method);

function measure({ algorithm, hyperparameters, notes }: PlannedMethod): void {
  const { kind } = findMethod(algorithm);
  const startedAt = cpuMs();
  const learned = kind.train(data, hyperparameters, 1, trained);
  const parts = { ...learned, ...kind.prepareServing?.(learned, items) };
  const trainedAt = cpuMs();
  trained.set(algorithm, parts);
  const bytes = Object.values(parts).reduce((sum, part) => sum + part.byteLength, 0);
  const recommender = kind.open(parts, items);
  const openedAt = cpuMs();

  const times = visitors.map((visitor) => {
    const known = new Set(historyOf(data.interactions, 0).itemIndices);
    const top = createTopK(LIST_LENGTH, new Uint8Array(items.count).fill(1), known, 'any');
    const askedAt = performance.now();
    rankAtOnce(recommender, visitor, top);
    return performance.now() - askedAt;
  });
  print(
    row(
      algorithm,
      ((trainedAt - startedAt) / 1000).toFixed(1),
      (bytes / 2 ** 20).toFixed(0),
      (openedAt - trainedAt).toFixed(0),
      quantile(times.slice(ASKED / 3), 0.5).toFixed(3),
      quantile(times.slice(ASKED / 3), 0.99).toFixed(3),
    ) + (notes.length > 0 ? `   ${notes.join(' ')}` : ''),
  );
}

function makeData(): TrainingData {
  const random = createRandom(7);
  const userIndices = Uint32Array.from({ length: lineCount }, () => random.integer(customerCount));
  const itemIndices = Uint32Array.from({ length: lineCount }, () =>
    Math.floor(productCount * random.uniform() ** 2.5),
  );
  const times = Float64Array.from({ length: lineCount }, () => random.integer(730) * MS_PER_DAY);
  const purchases = { userIndices, itemIndices, times };
  const interactions = interactionsFromEvents(customerCount, productCount, purchases);
  return {
    interactions,
    beforeLastAt: new Float64Array(interactions.lastAt.length).fill(Number.NaN),
    productIds: makeIds(productCount, 1),
    customerIds: makeIds(customerCount, 2),
    countries: new Int32Array(customerCount),
    countryNames: ['GB'],
    baskets: basketsFromEvents(customerCount, productCount, purchases),
    sessions: makeSessions(),
    productTexts: Array.from({ length: productCount }, () =>
      Array.from({ length: 10 }, () => `word${Math.floor(WORDS * random.uniform() ** 2)}`).join(' '),
    ),
    segments: [],
    ties: makeTies(),
    fromMs: 0,
    toMs: 730 * MS_PER_DAY,
  };
}

/** Time that this thread itself has worked: what other programs of the machine take does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** One visit of four products per customer. */
function makeSessions(): TrainingData['sessions'] {
  const random = createRandom(8);
  const { itemIndices, basketOffsets, times }: Baskets = basketsFromEvents(customerCount, productCount, {
    userIndices: Uint32Array.from({ length: customerCount * 4 }, (_, view) => view >> 2),
    itemIndices: Uint32Array.from({ length: customerCount * 4 }, () =>
      Math.floor(productCount * random.uniform() ** 2.5),
    ),
    times: new Float64Array(customerCount * 4).fill(700 * MS_PER_DAY),
  });
  return {
    itemIndices: itemIndices.slice(),
    offsets: basketOffsets.slice(),
    times: times.slice(),
    userIndices: Int32Array.from(times.keys()),
  };
}

/** Everybody is connected with ten others. */
function makeTies(): TrainingData['ties'] {
  const random = createRandom(9);
  const perCustomer = 10;
  return {
    offsets: Uint32Array.from({ length: customerCount + 1 }, (_, customer) => customer * perCustomer),
    userIndices: Uint32Array.from({ length: customerCount * perCustomer }, () =>
      random.integer(customerCount),
    ),
    kinds: Uint8Array.from({ length: customerCount * perCustomer }, () => random.integer(3)),
  };
}

function makeIds(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed);
  const ids = new Uint8Array(count * 16);
  for (let byte = 0; byte < ids.length; byte += 1) ids[byte] = random.integer(256);
  return ids;
}

function row(...cells: readonly string[]): string {
  return cells.map((cell, column) => (column === 0 ? cell.padEnd(20) : cell.padStart(12))).join('');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
