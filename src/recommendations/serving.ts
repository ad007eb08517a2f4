/** Recommendations for a request: from the history as it is now through the models as they are now. Trains nothing. */
import { catalogIndex } from '#catalog/catalog-index.ts';
import { perRequestWith, type RequestContext } from '#platform/request.ts';

import { type CandidateFilter, findCandidates } from './candidates.ts';
import {
  type Choice,
  chooseByAlgorithm,
  chooseList,
  type ListName,
  type Shelf,
  type Subject,
} from './lists.ts';
import { tasteByCustomer } from './loaders.ts';
import { modelIndex } from './model-index.ts';
import type { AlgorithmName } from './recommenders/recommender.ts';
import { tasteOfProducts } from './taste.ts';

export interface Wish {
  readonly list: ListName;
  /** Null takes the best method for the list. */
  readonly algorithm: AlgorithmName | null;
  readonly count: number;
  readonly filter: CandidateFilter;
}

/** Models and candidates are looked up once per request and filter, whoever they are for. */
const shelfFor = perRequestWith(
  async ({ app, now }: RequestContext, filter: CandidateFilter): Promise<Shelf> => {
    const [models, catalog] = await Promise.all([modelIndex(app).current(), catalogIndex(app).current()]);
    return { models, catalog, candidates: findCandidates(catalog, filter), nowMs: now.getTime() };
  },
);

export async function recommendForCustomer(
  context: RequestContext,
  customer: { readonly id: string; readonly country: string | null },
  wish: Wish,
): Promise<readonly Choice[]> {
  const [shelf, taste] = await Promise.all([
    shelfFor(context, wish.filter),
    tasteByCustomer(context).load(customer.id),
  ]);
  return choose(shelf, { taste, customerId: customer.id, country: customer.country }, wish);
}

/** @param weights how much each product speaks, by its id */
export async function recommendForProducts(
  context: RequestContext,
  weights: ReadonlyMap<string, number>,
  country: string | null,
  wish: Wish,
): Promise<readonly Choice[]> {
  const shelf = await shelfFor(context, wish.filter);
  return choose(shelf, { taste: tasteOfProducts(weights), customerId: null, country }, wish);
}

function choose(shelf: Shelf, subject: Subject, { list, algorithm, count }: Wish): readonly Choice[] {
  return algorithm === null
    ? chooseList(shelf, subject, list, count)
    : chooseByAlgorithm(shelf, subject, algorithm, list, count);
}
