/** Trains and scores on MovieLens-1M: seconds for orientation, ratios of one run, growth and pauses. Never asserts. */

import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createArena } from '#numeric/dense.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { createPlainKernel } from '#numeric/kernel/plain.ts';
import { quantile } from '#numeric/statistics.ts';
import { withWorkers } from '#numeric/worker-pool.ts';
import { chooseBySize } from '#recommendations/algorithms/choose.ts';
import { EASE_DEFAULTS, scoreEase, trainEase } from '#recommendations/algorithms/ease.ts';
import { IALS_DEFAULTS, trainIals } from '#recommendations/algorithms/ials.ts';
import {
  historyOf,
  type Interactions,
  interactionsFromEvents,
} from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import { RP3BETA_DEFAULTS, trainRp3beta } from '#recommendations/algorithms/rp3beta.ts';
import { scoreUserKnn, trainUserKnn, USER_KNN_DEFAULTS } from '#recommendations/algorithms/user-knn.ts';
import { readNcfSplit } from '#evaluation/datasets/movielens-1m.ts';
import { generateInteractions } from './train-data.ts';

const THREADS = 2;
const REPEATS = 3;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

type Cost = { readonly wall: number; readonly cpu: number };

/**
 * Best of some repeats, in seconds. Processor time of all threads is what the work costs; wall time also has what else
 * the machine does.
 */
function costOf(work: () => void, repeats = REPEATS): Cost {
  const costs = Array.from({ length: repeats }, () => {
    const started = performance.now();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
  });
  return { wall: Math.min(...costs.map(({ wall }) => wall)), cpu: Math.min(...costs.map(({ cpu }) => cpu)) };
}

function show({ wall, cpu }: Cost): string {
  return `${wall.toFixed(2)} s (${cpu.toFixed(2)} s of processor)`;
}

/** Billions of operations a second of one thread. */
function measureKernel(create: (memory: WebAssembly.Memory) => Kernel, size: number): number {
  const arena = createArena(3 * size * size);
  const [a, b, c] = [arena.allocate(size, size), arena.allocate(size, size), arena.allocate(size, size)];
  const kernel = create(arena.memory);
  kernel.floats.fill(1, a.offset, c.offset);
  kernel.multiply(1, a, b, 0, c);
  return (2 * size ** 3) / costOf(() => kernel.multiply(1, a, b, 0, c), 7).cpu / 1e9;
}

function benchTraining(train: Interactions): void {
  const simd = measureKernel(createKernel, 768);
  const plain = measureKernel(createPlainKernel, 256);
  const ratio = (simd / plain).toFixed(1);
  print(
    `dense product, one thread: SIMD ${simd.toFixed(1)} GFLOP/s, plain ${plain.toFixed(1)}, ratio ${ratio}`,
  );

  withWorkers(THREADS, (team) => {
    // A first run loads the helper threads and compiles.
    trainItemKnn(train, ITEM_KNN_DEFAULTS, team);
    const ease = costOf(() => void trainEase(train, EASE_DEFAULTS, team));
    print(
      `item kNN ${show(costOf(() => void trainItemKnn(train, ITEM_KNN_DEFAULTS, team)))}, asked for under 1 s`,
    );
    print(`RP3beta ${show(costOf(() => void trainRp3beta(train, RP3BETA_DEFAULTS, team)))}, under 2 s`);
    print(`EASE ${show(ease)}, under 3 s`);
    print(
      `iALS d 64, 8 epochs ${show(costOf(() => void trainIals(train, IALS_DEFAULTS, 1, team), 2))}, under 5 s`,
    );
    const limit = train.byUser.columnCount ** 3 / (simd * 1e9);
    const share = (limit / ease.cpu).toFixed(2);
    print(
      `EASE: items³ operations at the kernel's rate are ${limit.toFixed(2)} s of processor, ratio ${share}`,
    );
  });
}

function percentiles(milliseconds: readonly number[]): string {
  return `p50 ${quantile(milliseconds, 0.5).toFixed(2)} ms, p99 ${quantile(milliseconds, 0.99).toFixed(2)} ms`;
}

/** Repeats per customer: the best one is what the work costs, all of them also have what else the machine does. */
const SCORINGS = 5;

function timeEach(users: readonly number[], score: (user: number) => void): string {
  for (const user of users.slice(0, 200)) score(user);
  const times = users.map((user) =>
    Array.from({ length: SCORINGS }, () => {
      const started = performance.now();
      score(user);
      return performance.now() - started;
    }),
  );
  const best = percentiles(times.map((repeats) => Math.min(...repeats)));
  return `${best} (best of ${SCORINGS} per customer; all: ${percentiles(times.flat())})`;
}

function benchScoring(train: Interactions): void {
  const users = Array.from({ length: 1000 }, (_, user) => user * 6);
  const ease = trainEase(train, EASE_DEFAULTS);
  const byEase = timeEach(users, (user) => void scoreEase(ease, historyOf(train, user)));
  print(`EASE, one customer, 3,706 items: ${byEase}, p99 asked for under 5 ms`);

  const large = generateInteractions(20_000, 20_000, 1_000_000, 1);
  const neighbours = trainItemKnn(large, ITEM_KNN_DEFAULTS);
  const userKnn = trainUserKnn(large, USER_KNN_DEFAULTS);
  const some = users.map((user) => user * 3);
  const byItems = timeEach(some, (user) => void scoreByNeighbours(neighbours, historyOf(large, user)));
  print(`item kNN, one customer, 20,000 items: ${byItems}, under 2 ms`);
  const byUsers = timeEach(some, (user) => void scoreUserKnn(userKnn, historyOf(large, user), user));
  print(`user kNN, one customer, 20,000 items: ${byUsers}, under 2 ms`);
}

/** Time and memory at 1, 4 and 16 times as many interactions, users and items growing by the root. */
function benchGrowth(): void {
  for (const factor of [1, 4, 16]) {
    const side = Math.round(2000 * Math.sqrt(factor));
    const interactions = generateInteractions(side * 2, side, 200_000 * factor, 1);
    print(`${factor}x: ${interactions.byUser.columns.length} entries, ${side * 2} users, ${side} items`);
    withWorkers(THREADS, (team) => {
      print(`  item kNN ${show(costOf(() => void trainItemKnn(interactions, ITEM_KNN_DEFAULTS, team), 1))}`);
      print(`  RP3beta ${show(costOf(() => void trainRp3beta(interactions, RP3BETA_DEFAULTS, team), 1))}`);
      print(`  EASE ${show(costOf(() => void trainEase(interactions, EASE_DEFAULTS, team), 1))}`);
      print(`  iALS ${show(costOf(() => void trainIals(interactions, IALS_DEFAULTS, 1, team), 1))}`);
    });
    print(`  ${Math.round(process.memoryUsage().rss / 1e6)} MB resident`);
  }
  for (const { algorithm, isFit, reason } of chooseBySize(20_000, 50_000_000)) {
    print(
      `beyond, 20,000 items and 50 million interactions: ${algorithm} ${isFit ? 'fits' : 'is left out'}, ${reason}`,
    );
  }
}

/** How late a timer of this thread is: with nothing to do, and while a worker trains with a team of its own. */
async function benchPause(): Promise<void> {
  const idle = await measureDelays(setTimeout(4000));
  const worker = new Worker(new URL('./train-worker.ts', import.meta.url));
  const training = await measureDelays(once(worker, 'exit'));
  print(`a timer of the serving thread is late by ${idle} while nothing else runs in the process`);
  print(`and by ${training} while a worker trains EASE on ${THREADS} threads, asked for under 20 ms`);
}

async function measureDelays(until: Promise<unknown>): Promise<string> {
  const ended = until.then(() => 'ended');
  const delays: number[] = [];
  for (let state = ''; state !== 'ended';) {
    const started = performance.now();
    state = await Promise.race([ended, setTimeout(1, 'waited')]);
    delays.push(performance.now() - started - 1);
  }
  return `${percentiles(delays)}, at most ${Math.max(...delays).toFixed(1)} ms`;
}

const { train } = readNcfSplit();
const interactions = interactionsFromEvents(train.userIds.length, train.itemIds.length, train);
benchTraining(interactions);
benchScoring(interactions);
benchGrowth();
await benchPause();
