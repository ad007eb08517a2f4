/** Serves any item-to-item model: what the visitor has speaks for its neighbours. Learns none. */
import { createRowSums } from '#numeric/kernel/row-sums.ts';
import { transpose } from '#numeric/sparse.ts';

import type { ItemNeighbours } from '../algorithms/item-neighbours.ts';
import type { Part, Recommender } from './recommender.ts';

export function openItemNeighbours(neighbours: ItemNeighbours): Recommender {
  const itemCount = neighbours.columnCount;
  const { forEachAtLeast } = createRowSums(neighbours);
  // By the item that is scored: who may speak for it stands in one place.
  const speakers = transpose(neighbours);
  // Kept for all requests and left at 0.
  const weightOf = new Float64Array(itemCount);

  return {
    /** score_j = sum over history items i of weight_i · neighbours_ij. O(entries of the history's rows). */
    rank({ history }, top) {
      // A list that is full takes few more.
      const worst = (): number => Math.max(Number.MIN_VALUE, top.worstScore());
      forEachAtLeast(history.itemIndices, history.weights, worst, (item, score) => top.offer(item, score));
    },

    /** One part per history item that has the item for a neighbour. O(history + the item's own neighbours). */
    explain({ history: { itemIndices, weights } }, itemIndex, most = Number.POSITIVE_INFINITY) {
      for (let entry = 0; entry < itemIndices.length; entry += 1) {
        weightOf[itemIndices[entry]!] = weights[entry]!;
      }
      const parts: Part[] = [];
      const end = speakers.offsets[itemIndex + 1]!;
      let least = Number.NEGATIVE_INFINITY;
      for (let slot = speakers.offsets[itemIndex]!; slot < end; slot += 1) {
        const speaker = speakers.columns[slot]!;
        const weight = weightOf[speaker]! * speakers.values[slot]!;
        if (weight === 0 || weight <= least) continue;
        insert(parts, { kind: 'bought-together', weight, itemIndex: speaker }, most);
        if (parts.length === most) least = parts[most - 1]!.weight;
      }
      for (let entry = 0; entry < itemIndices.length; entry += 1) weightOf[itemIndices[entry]!] = 0;
      return parts;
    },
  };
}

/** Into a list in descending order, which has room for `most`. */
function insert(parts: Part[], part: Part, most: number): void {
  let place = parts.length;
  if (place < most) parts.push(part);
  else place -= 1;
  while (place > 0 && parts[place - 1]!.weight < part.weight) {
    parts[place] = parts[place - 1]!;
    place -= 1;
  }
  parts[place] = part;
}
