/** Predictions from a profile with the newest models. Trains and writes nothing. */
import { type App, perApp } from '#platform/app.ts';
import { perRequest } from '#platform/request.ts';

import { aliveProbability, expectPurchases } from './algorithms/bg-nbd.ts';
import { expectSpend } from './algorithms/gamma-gamma.ts';
import type { CustomerHistory } from './history.ts';
import { type PredictionModels, readNewestModels } from './queries.ts';

/** Models of another process are used after at most this time. */
const MAX_AGE_MS = 5_000;

interface ServingModels {
  current(): Promise<PredictionModels | null>;
  /** Called after a training in this process. */
  forget(): void;
}

export const servingModels = perApp((app: App): ServingModels => {
  let models: Promise<PredictionModels | null> | null = null;
  let readAtMs = 0;
  return {
    current() {
      if (models === null || performance.now() - readAtMs > MAX_AGE_MS) {
        readAtMs = performance.now();
        const reading = readNewestModels(app.db);
        models = reading;
        // This caller gets the error; the next call retries.
        reading.catch(() => {
          if (models === reading) models = null;
        });
      }
      return models;
    },
    forget: () => void (models = null),
  };
});

/** One version for all predictions of a request. */
export const modelsOfRequest = perRequest(({ app }) => servingModels(app).current());

export function predictAlive({ purchases }: PredictionModels, history: CustomerHistory): number {
  return aliveProbability(purchases, history.repeatCount, history.lastTime, history.age);
}

/** Purchase days expected in the next `days`. */
export function predictOrders(
  { purchases }: PredictionModels,
  history: CustomerHistory,
  days: number,
): number {
  return expectPurchases(purchases, history.repeatCount, history.lastTime, history.age, days);
}

/** Revenue expected in the next `days`, in units of the currency; null without a model of spend. */
export function predictRevenue(
  models: PredictionModels,
  history: CustomerHistory,
  days: number,
): number | null {
  if (models.spend === null) return null;
  const spend = expectSpend(models.spend, history.repeatCount + 1, history.meanSpend);
  return predictOrders(models, history, days) * spend;
}
