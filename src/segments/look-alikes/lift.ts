/** Ranks of held-out seeds. */
import type { LiftAtSize, MethodReport } from './settings.ts';

/** A fold: the scores of its held-out seeds first, then those of the others. */
export interface ScoredFold {
  readonly scores: Float64Array;
  readonly hiddenCount: number;
}

const SIZES = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

/**
 * Over all folds together. Among equal scores a held-out seed comes last, so that a method without information has no
 * lift.
 * @param candidateCount customers in the complete ranking, to convert a share into a number
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

/** Indexes of the held-out seeds in the ranking, from 0, ascending. */
function rankHidden({ scores, hiddenCount }: ScoredFold): readonly number[] {
  const order = Array.from(scores.keys()).toSorted(
    (left, right) => scores[right]! - scores[left]! || right - left,
  );
  return order.flatMap((row, rank) => (row < hiddenCount ? [rank] : []));
}

/** Share of pairs of a held-out seed and another row in which the seed ranks first. */
function areaOf({ scores, hiddenCount }: ScoredFold, ranks: readonly number[]): number {
  const otherCount = scores.length - hiddenCount;
  const othersAhead = ranks.reduce((sum, rank, index) => sum + rank - index, 0);
  return 1 - othersAhead / (hiddenCount * otherCount);
}
