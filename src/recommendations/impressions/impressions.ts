/** Records which products were shown to whom, for a sample of lists: the only code that writes impressions. */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';
import { afterAnswer, type RequestContext } from '#platform/request.ts';

import type { ScoredProduct } from '../serving/lists.ts';

interface Impression {
  readonly customerId: string;
  readonly listId: string;
  readonly rank: number;
  readonly productId: string;
  readonly list: 'rebuy' | 'discover';
  readonly algorithm: string;
  readonly modelVersion: number;
  readonly shownAt: Date;
}

/** Buffered: at most one statement a second, however many requests there are. */
const WRITE_AFTER_MS = 1000;
/** While the database is slower than the requests, further impressions are dropped, since it is a sample anyway. */
const MAX_WAITING = 20_000;

interface ImpressionLog {
  note(customerId: string, choices: readonly ScoredProduct[]): void;
  /** Resolves when all recorded ones are written. */
  write(): Promise<void>;
}

export const impressionLog = perApp((app: App): ImpressionLog => {
  let waiting: Impression[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let droppedCount = 0;
  app.onClose.push(() => write());

  function note(customerId: string, choices: readonly ScoredProduct[]): void {
    if (waiting.length + choices.length > MAX_WAITING) {
      droppedCount += choices.length;
      return;
    }
    const shownAt = app.clock();
    const listId = createId(shownAt.getTime());
    choices.forEach(({ product, isRepeat, ranking }, index) =>
      waiting.push({
        customerId,
        listId,
        rank: index + 1,
        productId: product.id,
        list: isRepeat ? 'rebuy' : 'discover',
        algorithm: ranking.model.algorithm,
        modelVersion: ranking.model.version,
        shownAt,
      }),
    );
    timer ??= setTimeout(() => void write(), WRITE_AFTER_MS).unref();
  }

  function write(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(async () => {
      const batch = waiting;
      waiting = [];
      if (batch.length === 0) return;
      try {
        await insertImpressions(app.db, batch);
      } catch (error) {
        app.log.error({ err: error, count: batch.length }, 'impressions were not written');
      }
      if (droppedCount > 0)
        app.log.warn({ count: droppedCount }, 'impressions were dropped, too many at once');
      droppedCount = 0;
    });
    return writing;
  }

  return { note, write };
});

/**
 * Records the list after the response if it is sampled. Costs one comparison if sampling is off.
 * @param request a response may show several lists to one customer
 */
export function recordImpressions(
  context: RequestContext,
  customerId: string,
  request: unknown,
  choices: readonly ScoredProduct[],
): void {
  const { app } = context;
  const { recommendationSample } = app.config;
  if (choices.length === 0 || recommendationSample === 0) return;
  const key = `impressions ${customerId} ${JSON.stringify(request)}`;
  // Drawn once per response: a repeated run of the query does not raise the probability.
  afterAnswer(context, key, () => {
    if (Math.random() < recommendationSample) impressionLog(app).note(customerId, choices);
  });
}

async function insertImpressions(db: Database, batch: readonly Impression[]): Promise<void> {
  await db.query(
    `/* impressions.insert */
    insert into recommendation_impressions
      (customer_id, list_id, rank, product_id, list, algorithm, model_version, shown_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::text[], $6::text[], $7::int[],
      $8::timestamptz[])`,
    [
      batch.map((one) => one.customerId),
      batch.map((one) => one.listId),
      batch.map((one) => one.rank),
      batch.map((one) => one.productId),
      batch.map((one) => one.list),
      batch.map((one) => one.algorithm),
      batch.map((one) => one.modelVersion),
      batch.map((one) => one.shownAt.toISOString()),
    ],
  );
}

/** Longer than the window of any outcome query. */
const KEPT_DAYS = 400;

export async function forgetOldImpressions(app: App): Promise<void> {
  const before = new Date(app.clock().getTime() - KEPT_DAYS * 86_400_000);
  await app.db.query(
    '/* impressions.forget */ delete from recommendation_impressions where shown_at < $1::timestamptz',
    [before],
  );
}
