/** Serves any item-to-item model: what the visitor has speaks for its neighbours. Learns none. */
import { createRowSums } from '#numeric/kernel/row-sums.ts';
import { transpose } from '#numeric/sparse.ts';

import type { History } from '../algorithms/interactions.ts';
import type { ItemNeighbours } from '../algorithms/item-neighbours.ts';
import type { Recommender } from './recommender.ts';

export function openItemNeighbours(neighbours: ItemNeighbours): Recommender {
  const { forEachAtLeast } = createRowSums(neighbours);
  // By the item that is scored: who may speak for it stands in one place.
  const { offsets, columns: speakers, values } = transpose(neighbours);
  const weightsBy = createWeights(neighbours.rowCount);

  return {
    /** score_j = sum over history items i of weight_i · neighbours_ij. O(entries of the history's rows). */
    rank({ history }, top) {
      // A list that is full takes few more.
      const worst = (): number => Math.max(Number.MIN_VALUE, top.worstScore());
      forEachAtLeast(history.itemIndices, history.weights, worst, (item, score) => top.offer(item, score));
    },

    /** One part per history item that has the item for a neighbour. O(the item's own neighbours). */
    explain({ history }, itemIndex, most = Number.POSITIVE_INFINITY) {
      const weightOf = weightsBy(history);
      const told: number[] = [];
      const weights: number[] = [];
      const end = offsets[itemIndex + 1]!;
      for (let slot = offsets[itemIndex]!; slot < end; slot += 1) {
        const own = weightOf[speakers[slot]!]!;
        if (own === 0) continue;
        const speaker = speakers[slot]!;
        const weight = own * values[slot]!;
        if (weight === 0) continue;
        // Into its place in a descending list, which has room for `most`.
        let place = weights.length;
        if (place === most) {
          place -= 1;
          if (weight <= weights[place]!) continue;
        }
        while (place > 0 && weights[place - 1]! < weight) {
          weights[place] = weights[place - 1]!;
          told[place] = told[place - 1]!;
          place -= 1;
        }
        weights[place] = weight;
        told[place] = speaker;
      }
      return told.map((speaker, place) => ({
        kind: 'bought-together',
        weight: weights[place]!,
        itemIndex: speaker,
      }));
    },
  };
}

/** Weights of a history by item, in memory kept for all requests: a list asks for the same ones for each product. */
function createWeights(itemCount: number): (history: History) => Float32Array {
  const weightOf = new Float32Array(itemCount);
  let last: History | null = null;
  return (history) => {
    if (last === history) return weightOf;
    if (last !== null) for (const item of last.itemIndices) weightOf[item] = 0;
    const { itemIndices, weights } = history;
    for (let entry = 0; entry < itemIndices.length; entry += 1) {
      weightOf[itemIndices[entry]!] = weights[entry]!;
    }
    last = history;
    return weightOf;
  };
}
