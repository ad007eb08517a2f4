/** Fits the models of purchases and spend: the only code that writes `prediction_models`. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import { collectSpends, type FittedModels, fitInThread, groupPurchases } from './fitting.ts';
import { type CustomerHistory, readHistory } from './history.ts';
import { readBuyers } from './queries.ts';
import { servingModels } from './serving.ts';

const LOCK = 'predictions.train';

/** With fewer returning customers, the four parameters cannot be estimated. */
const MIN_REPEAT_CUSTOMERS = 50;

/** Outcome of a training. If refused, nothing was written, and the former models stay in use. */
export type PredictionTraining =
  | { readonly isTrained: true; readonly version: number; readonly customerCount: number }
  | { readonly isTrained: false; readonly reason: string };

/**
 * Fits both models to all customers with a sale, observed up to the newest sale, and publishes them. Refused with too
 * few returning customers, if the search for parameters does not converge, and while another process trains.
 */
export async function trainPredictions(
  app: App,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<PredictionTraining> {
  const training = await app.db.tryWithLock(LOCK, () => trainAlone(app, signal));
  return training ?? refuse('Another process is training the predictions.');
}

async function trainAlone(app: App, signal?: AbortSignal): Promise<PredictionTraining> {
  const histories = await readHistories(app);
  const repeatCustomers = histories.filter(({ repeatCount }) => repeatCount > 0).length;
  if (repeatCustomers < MIN_REPEAT_CUSTOMERS) {
    return refuse(
      `Predictions need at least ${MIN_REPEAT_CUSTOMERS} customers who bought on two days, found ${repeatCustomers}.`,
    );
  }
  const spends = collectSpends(histories);
  const fitted = await fitInThread({ purchases: groupPurchases(histories), spends }, signal);
  if (!fitted.purchases.hasConverged || fitted.spend?.hasConverged === false) {
    return refuse(
      'The purchases do not determine the parameters of the models: the search for the most likely ones did not converge.',
    );
  }
  const version = await writeModels(app.db, fitted, histories.length, spends.counts.length, app.clock());
  servingModels(app).forget();
  return { isTrained: true, version, customerCount: histories.length };
}

function refuse(reason: string): PredictionTraining {
  return { isTrained: false, reason };
}

/** Observed up to the newest sale, not to the present: an old file has no information about the years since. */
async function readHistories(app: App): Promise<CustomerHistory[]> {
  const buyers = await readBuyers(app.db);
  const newestSaleMs = buyers.reduce(
    (newest, { lastOrderAt }) => Math.max(newest, lastOrderAt?.getTime() ?? 0),
    0,
  );
  const observedTo = new Date(Math.min(newestSaleMs, app.clock().getTime()));
  return buyers.map((buyer) => readHistory(buyer, observedTo)).filter((history) => history !== null);
}

async function writeModels(
  db: Database,
  { purchases, spend }: FittedModels,
  customerCount: number,
  spenderCount: number,
  trainedAt: Date,
): Promise<number> {
  const models = [
    { kind: 'purchases', ...purchases, customerCount },
    ...(spend === null ? [] : [{ kind: 'spend', ...spend, customerCount: spenderCount }]),
  ];
  // This process holds the lock, so no other one takes the same version.
  const [row] = await db.query<{ version: number }>(
    `/* predictions.writeModels */
    insert into prediction_models (id, kind, version, parameters, customer_count, log_likelihood, trained_at)
    select model.id, model.kind, before.version + 1, model.parameters, model.customer_count, model.log_likelihood,
      $6::timestamptz
    from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::int[], $5::double precision[])
      as model (id, kind, parameters, customer_count, log_likelihood)
    cross join (select coalesce(max(version), 0) as version from prediction_models) as before
    returning version`,
    [
      models.map(() => createId(trainedAt.getTime())),
      models.map(({ kind }) => kind),
      models.map(({ parameters }) => JSON.stringify(parameters)),
      models.map((model) => model.customerCount),
      models.map(({ logLikelihood }) => logLikelihood),
      trainedAt,
    ],
  );
  return row!.version;
}
