/**
 * `node test/bench/recommend.ts [--quick]`: what a page of 20 customers costs, each with ten recommendations, their
 * reasons and five similar customers, step by step. On Postgres, from the history as it is at that moment.
 */
import { catalogIndex } from '#catalog/catalog-index.ts';
import { createRandom } from '#numeric/random.ts';
import type { App } from '#platform/app.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';
import { findCandidates, NO_FILTER } from '#recommendations/serving/candidates.ts';
import {
  chooseList,
  type ServingSnapshot,
  type RecommendationSubject,
} from '#recommendations/serving/lists.ts';
import { modelRegistry } from '#recommendations/models/registry.ts';
import { type PackedLines, readLines } from '#recommendations/queries.ts';
import { explainChoice } from '#recommendations/serving/reasons.ts';
import { trainModels } from '#recommendations/service.ts';
import { historyOfLines } from '#recommendations/histories/user-history.ts';

import { startPostgres } from './postgres-server.ts';
import { prepareDatabase } from './read/database.ts';

const PAGE_SIZE = 20;
const PAGES = 400;
const WARM_UP_PAGES = 100;
/** Other programs of the machine interrupt some measurements; a step takes at least what its best one took. */
const ATTEMPTS = 3;

const size = process.argv.includes('--quick')
  ? { customers: 20_000, products: 5_000, lines: 600_000 }
  : { customers: 100_000, products: 20_000, lines: 3_000_000 };

const server = await startPostgres();
try {
  const { url } = await prepareDatabase(server.url, size, print);
  const db = await openPostgres({ url, poolSize: 2, statementTimeoutMs: 0 });
  const app: App = {
    config: readConfig({ DATABASE_URL: url }),
    db,
    // Nothing here reads contact data.
    keyring: createKeyring(new Map([['bench', Buffer.alloc(32, 1)]]), Buffer.alloc(32, 2)),
    log: createLog('warn'),
    clock: () => new Date(),
    onClose: [],
  };
  try {
    await measureTraining(app);
    await measurePages(app);
  } finally {
    for (const close of app.onClose.toReversed()) await close();
    await db.close();
  }
} finally {
  server.stop();
}

/** Time that this thread itself has worked: what other processes of the machine take does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** How long a request would wait: the longest that the thread worked without letting the event loop turn. */
async function measureTraining(app: App): Promise<void> {
  let lastTurn = cpuMs();
  let longestBlockMs = 0;
  const timer = setInterval(() => {
    const now = cpuMs();
    longestBlockMs = Math.max(longestBlockMs, now - lastTurn);
    lastTurn = now;
  }, 1);
  const summary = await trainModels(app, { seed: 1 });
  clearInterval(timer);
  print(
    `trained on ${summary.interactionCount} pairs of ${summary.customerCount} customers and ${summary.productCount} products in ${(summary.durationMs / 1000).toFixed(1)} s; event loop blocked at most ${longestBlockMs.toFixed(0)} ms`,
  );
}

async function measurePages(app: App): Promise<void> {
  const [models, catalog] = await Promise.all([modelRegistry(app).current(), catalogIndex(app).current()]);
  print(`memory: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`);
  const shelf: ServingSnapshot = {
    models,
    catalog,
    candidates: findCandidates(catalog, NO_FILTER),
    nowMs: Date.now(),
    signal: undefined,
  };
  const ids = (await app.db.query<{ id: string }>('select id from customers')).map((row) => row.id);
  const random = createRandom(11);
  const steps = {
    'statement (wall)': [] as number[],
    'history unpacked': [] as number[],
    'top 10 of BEST': [] as number[],
    reasons: [] as number[],
    '5 similar customers': [] as number[],
    'sum without statement': [] as number[],
  };

  for (let page = 0; page < WARM_UP_PAGES + PAGES; page += 1) {
    const customerIds = Array.from({ length: PAGE_SIZE }, () => ids[random.integer(ids.length)]!);
    const startedAt = performance.now();
    const rows = await readLines(app.db, customerIds);
    const statementMs = performance.now() - startedAt;
    for (const lines of rows) {
      let best: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const times = await timeSteps(shelf, lines);
        best = times.map((time, step) => Math.min(time, best[step] ?? Number.POSITIVE_INFINITY));
      }
      if (page < WARM_UP_PAGES) continue;
      steps['statement (wall)'].push(statementMs / rows.length);
      steps['history unpacked'].push(best[0]!);
      steps['top 10 of BEST'].push(best[1]!);
      steps.reasons.push(best[2]!);
      steps['5 similar customers'].push(best[3]!);
      steps['sum without statement'].push(best.reduce((sum, time) => sum + time));
    }
  }

  print(`milliseconds per customer, ${PAGES} pages of ${PAGE_SIZE}; of each step the best of ${ATTEMPTS}`);
  for (const [step, times] of Object.entries(steps)) {
    const sorted = times.toSorted((left, right) => left - right);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(3);
    print(`${step.padEnd(22)} p50 ${at(0.5)}  p99 ${at(0.99)}`);
  }
}

async function timeSteps(snapshot: ServingSnapshot, lines: PackedLines): Promise<number[]> {
  const model = snapshot.models.get('user-knn')!;
  const userHistory = historyOfLines(lines);
  const subject: RecommendationSubject = { userHistory, customerId: lines.customerId, country: 'GB' };
  const times = [performance.now()];
  const { history } = userHistory.readIn(model.items);
  times.push(performance.now());
  const choices = await chooseList(snapshot, subject, 'best', 10);
  times.push(performance.now());
  for (const choice of choices) explainChoice(choice, 10);
  times.push(performance.now());
  const self = model.recommender.indexOf(lines.customerId);
  model.recommender.findSimilar(history.itemIndices, 8, self);
  times.push(performance.now());
  return times.slice(1).map((time, step) => time - times[step]!);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
