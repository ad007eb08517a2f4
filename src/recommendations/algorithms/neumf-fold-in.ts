/** Scores a history with the items of GMF, MLP or NeuMF: a new customer needs no training. */

import { createRandom } from '#numeric/random.ts';
import { type History } from './interactions.ts';

/** The network without its customers. */
export type NeuralItems = {
  readonly itemCount: number;
  /** Of the product part; 0 without it. */
  readonly factorCount: number;
  /** Of the MLP: user and item concatenated, then every layer; empty without it. */
  readonly towerWidths: readonly number[];
  /** items × factors, and items × half the MLP's first width. */
  readonly productItems: Float32Array;
  readonly towerItems: Float32Array;
  /** Per layer: inputs × outputs, followed by one row of biases. */
  readonly layers: readonly Float32Array[];
  /** Weights of the logit: product factors, output of the MLP, bias. */
  readonly output: Float32Array;
  /** Factors of a customer without a history: the mean customer of the training. */
  readonly productStart: Float32Array;
  readonly towerStart: Float32Array;
};

type Customer = { readonly product: Float64Array; readonly mlp: Float64Array };

const PASSES = 8;
const NEGATIVES_PER_ITEM = 4;
const LEARNING_RATE = 0.1;
const MAX_ITEMS = 40;

/** Probability of an item in (0, 1): the logistic function of the network's logit. */
export type NeuralScore = (item: number) => number;

/** Folds the customer in once, for any number of items. */
export function scoreNeuralHistory(model: NeuralItems, history: History, seed: number): NeuralScore {
  const forward = createForward(model, foldIn(model, history, seed));
  return (item) => 1 / (1 + Math.exp(-forward(item).logit));
}

/** The customer with the lowest log loss over the history and sampled other items, by a few passes of Adagrad. */
function foldIn(model: NeuralItems, history: History, seed: number): Customer {
  const random = createRandom(seed);
  const customer = {
    product: Float64Array.from(model.productStart),
    mlp: Float64Array.from(model.towerStart),
  };
  const squares = [customer.product, customer.mlp].map((vector) =>
    new Float64Array(vector.length).fill(1e-6),
  );
  const owned = new Set(history.itemIndices);
  const learned = history.itemIndices.subarray(-MAX_ITEMS);
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const item of learned) {
      for (let draw = 0; draw <= NEGATIVES_PER_ITEM; draw += 1) {
        const asked = draw === 0 ? item : random.integer(model.itemCount);
        if (draw > 0 && owned.has(asked)) continue;
        const forward = createForward(model, customer);
        const { logit, activations } = forward(asked);
        const error = 1 / (1 + Math.exp(-logit)) - (draw === 0 ? 1 : 0);
        const gradients = [productGradient(model, asked, error), towerGradient(model, activations, error)];
        [customer.product, customer.mlp].forEach((vector, part) =>
          step(vector, gradients[part]!, squares[part]!),
        );
      }
    }
  }
  return customer;
}

function step(vector: Float64Array, gradient: Float64Array, squares: Float64Array): void {
  for (let index = 0; index < vector.length; index += 1) {
    squares[index]! += gradient[index]! ** 2;
    vector[index]! -= (LEARNING_RATE * gradient[index]!) / Math.sqrt(squares[index]!);
  }
}

type Pass = { readonly logit: number; readonly activations: readonly Float64Array[] };

/** The network for one customer; the customer's share of the first layer is computed once. */
function createForward(model: NeuralItems, customer: Customer): (item: number) => Pass {
  const { factorCount: d, towerWidths, productItems, towerItems, layers, output } = model;
  const half = (towerWidths[0] ?? 0) / 2;
  const firstWidth = towerWidths[1] ?? 0;
  const ownPart = new Float64Array(firstWidth);
  if (layers.length > 0) addProduct(ownPart, customer.mlp, 0, half, layers[0]!, 0);
  const bias = output[output.length - 1]!;

  return (item) => {
    let logit = bias;
    for (let factor = 0; factor < d; factor += 1)
      logit += output[factor]! * customer.product[factor]! * productItems[item * d + factor]!;
    const activations: Float64Array[] = [];
    let inputs: Float64Array | Float32Array = towerItems.subarray(item * half, (item + 1) * half);
    layers.forEach((layer, depth) => {
      const sums = depth === 0 ? ownPart.slice() : new Float64Array(towerWidths[depth + 1]!);
      const firstRow = depth === 0 ? half : 0;
      addProduct(sums, inputs, 0, inputs.length, layer, firstRow);
      const biases = towerWidths[depth]! * sums.length;
      for (let unit = 0; unit < sums.length; unit += 1) {
        const sum = sums[unit]! + layer[biases + unit]!;
        sums[unit] = sum > 0 ? sum : 0;
      }
      activations.push(sums);
      inputs = sums;
    });
    const top = activations.at(-1);
    if (top) for (let unit = 0; unit < top.length; unit += 1) logit += output[d + unit]! * top[unit]!;
    return { logit, activations };
  };
}

/** sums += inputs · rows of a layer from `firstRow` on. */
function addProduct(
  sums: Float64Array,
  inputs: ArrayLike<number>,
  start: number,
  count: number,
  layer: Float32Array,
  firstRow: number,
): void {
  const width = sums.length;
  for (let row = 0; row < count; row += 1) {
    const input = inputs[start + row]!;
    if (input === 0) continue;
    const from = (firstRow + row) * width;
    for (let unit = 0; unit < width; unit += 1) sums[unit]! += input * layer[from + unit]!;
  }
}

function productGradient(
  { factorCount: d, output, productItems }: NeuralItems,
  item: number,
  error: number,
): Float64Array {
  return Float64Array.from(
    { length: d },
    (_, factor) => error * output[factor]! * productItems[item * d + factor]!,
  );
}

/** Backpropagates through the layers to the customer's half of the input. */
function towerGradient(
  { factorCount, towerWidths, layers, output }: NeuralItems,
  activations: readonly Float64Array[],
  error: number,
): Float64Array {
  if (layers.length === 0) return new Float64Array(0);
  let above = Float64Array.from(activations.at(-1)!, (_, unit) => error * output[factorCount + unit]!);
  for (let depth = layers.length - 1; depth >= 0; depth -= 1) {
    const layer = layers[depth]!;
    const width = above.length;
    // Gradient of ReLU.
    const passed = above.map((derivative, unit) => (activations[depth]![unit]! > 0 ? derivative : 0));
    const inputCount = depth === 0 ? towerWidths[0]! / 2 : towerWidths[depth]!;
    above = Float64Array.from({ length: inputCount }, (_, row) => {
      let sum = 0;
      for (let unit = 0; unit < width; unit += 1) sum += layer[row * width + unit]! * passed[unit]!;
      return sum;
    });
  }
  return above;
}
