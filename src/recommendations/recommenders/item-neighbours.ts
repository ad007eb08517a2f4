/** Serves any item-to-item model: the history's items contribute to their neighbours. */
import { createRowSums } from '#numeric/kernel/row-sums.ts';
import { transpose } from '#numeric/sparse.ts';

import type { ItemNeighbours } from '../algorithms/item-neighbours.ts';
import { findEntry } from '../histories/item-set.ts';
import { createMembership, findMember } from './membership.ts';
import type { ScoreContribution, Recommender } from './recommender.ts';

/** Item indexes take half the memory below this size. */
const MAX_NARROW_ITEMS = 2 ** 16;

export function openItemNeighbours(neighbours: ItemNeighbours): Recommender {
  const { forEachAtLeast } = createRowSums(neighbours);
  // By the scored item: its neighbours are contiguous.
  const { offsets, columns, values } = transpose(neighbours);
  const speakers = neighbours.rowCount > MAX_NARROW_ITEMS ? columns : Uint16Array.from(columns);
  const membershipOf = createMembership(neighbours.rowCount);

  return {
    /** score_j = sum over history items i of weight_i · neighbours_ij. O(entries of the history's rows). */
    rank({ history }, top) {
      // A full list accepts few more.
      const worst = (): number => Math.max(Number.MIN_VALUE, top.worstScore());
      forEachAtLeast(history.itemIndices, history.weights, worst, (item, score) => top.push(item, score));
    },

    /** One contribution per history item that has the item as a neighbour. O(the item's own neighbours). */
    explain({ history }, itemIndex, most = Number.POSITIVE_INFINITY) {
      const bits = membershipOf(history.itemIndices);
      const parts: ScoreContribution[] = [];
      const end = offsets[itemIndex + 1]!;
      for (
        let slot = findMember(bits, speakers, offsets[itemIndex]!, end);
        slot < end;
        slot = findMember(bits, speakers, slot + 1, end)
      ) {
        const speaker = speakers[slot]!;
        const weight = history.weights[findEntry(history.itemIndices, speaker)]! * values[slot]!;
        if (weight === 0 || (parts.length === most && weight <= parts[most - 1]!.weight)) continue;
        insert(parts, { kind: 'bought-together', weight, itemIndex: speaker }, most);
      }
      return parts;
    },
  };
}

/** Inserts into a list in descending order of length `most`. */
function insert(parts: ScoreContribution[], part: ScoreContribution, most: number): void {
  let index = parts.length;
  if (index < most) parts.push(part);
  else index -= 1;
  while (index > 0 && parts[index - 1]!.weight < part.weight) {
    parts[index] = parts[index - 1]!;
    index -= 1;
  }
  parts[index] = part;
}
