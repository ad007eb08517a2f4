/** The order of given products for one customer. */
import type { ProductRow } from '#catalog/queries.ts';
import type { RequestContext } from '#platform/request.ts';

import type { AlgorithmName } from '../recommenders/recommender.ts';
import { NO_FILTER } from './candidates.ts';
import type { ScoredProduct } from './lists.ts';
import { type KnownCustomer, recommendationsByCustomer } from './recommend.ts';

export interface RankedProduct {
  readonly product: ProductRow;
  /** Null where no method scores it: it keeps its place behind the others. */
  readonly choice: ScoredProduct | null;
}

/**
 * Every given product once: first those that a BEST list would hold, in its order, then the others in theirs. Out of
 * stock counts as any other.
 * @param algorithm null takes the methods of the BEST list
 */
export async function rankProducts(
  context: RequestContext,
  customer: KnownCustomer,
  products: readonly ProductRow[],
  algorithm: AlgorithmName | null,
): Promise<readonly RankedProduct[]> {
  const choices = await recommendationsByCustomer(context, {
    list: 'best',
    algorithm,
    count: products.length,
    filter: { ...NO_FILTER, isInStock: false, productIds: products.map(({ id }) => id) },
    diversity: null,
  }).load(customer);
  const chosen = new Set(choices.map(({ product }) => product.id));
  return [
    ...choices.map((choice) => ({ product: choice.product, choice })),
    ...products.filter(({ id }) => !chosen.has(id)).map((product) => ({ product, choice: null })),
  ];
}
