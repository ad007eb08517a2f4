/** The network of NeuMF: a product of factors beside an MLP, one logit per pair. */

import { type AdamParameters, adamRate, createAdamParameters, stepAdam } from '#numeric/adam.ts';
import { createArena } from '#numeric/dense.ts';
import { createEmbedding, type Embedding, gradientStart, stepEmbedding } from '#numeric/embedding.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { type Random } from '#numeric/random.ts';
import { createMlp, runBackward, runForward, stepMlp, type Mlp, mlpSize } from '#numeric/mlp.ts';

export type NeumfShape = {
  readonly userCount: number;
  readonly itemCount: number;
  /** Factors of the product part (GMF); 0 omits it. */
  readonly productFactors: number;
  /** Widths of the MLP, the first for user and item concatenated; empty omits it. */
  readonly towerWidths: readonly number[];
};

export type NeumfNetwork = {
  readonly shape: NeumfShape;
  readonly kernel: Kernel;
  readonly mlp: Mlp | null;
  readonly productUsers: Embedding;
  readonly productItems: Embedding;
  readonly towerUsers: Embedding;
  readonly towerItems: Embedding;
  /** Weights of the logit: product factors, output of the MLP, bias. */
  readonly output: AdamParameters;
  readonly outputGradients: Float32Array;
  readonly batchSize: number;
};

const DEVIATION = 0.01;

export function createNeumfNetwork(shape: NeumfShape, batchSize: number, random: Random): NeumfNetwork {
  const { userCount, itemCount, productFactors, towerWidths } = shape;
  const half = (towerWidths[0] ?? 0) / 2;
  const outputSize = productFactors + (towerWidths.at(-1) ?? 0) + 1;
  const arena = createArena(mlpSize(towerWidths, batchSize));
  const kernel = createKernel(arena.memory);
  const embed = (rowCount: number, width: number): Embedding =>
    createEmbedding(rowCount, width, batchSize, DEVIATION, random);
  const outputWeights = Float32Array.from(
    { length: outputSize },
    () => random.normal() / Math.sqrt(outputSize),
  );
  outputWeights[outputSize - 1] = 0;
  return {
    shape,
    kernel,
    mlp: towerWidths.length > 0 ? createMlp(kernel, arena, towerWidths, batchSize, random) : null,
    productUsers: embed(userCount, productFactors),
    productItems: embed(itemCount, productFactors),
    towerUsers: embed(userCount, half),
    towerItems: embed(itemCount, half),
    output: createAdamParameters(outputWeights),
    outputGradients: new Float32Array(outputSize),
    batchSize,
  };
}

/** Logits of pairs, at most one batch. */
export function predictPairs(
  network: NeumfNetwork,
  users: ArrayLike<number>,
  items: ArrayLike<number>,
  logits: Float64Array,
): void {
  const { kernel, mlp, output, shape } = network;
  const pairCount = users.length;
  const top = shape.productFactors;
  if (mlp) {
    gatherInputs(network, mlp, users, items);
    runForward(kernel, mlp, pairCount);
  }
  const { values: weights } = output;
  const bias = weights[weights.length - 1]!;
  for (let pair = 0; pair < pairCount; pair += 1) {
    logits[pair] = bias + productLogit(network, users[pair]!, items[pair]!);
    if (!mlp) continue;
    const { offset, columnCount } = mlp.activations.at(-1)!;
    const start = offset + pair * columnCount;
    let sum = 0;
    for (let unit = 0; unit < columnCount; unit += 1)
      sum += weights[top + unit]! * kernel.floats[start + unit]!;
    logits[pair]! += sum;
  }
}

/**
 * One step of Adam on the log loss of a batch, plus regularisation / 2 · the squares of its embeddings.
 * @param labels 1 for interactions, 0 for sampled negatives
 * @param step from 1
 */
export function trainBatch(
  network: NeumfNetwork,
  users: Uint32Array,
  items: Uint32Array,
  labels: Float32Array,
  settings: { readonly learningRate: number; readonly regularisation: number },
  step: number,
): void {
  const { kernel, mlp, output, outputGradients, shape } = network;
  const logits = new Float64Array(users.length);
  predictPairs(network, users, items, logits);
  const top = shape.productFactors;
  const decay = settings.regularisation / users.length;

  for (let pair = 0; pair < users.length; pair += 1) {
    const error = (1 / (1 + Math.exp(-logits[pair]!)) - labels[pair]!) / users.length;
    outputGradients[outputGradients.length - 1]! += error;
    addProductGradients(network, users[pair]!, items[pair]!, error, decay);
    if (!mlp) continue;
    const { offset, columnCount } = mlp.activations.at(-1)!;
    const start = pair * columnCount;
    const above = mlp.derivatives.at(-1)!.offset + start;
    for (let unit = 0; unit < columnCount; unit += 1) {
      outputGradients[top + unit]! += error * kernel.floats[offset + start + unit]!;
      kernel.floats[above + unit] = error * output.values[top + unit]!;
    }
  }
  const rate = adamRate(settings.learningRate, step);
  if (mlp) {
    runBackward(kernel, mlp, users.length);
    scatterInputGradients(network, mlp, users, items, decay);
    stepMlp(kernel, mlp, rate);
    stepEmbedding(network.towerUsers, rate);
    stepEmbedding(network.towerItems, rate);
  }
  stepEmbedding(network.productUsers, rate);
  stepEmbedding(network.productItems, rate);
  stepAdam(output, 0, outputGradients, rate);
}

function productLogit(
  { productUsers, productItems, output }: NeumfNetwork,
  user: number,
  item: number,
): number {
  const width = productUsers.width;
  const userValues = productUsers.parameters.values;
  const itemValues = productItems.parameters.values;
  let sum = 0;
  for (let factor = 0; factor < width; factor += 1) {
    sum += output.values[factor]! * userValues[user * width + factor]! * itemValues[item * width + factor]!;
  }
  return sum;
}

function addProductGradients(
  network: NeumfNetwork,
  user: number,
  item: number,
  error: number,
  decay: number,
): void {
  const { productUsers, productItems, output, outputGradients } = network;
  const width = productUsers.width;
  if (width === 0) return;
  const userValues = productUsers.parameters.values;
  const itemValues = productItems.parameters.values;
  const userStart = gradientStart(productUsers, user);
  const itemStart = gradientStart(productItems, item);
  for (let factor = 0; factor < width; factor += 1) {
    const userValue = userValues[user * width + factor]!;
    const itemValue = itemValues[item * width + factor]!;
    const weighted = error * output.values[factor]!;
    productUsers.gradients[userStart + factor]! += weighted * itemValue + decay * userValue;
    productItems.gradients[itemStart + factor]! += weighted * userValue + decay * itemValue;
    outputGradients[factor]! += error * userValue * itemValue;
  }
}

/** Concatenates the user's and the item's rows as the MLP's input. */
function gatherInputs(
  { kernel, towerUsers, towerItems }: NeumfNetwork,
  mlp: Mlp,
  users: ArrayLike<number>,
  items: ArrayLike<number>,
): void {
  const { offset, columnCount } = mlp.activations[0]!;
  const half = columnCount / 2;
  for (let pair = 0; pair < users.length; pair += 1) {
    const start = offset + pair * columnCount;
    const user = users[pair]! * half;
    const item = items[pair]! * half;
    for (let column = 0; column < half; column += 1) {
      kernel.floats[start + column] = towerUsers.parameters.values[user + column]!;
      kernel.floats[start + half + column] = towerItems.parameters.values[item + column]!;
    }
  }
}

function scatterInputGradients(
  { kernel, towerUsers, towerItems }: NeumfNetwork,
  mlp: Mlp,
  users: Uint32Array,
  items: Uint32Array,
  decay: number,
): void {
  const { offset, columnCount } = mlp.derivatives[0]!;
  const half = columnCount / 2;
  const userValues = towerUsers.parameters.values;
  const itemValues = towerItems.parameters.values;
  for (let pair = 0; pair < users.length; pair += 1) {
    const start = offset + pair * columnCount;
    const user = gradientStart(towerUsers, users[pair]!);
    const item = gradientStart(towerItems, items[pair]!);
    for (let column = 0; column < half; column += 1) {
      const userValue = userValues[users[pair]! * half + column]!;
      const itemValue = itemValues[items[pair]! * half + column]!;
      towerUsers.gradients[user + column]! += kernel.floats[start + column]! + decay * userValue;
      towerItems.gradients[item + column]! += kernel.floats[start + half + column]! + decay * itemValue;
    }
  }
}
