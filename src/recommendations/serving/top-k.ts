/** Collects the best of the items that a recommender offers, without excluded ones. */
import type { ItemSet } from '../histories/item-set.ts';

export interface TopK {
  /**
   * Inserts the item if it is allowed and better than the worst one; at equal scores the smaller index wins. -Infinity
   * is not a score.
   */
  push(itemIndex: number, score: number): void;
  /** Whether the list is full: a lower score has no effect any more. */
  isFull(): boolean;
  /** Minimum score to be inserted; -Infinity until the list is full. */
  worstScore(): number;
  readonly itemIndices: readonly number[];
  /** Descending. */
  readonly scores: readonly number[];
}

/** Items of a list: those bought before, those never bought, or all. */
export type Ownership = 'bought' | 'new' | 'any';

/**
 * Insertion into a short sorted list: most offers fail at the first comparison, so only the others are tested for
 * exclusion.
 * @param allowed 1 per allowed item
 */
export function createTopK(size: number, allowed: Uint8Array, known: ItemSet, ownership: Ownership): TopK {
  const itemIndices: number[] = [];
  const scores: number[] = [];
  const wantsKnown = ownership === 'bought';
  let worst = Number.NEGATIVE_INFINITY;

  function push(itemIndex: number, score: number): void {
    const length = scores.length;
    const isFull = length === size;
    if (isFull ? score < worst || !isBetter(itemIndex, score, length - 1) : score === worst) return;
    if (allowed[itemIndex] !== 1) return;
    if (ownership !== 'any' && known.has(itemIndex) !== wantsKnown) return;
    let index = isFull ? size - 1 : length;
    while (index > 0 && isBetter(itemIndex, score, index - 1)) {
      scores[index] = scores[index - 1]!;
      itemIndices[index] = itemIndices[index - 1]!;
      index -= 1;
    }
    scores[index] = score;
    itemIndices[index] = itemIndex;
    if (scores.length === size) worst = scores[size - 1]!;
  }

  function isBetter(itemIndex: number, score: number, index: number): boolean {
    const other = scores[index]!;
    return score > other || (score === other && itemIndex < itemIndices[index]!);
  }

  const isFull = (): boolean => scores.length === size;
  const worstScore = (): number => worst;
  return { push, isFull, worstScore, itemIndices, scores };
}
