/** How far up a ranking hidden seeds come. Ranks nobody. */
import type { LiftAtSize, MethodReport } from './settings.ts';

/** A fold with the scores of its hidden seeds first, then those of the others. */
export interface ScoredFold {
  readonly scores: Float64Array;
  readonly hiddenCount: number;
}

const SIZES = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

/**
 * Over all folds together. Of equal scores a hidden seed comes last, so that a method that cannot tell finds nothing.
 * @param candidateCount people in the whole ranking, to say how many a share is
 */
export function measureFolds(
  folds: readonly ScoredFold[],
  candidateCount: number,
): Pick<MethodReport, 'lifts' | 'areaUnderCurve'> {
  const ranks = folds.map(rankHidden);
  const hiddenCount = folds.reduce((sum, fold) => sum + fold.hiddenCount, 0);
  const lifts = SIZES.map((share): LiftAtSize => {
    let found = 0;
    let luck = 0;
    folds.forEach(({ scores, hiddenCount: own }, fold) => {
      const cut = Math.ceil(share * scores.length);
      found += ranks[fold]!.filter((rank) => rank < cut).length;
      luck += (own * cut) / scores.length;
    });
    return {
      share,
      people: Math.round(share * candidateCount),
      found,
      recall: found / hiddenCount,
      lift: found / luck,
    };
  });
  const before = folds.map((fold, index) => areaOf(fold, ranks[index]!) * fold.hiddenCount);
  return { lifts, areaUnderCurve: before.reduce((sum, area) => sum + area, 0) / hiddenCount };
}

/** Places of the hidden seeds in the ranking, from 0, ascending. */
function rankHidden({ scores, hiddenCount }: ScoredFold): readonly number[] {
  const order = Array.from(scores.keys()).toSorted(
    (left, right) => scores[right]! - scores[left]! || right - left,
  );
  return order.flatMap((row, rank) => (row < hiddenCount ? [rank] : []));
}

/** Share of pairs of a hidden seed and another in which the hidden one comes first. */
function areaOf({ scores, hiddenCount }: ScoredFold, ranks: readonly number[]): number {
  const otherCount = scores.length - hiddenCount;
  const othersAhead = ranks.reduce((sum, rank, index) => sum + rank - index, 0);
  return 1 - othersAhead / (hiddenCount * otherCount);
}
