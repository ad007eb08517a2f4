/** The three lists from the rankings of the methods: pure functions of models in memory. Reads no database. */
import type { Catalog } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';

import type { BasketHistory } from '../algorithms/baskets.ts';
import { candidateMaskFor } from './candidates.ts';
import type { ConnectedHistory } from './connected-customers.ts';
import type { CustomerHistory } from '../histories/customer-history.ts';
import type { LoadedModel, Models } from '../models/registry.ts';
import { rankInTurns } from '../recommenders/ranking.ts';
import type { AlgorithmName, UserQuery } from '../recommenders/recommender.ts';
import type { UserHistory } from '../histories/user-history.ts';
import { createTopK, type Ownership } from './top-k.ts';

export type ListName = 'best' | 'rebuy' | 'discover';

/** The recipient of a list. */
export interface RecommendationSubject {
  readonly userHistory: UserHistory & Partial<Pick<CustomerHistory, 'basketsIn'>>;
  /** Null without a known customer. */
  readonly customerId: string | null;
  readonly country: string | null;
  /** Names of segments; read only for customers without a history. */
  readonly segments?: readonly string[];
  /** Closest first; read for customers without a history, and where a method uses them. */
  readonly connected?: readonly ConnectedHistory[];
}

/** The data of lists at one instant. */
export interface ServingSnapshot {
  readonly models: Models;
  readonly catalog: Catalog;
  /** By catalogue index. */
  readonly candidates: Uint8Array;
  readonly nowMs: number;
  /** Of the request that the lists are for. */
  readonly signal: AbortSignal | undefined;
}

/** The query of a method and its item indexes: the same for all of a list. */
export interface Ranking {
  readonly model: LoadedModel;
  readonly visitor: UserQuery;
  readonly catalog: Catalog;
  /** Catalogue index by item index of the model. */
  readonly positions: Int32Array;
}

/** A selected product, with the data for its reasons. */
export interface ScoredProduct {
  readonly product: ProductRow;
  readonly score: number;
  /** Whether the subject had bought it before. */
  readonly isRepeat: boolean;
  readonly itemIndex: number;
  readonly ranking: Ranking;
}

/**
 * REBUY: products bought before, by the probability of a repeat purchase. DISCOVER: products never bought, by the
 * method that predicts them best; filled up by popularity, for customers without a history by purchases of connected
 * customers first. BEST: both, in the proportion of the customer's repeat purchases.
 */
export async function chooseList(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  list: ListName,
  count: number,
): Promise<readonly ScoredProduct[]> {
  const rebuying = snapshot.models.defaultFor('rebuy');
  if (list === 'rebuy') return chooseByAlgorithm(snapshot, subject, rebuying, list, count);
  const discoveries = await discover(snapshot, subject, count);
  if (list === 'discover') return discoveries;
  const repeatShare = repeatShareOf(snapshot, subject);
  const maxRepeats = Math.max(Math.round(repeatShare * count), count - discoveries.length);
  if (maxRepeats === 0) return discoveries;
  const repeats = await rankBy(snapshot, subject, rebuying, 'bought', maxRepeats);
  return shareSlots(repeats, discoveries, repeatShare, count);
}

const OWNERSHIP: Readonly<Record<ListName, Ownership>> = { best: 'any', rebuy: 'bought', discover: 'new' };

/** One method alone; a list shorter than asked for says that the method knows no more. */
export async function chooseByAlgorithm(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  algorithm: AlgorithmName,
  list: ListName,
  count: number,
): Promise<readonly ScoredProduct[]> {
  return rankBy(snapshot, subject, algorithm, OWNERSHIP[list], count);
}

/** For a session: from similar sessions, else as DISCOVER. */
export async function chooseForSession(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  count: number,
): Promise<readonly ScoredProduct[]> {
  const found = await rankBy(snapshot, subject, 'session-knn', 'new', count);
  return fillUp(found, count, () => discover(snapshot, subject, count));
}

/** Products with common buyers; where there are too few, products described in the same words. */
export async function chooseSimilar(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  count: number,
): Promise<readonly ScoredProduct[]> {
  const found = await rankBy(snapshot, subject, 'item-knn', 'new', count);
  return fillUp(found, count, () => rankBy(snapshot, subject, 'content', 'new', count));
}

async function discover(
  snapshot: ServingSnapshot,
  subject: RecommendationSubject,
  count: number,
): Promise<readonly ScoredProduct[]> {
  const found = await rankBy(snapshot, subject, snapshot.models.defaultFor('discover'), 'new', count);
  const filled = await fillUp(found, count, () => rankBy(snapshot, subject, 'social', 'new', count));
  return fillUp(filled, count, () => rankBy(snapshot, subject, 'popularity', 'new', count));
}

async function fillUp(
  found: readonly ScoredProduct[],
  count: number,
  rankMore: () => Promise<readonly ScoredProduct[]>,
): Promise<readonly ScoredProduct[]> {
  if (found.length === count) return found;
  const taken = new Set(found.map((choice) => choice.product));
  const more = await rankMore();
  return [...found, ...more.filter((choice) => !taken.has(choice.product))].slice(0, count);
}

async function rankBy(
  { models, catalog, candidates, nowMs, signal }: ServingSnapshot,
  { userHistory, customerId, country, segments = [], connected = [] }: RecommendationSubject,
  algorithm: AlgorithmName,
  ownership: Ownership,
  count: number,
): Promise<readonly ScoredProduct[]> {
  const model = models.get(algorithm);
  if (model === undefined) return [];
  const { history, known } = userHistory.readIn(model.items);
  const baskets = (): BasketHistory => userHistory.basketsIn?.(model.items) ?? [];
  const visitor: UserQuery = {
    history,
    customerId,
    country,
    nowMs,
    baskets,
    segments,
    connected: () =>
      connected.map((one) => ({ kind: one.kind, history: one.userHistory.readIn(model.items).history })),
  };
  const top = createTopK(count, candidateMaskFor(model.items, catalog, candidates), known, ownership);
  await rankInTurns(model.recommender, visitor, top, signal);
  const positions = model.items.positionsIn(catalog);
  const ranking = { model, visitor, catalog, positions };
  return top.itemIndices.map((itemIndex, index) => ({
    product: catalog.products[positions[itemIndex]!]!,
    score: top.scores[index]!,
    isRepeat: ownership === 'any' ? known.has(itemIndex) : ownership === 'bought',
    itemIndex,
    ranking,
  }));
}

function repeatShareOf({ models }: ServingSnapshot, { userHistory }: RecommendationSubject): number {
  const model = models.get('rebuy');
  return model === undefined
    ? 0
    : model.recommender.estimateRepeatShare(userHistory.readIn(model.items).history);
}

/**
 * After n slots, share · n of them (rounded) are repeats, so that a shorter list is a prefix of a longer one. If one
 * list ends, the other takes its slots.
 */
function shareSlots(
  repeats: readonly ScoredProduct[],
  discoveries: readonly ScoredProduct[],
  repeatShare: number,
  count: number,
): readonly ScoredProduct[] {
  const chosen: ScoredProduct[] = [];
  let repeatCount = 0;
  while (chosen.length < count) {
    const discoveryCount = chosen.length - repeatCount;
    const wantsRepeat = repeatCount < Math.round(repeatShare * (chosen.length + 1));
    const takesRepeat = repeatCount < repeats.length && (wantsRepeat || discoveryCount >= discoveries.length);
    const next = takesRepeat ? repeats[repeatCount] : discoveries[discoveryCount];
    if (next === undefined) break;
    if (takesRepeat) repeatCount += 1;
    chosen.push(next);
  }
  return chosen;
}
