/** Recommendations for a request: from the history as it is now through the models as they are now. Trains nothing. */
import { type Catalog, catalogIndex } from '#catalog/catalog-index.ts';
import { perRequestWith, type RequestContext } from '#platform/request.ts';

import { type CandidateFilter, findCandidates } from './candidates.ts';
import { tasteOfSignals } from './customer-taste.ts';
import { breadthOf, type Diversity, varyChoices } from './diversity.ts';
import { noteImpressions } from './impressions.ts';
import {
  type Choice,
  chooseByAlgorithm,
  chooseForSession,
  chooseList,
  chooseSimilar,
  type ListName,
  type Shelf,
  type Subject,
} from './lists.ts';
import { segmentsByCustomer, signalsByCustomer, tasteByCustomer } from './loaders.ts';
import { modelIndex } from './model-index.ts';
import { readPreferences, weighPreferences } from './preferences.ts';
import type { AlgorithmName } from './recommenders/recommender.ts';
import { tasteOfProducts } from './taste.ts';

export interface Wish {
  readonly list: ListName | 'session' | 'similar';
  /** Null takes the best method for the list. */
  readonly algorithm: AlgorithmName | null;
  readonly count: number;
  readonly filter: CandidateFilter;
  /** Null takes the plain ranking. */
  readonly diversity: Diversity | null;
}

/** Models and candidates are looked up once per request and wish, whoever it is for. */
const shelfFor = perRequestWith(
  async ({ app, now }: RequestContext, { filter, algorithm }: Wish): Promise<Shelf> => {
    const [models, catalog] = await Promise.all([
      modelIndex(app).current(algorithm ?? undefined),
      catalogIndex(app).current(),
    ]);
    return { models, catalog, candidates: findCandidates(catalog, filter), nowMs: now.getTime() };
  },
);

export interface KnownCustomer {
  readonly id: string;
  readonly country: string | null;
  /** A JSON object as text. */
  readonly attributes: string;
}

export async function recommendForCustomer(
  context: RequestContext,
  customer: KnownCustomer,
  wish: Wish,
): Promise<readonly Choice[]> {
  const { id: customerId, country } = customer;
  const [shelf, taste] = await Promise.all([
    shelfFor(context, wish),
    tasteByCustomer(context).load(customerId),
  ]);
  const subject = taste.hasPurchases
    ? { taste, customerId, country }
    : await describeNewcomer(context, shelf.catalog, customer);
  const choices = choose(shelf, subject, wish);
  noteImpressions(context.app, customerId, choices);
  return choices;
}

/** Somebody without a purchase: what they looked at and say that they like stands in for a history. */
async function describeNewcomer(
  context: RequestContext,
  catalog: Catalog,
  { id, country, attributes }: KnownCustomer,
): Promise<Subject> {
  const [signals, segments] = await Promise.all([
    signalsByCustomer(context).load(id),
    segmentsByCustomer(context).load(id),
  ]);
  const preferred = weighPreferences(catalog, readPreferences(attributes));
  // What was looked at says more of a product than a preference that it falls under.
  const taste = tasteOfSignals(new Map([...preferred, ...signals]));
  return { taste, customerId: id, country, segments };
}

/** @param weights how much each product speaks, by its id */
export async function recommendForProducts(
  context: RequestContext,
  weights: ReadonlyMap<string, number>,
  country: string | null,
  wish: Wish,
): Promise<readonly Choice[]> {
  const shelf = await shelfFor(context, wish);
  return choose(shelf, { taste: tasteOfProducts(weights), customerId: null, country }, wish);
}

function choose(shelf: Shelf, subject: Subject, wish: Wish): readonly Choice[] {
  const { count, diversity } = wish;
  if (diversity === null) return chooseByWish(shelf, subject, wish, count);
  return varyChoices(chooseByWish(shelf, subject, wish, breadthOf(count)), count, diversity);
}

function chooseByWish(
  shelf: Shelf,
  subject: Subject,
  { list, algorithm }: Wish,
  count: number,
): readonly Choice[] {
  if (algorithm !== null) {
    const kind = list === 'session' || list === 'similar' ? 'discover' : list;
    return chooseByAlgorithm(shelf, subject, algorithm, kind, count);
  }
  if (list === 'session') return chooseForSession(shelf, subject, count);
  if (list === 'similar') return chooseSimilar(shelf, subject, count);
  return chooseList(shelf, subject, list, count);
}
