/** The history of a customer: purchases with their days, or weak signals without any. Reads no database. */
import type { BasketHistory } from '../algorithms/baskets.ts';
import type { IdIndex } from './id-index.ts';
import { unpackPurchaseDays } from './purchase-days.ts';
import type { PackedLines, WeakSignal } from '../queries.ts';
import { type UserHistory, historyOfLines, historyOfProducts } from './user-history.ts';

export interface CustomerHistory extends UserHistory {
  readonly hasPurchases: boolean;
  /** Purchase days, oldest first, in the item indexes of a model. */
  basketsIn(items: IdIndex): BasketHistory;
}

export function historyOfCustomer(lines: PackedLines | null): CustomerHistory {
  const userHistory = historyOfLines(lines);
  return {
    ...userHistory,
    hasPurchases: lines !== null,
    basketsIn: (items) =>
      unpackPurchaseDays(lines, items, userHistory.readIn(items).history.itemIndices).baskets,
  };
}

/** Weight of a signal, relative to a purchase. */
export const SIGNAL_WEIGHTS: Readonly<Record<string, number>> = { added_to_cart: 0.5, product_viewed: 0.2 };
/** Factor of the weight of each earlier signal. */
const FADING = 0.9;

/** @param signals of one customer, newest first; the strongest of a product counts */
export function weighSignals(signals: readonly WeakSignal[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  signals.forEach(({ productId, kind }, index) => {
    const weight = (SIGNAL_WEIGHTS[kind] ?? 0) * FADING ** index;
    weights.set(productId, Math.max(weight, weights.get(productId) ?? 0));
  });
  return weights;
}

const NOTHING_KNOWN: ReadonlySet<number> = new Set();

/** Viewed or liked products may be recommended, because they are not owned. */
export function historyOfSignals(weights: ReadonlyMap<string, number>): UserHistory {
  const userHistory = historyOfProducts(weights);
  return { readIn: (items) => ({ ...userHistory.readIn(items), known: NOTHING_KNOWN }) };
}
