/** Reranks lists for diversity on request, among the found products. */
import type { Keyword } from '#catalog/keywords.ts';

import { diversify } from '../algorithms/diversify.ts';
import type { ScoredProduct } from './lists.ts';

export interface Diversity {
  /** 1 is the plain ranking, 0 uses only differences. */
  readonly relevance: number;
  /** Maximum number of products of one category; null for no cap. */
  readonly mostPerCategory: number | null;
}

/** Candidates per slot of the list. */
const BREADTH = 5;
const MAX_LOOKED_AT = 200;
/** Minimum similarity of two products of one category. */
const SAME_CATEGORY = 0.5;

/** Number of candidates for a diverse list of some length. */
export function breadthOf(count: number): number {
  return Math.max(count, Math.min(MAX_LOOKED_AT, count * BREADTH));
}

/**
 * Maximal marginal relevance by rank, since the scores of two methods have no common scale. A list shortened by caps
 * stays short.
 */
export function rerankForDiversity(
  choices: readonly ScoredProduct[],
  count: number,
  { relevance, mostPerCategory }: Diversity,
): readonly ScoredProduct[] {
  const places = Uint32Array.from(choices.keys());
  const scores = Float64Array.from(places, (index) => 1 - index / choices.length);
  const chosen = diversify(
    places,
    scores,
    count,
    { relevance, categoryCap: mostPerCategory ?? Number.POSITIVE_INFINITY },
    (left, right) => similarityOf(choices[left]!, choices[right]!),
    (index) => choices[index]!.product.category,
  );
  return Array.from(chosen, (index) => choices[index]!);
}

/** Cosine of the keywords, 0 to 1. */
function similarityOf({ product: left }: ScoredProduct, { product: right }: ScoredProduct): number {
  const weights = new Map(right.keywords.map(({ keyword, weight }) => [keyword, weight]));
  let sum = 0;
  for (const { keyword, weight } of left.keywords) sum += weight * (weights.get(keyword) ?? 0);
  const cosine = sum === 0 ? 0 : sum / (lengthOf(left.keywords) * lengthOf(right.keywords));
  const isSameCategory = left.category !== null && left.category === right.category;
  return isSameCategory ? Math.max(SAME_CATEGORY, cosine) : cosine;
}

function lengthOf(keywords: readonly Keyword[]): number {
  return Math.sqrt(keywords.reduce((sum, { weight }) => sum + weight * weight, 0));
}
