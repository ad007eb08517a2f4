/** Approximate reasons of the neural method: the nearest items of the history. */

import { type Contribution, type History } from './interactions.ts';

/** The learned embeddings of the items, items × width each. */
export type ItemEmbeddings = {
  readonly productItems: Embeddings;
  readonly towerItems: Embeddings;
};

type Embeddings = { readonly width: number; readonly parameters: { readonly values: Float32Array } };

/** An approximate explanation, to be shown as such: the contributions do not sum to the score. */
export type ApproximateExplanation = {
  readonly isApproximate: true;
  readonly parts: readonly Contribution[];
};

/**
 * Cosines between the item and each history item in the learned embeddings, product factors and MLP input together,
 * nearest first; negative ones are omitted.
 */
export function explainNeumf(
  network: ItemEmbeddings,
  history: History,
  itemIndex: number,
): ApproximateExplanation {
  const asked = vectorOf(network, itemIndex);
  const parts = Array.from(history.itemIndices, (item, entry) => ({
    itemIndex: item,
    value: history.weights[entry]! * cosine(asked, vectorOf(network, item)),
  }));
  const near = parts.filter(({ value }) => value > 0);
  return { isApproximate: true, parts: near.toSorted((left, right) => right.value - left.value) };
}

function vectorOf({ productItems, towerItems }: ItemEmbeddings, item: number): readonly number[] {
  return [productItems, towerItems].flatMap(({ width, parameters }) => [
    ...parameters.values.subarray(item * width, (item + 1) * width),
  ]);
}

function cosine(left: readonly number[], right: readonly number[]): number {
  let product = 0;
  let leftSquare = 0;
  let rightSquare = 0;
  for (let index = 0; index < left.length; index += 1) {
    product += left[index]! * right[index]!;
    leftSquare += left[index]! ** 2;
    rightSquare += right[index]! ** 2;
  }
  return product / Math.sqrt(leftSquare * rightSquare) || 0;
}
