/** Turns scores into ranked lists, one per test case and kind of list. */

import type { ListKind, Scorer, TestCase } from '#recommendations/training/blending.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { historyOf, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { CUTOFFS, type RankedCase } from '#recommendations/training/ranking-metrics.ts';

const LONGEST = Math.max(...CUTOFFS);

/** Users without a relevant item are excluded. */
export function rankCases(
  tests: readonly TestCase[],
  interactions: Interactions,
  scorer: Scorer,
  kinds: readonly ListKind[],
): Record<ListKind, readonly RankedCase[]> {
  const ranked: Record<ListKind, RankedCase[]> = { best: [], rebuy: [], discover: [] };
  for (const test of tests) {
    const owned = new Set(historyOf(interactions, test.userIndex).itemIndices);
    const scores = scorer(test.userIndex, test.candidates);
    for (const kind of kinds) {
      const counts = (item: number): boolean => kind === 'best' || owned.has(item) === (kind === 'rebuy');
      const relevant = new Set([...test.relevant].filter(counts));
      if (relevant.size === 0) continue;
      const list = rankList(test, scores, kind, owned);
      ranked[kind].push({ userIndex: test.userIndex, list, relevant, historyLength: owned.size });
    }
  }
  return ranked;
}

function rankList(
  test: TestCase,
  scores: Float64Array,
  kind: ListKind,
  owned: ReadonlySet<number>,
): Uint32Array {
  if (test.candidates) return rankCandidates(scores, test.candidates);
  if (kind === 'best') return selectTopK(scores, LONGEST);
  if (kind === 'discover') return selectTopK(scores, LONGEST, owned);
  return rankCandidates(scores, Uint32Array.from(owned));
}

/** Among equal scores the earlier candidate comes first; a candidate without a score comes last. */
function rankCandidates(scores: Float64Array, candidates: Uint32Array): Uint32Array {
  const values = Float64Array.from(candidates, (item) =>
    scores[item]! > -Infinity ? scores[item]! : -Number.MAX_VALUE,
  );
  return selectTopK(values, LONGEST).map((index) => candidates[index]!);
}
