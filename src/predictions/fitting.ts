/** Fits models to customers' histories in a separate thread, so that requests are served meanwhile. Stores nothing. */
import { runInThread } from '#platform/thread.ts';

import type { BgNbdFit, PurchaseHistories } from './algorithms/bg-nbd.ts';
import type { GammaGammaFit, SpendHistories } from './algorithms/gamma-gamma.ts';
import type { CustomerHistory } from './history.ts';

/** Input of the thread. */
export interface FittingOrder {
  readonly purchases: PurchaseHistories;
  readonly spends: SpendHistories;
}

/** Output of the thread. */
export interface FittedModels {
  readonly purchases: BgNbdFit;
  /** Null without any revenue. */
  readonly spend: GammaGammaFit | null;
}

/** @throws the error of the thread, or the reason of the signal */
export function fitInThread(order: FittingOrder, signal?: AbortSignal): Promise<FittedModels> {
  return runInThread(new URL('./fitting-thread.ts', import.meta.url), order, signal);
}

/** One row for all customers with equal histories: a shop has few distinct histories of a single purchase. */
export function groupPurchases(histories: readonly CustomerHistory[]): PurchaseHistories {
  const counts = new Map<string, number>();
  for (const { repeatCount, lastTime, age } of histories) {
    const key = `${repeatCount} ${lastTime} ${age}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts.keys()].map((key) => key.split(' ').map(Number));
  const column = (index: number): Float64Array => Float64Array.from(rows, (row) => row[index]!);
  return {
    repeatCounts: column(0),
    lastTimes: column(1),
    ages: column(2),
    customerCounts: Float64Array.from(counts.values()),
  };
}

/** Customers without net revenue are excluded: the model requires amounts above 0. */
export function collectSpends(histories: readonly CustomerHistory[]): SpendHistories {
  const spenders = histories.filter(({ meanSpend }) => meanSpend > 0);
  return {
    counts: Float64Array.from(spenders, ({ repeatCount }) => repeatCount + 1),
    meanSpends: Float64Array.from(spenders, ({ meanSpend }) => meanSpend),
  };
}
