/** Learns the weights of a blend on a validation split, without the test set. */

import { selectTopK } from '#numeric/top-k.ts';
import { mean } from '#numeric/statistics.ts';
import { blendScores, learnBlendWeights } from '../algorithms/blend.ts';
import { historyOf, type Interactions } from '../algorithms/interactions.ts';
import { measureList, type RankedCase } from './ranking-metrics.ts';

/**
 * Scores of all items for a user of the training data; -Infinity for items that the method cannot score. If only some
 * items are needed, a method may omit the others.
 */
export type Scorer = (userIndex: number, wanted?: Uint32Array | null) => Float64Array;

/** Allowed and relevant items of a list. */
export type ListKind =
  /** All items. */
  | 'best'
  /** Items that the user had before, in both. */
  | 'rebuy'
  /** Items that the user did not have before, in both. */
  | 'discover';

/** A test case of one user. */
export type TestCase = {
  readonly userIndex: number;
  /** The relevant items; never empty. */
  readonly relevant: ReadonlySet<number>;
  /**
   * The ranked items: relevant ones last, so that ties are not resolved in their favour. Null: the complete catalogue.
   */
  readonly candidates: Uint32Array | null;
};

/** Candidates of each method for a blended list of ten. */
const CANDIDATES_PER_METHOD = 100;

/** One user: standardised scores of the candidates, candidates × methods. */
type Example = {
  readonly scores: Float64Array;
  readonly candidates: Uint32Array;
  readonly ranked: Omit<RankedCase, 'list'>;
};

/** Weights with the best mean nDCG@10 of the validation lists. */
export function learnWeights(
  tests: readonly TestCase[],
  interactions: Interactions,
  scorers: readonly Scorer[],
  list: ListKind,
): readonly number[] {
  const examples = tests.flatMap((test) => toExample(test, interactions, scorers, list) ?? []);
  return learnBlendWeights(scorers.length, (weights) =>
    mean(
      examples.map(
        (example) => measureList({ ...example.ranked, list: rankExample(example, weights) }, 10).ndcg,
      ),
    ),
  );
}

function toExample(
  test: TestCase,
  interactions: Interactions,
  scorers: readonly Scorer[],
  list: ListKind,
): Example | null {
  const owned = new Set(historyOf(interactions, test.userIndex).itemIndices);
  const isAllowed = (item: number): boolean => list === 'best' || owned.has(item) === (list === 'rebuy');
  const relevant = new Set([...test.relevant].filter(isAllowed));
  if (relevant.size === 0) return null;
  // A blend of one method equals its standardised scores.
  const standardised = scorers.map((scorer) => blendScores([scorer(test.userIndex)], [1]));
  const candidates = test.candidates ?? collectCandidates(standardised, isAllowed);
  const scores = new Float64Array(candidates.length * scorers.length);
  for (const [index, item] of candidates.entries()) {
    for (const [method, values] of standardised.entries())
      scores[index * scorers.length + method] = values[item]!;
  }
  return { scores, candidates, ranked: { userIndex: test.userIndex, relevant, historyLength: owned.size } };
}

function collectCandidates(
  standardised: readonly Float64Array[],
  isAllowed: (item: number) => boolean,
): Uint32Array {
  const candidates = new Set<number>();
  for (const scores of standardised) {
    const allowed = scores.map((score, item) => (isAllowed(item) ? score : -Infinity));
    for (const item of selectTopK(allowed, CANDIDATES_PER_METHOD)) candidates.add(item);
  }
  return Uint32Array.from(candidates).toSorted();
}

function rankExample({ scores, candidates }: Example, weights: readonly number[]): Uint32Array {
  const sums = new Float64Array(candidates.length);
  for (let index = 0, cell = 0; index < sums.length; index += 1) {
    for (let method = 0; method < weights.length; method += 1, cell += 1)
      sums[index]! += weights[method]! * scores[cell]!;
  }
  return selectTopK(sums, 10).map((index) => candidates[index]!);
}
