/** Recommendations for a request: from the current history and the published models. */
import { type Catalog, catalogIndex } from '#catalog/catalog-index.ts';
import { customerById } from '#customers/loaders.ts';
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import { perRequestWith, type RequestContext } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type CandidateFilter, findCandidates } from './candidates.ts';
import { findConnected } from './connected-customers.ts';
import { type CustomerHistory, historyOfSignals } from '../histories/customer-history.ts';
import { breadthOf, type Diversity, rerankForDiversity } from './diversity.ts';
import { recordImpressions } from '../impressions/impressions.ts';
import {
  type ScoredProduct,
  chooseByAlgorithm,
  chooseForSession,
  chooseList,
  chooseSimilar,
  type ListName,
  type ServingSnapshot,
  type RecommendationSubject,
} from './lists.ts';
import { segmentsByCustomer, signalsByCustomer, historyByCustomer } from './loaders.ts';
import { modelRegistry } from '../models/registry.ts';
import { readPreferences, weighPreferences } from '../histories/preferences.ts';
import type { AlgorithmName } from '../recommenders/recommender.ts';
import { historyOfProducts } from '../histories/user-history.ts';

export interface RecommendationRequest {
  readonly list: ListName | 'session' | 'similar';
  /** Null takes the best method for the list. */
  readonly algorithm: AlgorithmName | null;
  readonly count: number;
  readonly filter: CandidateFilter;
  /** Null takes the plain ranking. */
  readonly diversity: Diversity | null;
}

/** Models and candidates, once per request and arguments, for all customers. */
const snapshotFor = perRequestWith(
  async (
    { app, now, signal }: RequestContext,
    { filter, algorithm }: RecommendationRequest,
  ): Promise<ServingSnapshot> => {
    const [models, catalog] = await Promise.all([
      modelRegistry(app).current(algorithm ?? undefined),
      catalogIndex(app).current(),
    ]);
    return { models, catalog, candidates: findCandidates(catalog, filter), nowMs: now.getTime(), signal };
  },
);

export interface KnownCustomer {
  readonly id: string;
  readonly country: string | null;
}

/** Equal arguments for all customers of a page are one batch. */
export const recommendationsByCustomer = perRequestWith(
  (context: RequestContext, request: RecommendationRequest) =>
    new DataLoader<KnownCustomer, readonly ScoredProduct[], string>(
      (customers) => recommendForEach(context, customers, request),
      { cacheKeyFn: ({ id }) => id },
    ),
);

async function recommendForEach(
  context: RequestContext,
  customers: readonly KnownCustomer[],
  request: RecommendationRequest,
): Promise<(readonly ScoredProduct[])[]> {
  const historyOf = historyByCustomer(context);
  const [snapshot, ...histories] = await Promise.all([
    snapshotFor(context, request),
    ...customers.map(({ id }) => historyOf.load(id)),
  ]);
  const known = customers.map(({ id, country }, index) => ({
    userHistory: histories[index]!,
    customerId: id,
    country,
  }));
  // No further reads for customers with a history, by a method that uses only their own data.
  const needsMore = histories.some(
    ({ hasPurchases }) => !hasPurchases || mayAskForConnected(snapshot, request, hasPurchases),
  );
  const subjects = needsMore
    ? await Promise.all(known.map((subject) => describe(context, snapshot, subject, request)))
    : known;
  const lists: (readonly ScoredProduct[])[] = [];
  for (const [index, subject] of subjects.entries()) {
    if (isSliceSpent()) await nextTurn(context.signal);
    const choices = await choose(snapshot, subject, request);
    // The order of a listing is no list of recommendations.
    if (request.filter.productIds === null)
      recordImpressions(context, customers[index]!.id, request, choices);
    lists.push(choices);
  }
  return lists;
}

interface Known {
  readonly userHistory: CustomerHistory;
  readonly customerId: string;
  readonly country: string | null;
}

async function describe(
  context: RequestContext,
  snapshot: ServingSnapshot,
  known: Known,
  request: RecommendationRequest,
): Promise<RecommendationSubject> {
  const { hasPurchases } = known.userHistory;
  const needsConnected = mayAskForConnected(snapshot, request, hasPurchases);
  const [more, connected] = await Promise.all([
    hasPurchases ? {} : describeNewcomer(context, snapshot.catalog, known.customerId),
    needsConnected ? findConnected(context, known.customerId) : [],
  ]);
  return { ...known, ...more, connected };
}

/** They are read for the method itself, and for customers without a history as the fallback before popularity. */
function mayAskForConnected(
  { models }: ServingSnapshot,
  { list, algorithm }: RecommendationRequest,
  hasPurchases: boolean,
): boolean {
  if (models.get('social') === undefined) return false;
  if (algorithm !== null) return algorithm === 'social';
  return list !== 'rebuy' && (!hasPurchases || models.defaultFor('discover') === 'social');
}

/** Without a purchase, viewed products and stated preferences serve as a history. */
async function describeNewcomer(
  context: RequestContext,
  catalog: Catalog,
  id: string,
): Promise<Pick<RecommendationSubject, 'userHistory' | 'segments'>> {
  const [signals, segments, person] = await Promise.all([
    signalsByCustomer(context).load(id),
    segmentsByCustomer(context).load(id),
    customerById(context).load(id),
  ]);
  const preferred = weighPreferences(catalog, readPreferences(person?.attributes ?? '{}'));
  // A viewed product has more weight than a preference that includes it.
  const userHistory = historyOfSignals(new Map([...preferred, ...signals]));
  return { userHistory, segments };
}

/** @param weights by product id */
export async function recommendForProducts(
  context: RequestContext,
  weights: ReadonlyMap<string, number>,
  country: string | null,
  request: RecommendationRequest,
): Promise<readonly ScoredProduct[]> {
  const snapshot = await snapshotFor(context, request);
  if (isSliceSpent()) await nextTurn(context.signal);
  return choose(snapshot, { userHistory: historyOfProducts(weights), customerId: null, country }, request);
}

async function choose(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  request: RecommendationRequest,
): Promise<readonly ScoredProduct[]> {
  const { count, diversity } = request;
  if (diversity === null) return chooseByRequest(snapshot, subject, request, count);
  return rerankForDiversity(
    await chooseByRequest(snapshot, subject, request, breadthOf(count)),
    count,
    diversity,
  );
}

function chooseByRequest(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  { list, algorithm }: RecommendationRequest,
  count: number,
): Promise<readonly ScoredProduct[]> {
  if (algorithm !== null) {
    const kind = list === 'session' || list === 'similar' ? 'discover' : list;
    return chooseByAlgorithm(snapshot, subject, algorithm, kind, count);
  }
  if (list === 'session') return chooseForSession(snapshot, subject, count);
  if (list === 'similar') return chooseSimilar(snapshot, subject, count);
  return chooseList(snapshot, subject, list, count);
}
