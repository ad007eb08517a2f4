/** The protocol of the NCF paper: one held-out item per user, ranked among sampled negatives. */

export type CandidateTest = {
  readonly userIndex: number;
  /** The held-out item. */
  readonly itemIndex: number;
  /** Items that the user never had, without repeats of the held-out one. */
  readonly negatives: Uint32Array;
};

/**
 * Place of the held-out item among the candidates, 1 for the best. Equal scores count against it: the mean place
 * over random orders of equals would flatter constant scores less than taking the truth first, but a tie that is
 * lost needs no random number.
 */
export function rankOfTruth(scores: Float64Array, test: CandidateTest): number {
  const truth = scores[test.itemIndex]!;
  let rank = 1;
  for (const negative of test.negatives) {
    if (!(scores[negative]! < truth)) rank += 1;
  }
  return rank;
}

/** Hit rate and nDCG at a cutoff for one held-out item: 1 and 1 / log2(rank + 1) where it is within. */
export function hitAt(rank: number, cutoff: number): number {
  return rank <= cutoff ? 1 : 0;
}

export function ndcgAt(rank: number, cutoff: number): number {
  return rank <= cutoff ? 1 / Math.log2(rank + 1) : 0;
}
