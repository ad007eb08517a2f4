/** Learns the weights of a blend on a validation split. Never sees the test. */

import { selectTopK } from '#numeric/top-k.ts';
import { mean } from '#numeric/statistics.ts';
import { blendScores, learnBlendWeights } from '../algorithms/blend.ts';
import { historyOf, type Interactions } from '../algorithms/interactions.ts';
import { type Scorer } from './contenders.ts';
import { measureList, type RankedCase } from './metrics.ts';
import { type ListKind } from './rankings.ts';
import { type TestCase } from './splits.ts';

/** Candidates of each method that can come into a blended list of ten. */
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
  // A blend of one method alone is its standardised scores.
  const standardised = scorers.map((scorer) => blendScores([scorer(test.userIndex)], [1]));
  const candidates = test.candidates ?? collectCandidates(standardised, isAllowed);
  const scores = new Float64Array(candidates.length * scorers.length);
  for (const [place, item] of candidates.entries()) {
    for (const [method, values] of standardised.entries())
      scores[place * scorers.length + method] = values[item]!;
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
  for (let place = 0, cell = 0; place < sums.length; place += 1) {
    for (let method = 0; method < weights.length; method += 1, cell += 1)
      sums[place]! += weights[method]! * scores[cell]!;
  }
  return selectTopK(sums, 10).map((place) => candidates[place]!);
}
