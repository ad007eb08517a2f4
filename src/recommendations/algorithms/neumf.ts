/**
 * Trains GMF, MLP and NeuMF (He et al. 2017) with sampled negatives and early stopping. The network: neumf-network.ts.
 */

import { createRandom, type Random, shuffle } from '#numeric/random.ts';
import { IALS_DEFAULTS, trainIals } from './ials.ts';
import { findSlot, type Interactions } from './interactions.ts';
import { createNeumfNetwork, type NeumfNetwork, predictPairs, trainBatch } from './neumf-network.ts';

export type NeumfParameters = {
  readonly productFactors: number;
  readonly towerWidths: readonly number[];
  /** How the product part is pretrained; `als` takes seconds where `adam` takes minutes. */
  readonly productStart: 'als' | 'adam';
  readonly negativesPerPositive: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Penalty on the embeddings, per pair. */
  readonly regularisation: number;
  readonly maximumEpochs: number;
  /** Epochs without an improvement of the validation before training stops. */
  readonly patience: number;
};

export const NEUMF_DEFAULTS: NeumfParameters = {
  productFactors: 64,
  towerWidths: [64, 32, 16],
  productStart: 'als',
  negativesPerPositive: 4,
  batchSize: 1024,
  learningRate: 0.001,
  regularisation: 0.003,
  maximumEpochs: 20,
  patience: 1,
};

const ALS_STRETCH = 8;

/** Larger is better; computed on data outside of the training set. */
export type Validate = (network: NeumfNetwork) => number;

/**
 * Pretrains the product part and the MLP separately, joins them with a share of each one's output weights, and
 * continues the training. A part of size 0 is omitted: productFactors 0 is MLP, no MLP widths is GMF.
 */
export function trainNeumf(
  interactions: Interactions,
  parameters: NeumfParameters,
  seed: number,
  validate: Validate,
): NeumfNetwork {
  const random = createRandom(seed);
  const { productFactors, towerWidths } = parameters;
  if (productFactors === 0 || towerWidths.length === 0)
    return trainAlone(interactions, parameters, random, validate);

  const alone = { ...parameters, towerWidths: [] };
  const product =
    parameters.productStart === 'als'
      ? startByAls(interactions, alone, seed, random)
      : trainAlone(interactions, alone, random, validate);
  const mlp = trainAlone(interactions, { ...parameters, productFactors: 0 }, random, validate);
  const joined = createNetwork(interactions, parameters, random);
  joinParts(joined, product, mlp, parameters.productStart === 'als' ? 0.85 : 0.5);
  // New moments would destroy the pretrained weights with their first large steps: a tenth of the rate.
  trainToPlateau(
    joined,
    interactions,
    { ...parameters, learningRate: parameters.learningRate / 10 },
    random,
    validate,
  );
  return joined;
}

/** Logits of all items for a user of the training data. */
export function scoreNeumf(network: NeumfNetwork, userIndex: number): Float64Array {
  const items = Uint32Array.from({ length: network.shape.itemCount }, (_, item) => item);
  return scoreNeumfItems(network, userIndex, items);
}

/** Logits of some items for a user of the training data, in the order of the items. */
export function scoreNeumfItems(network: NeumfNetwork, userIndex: number, items: Uint32Array): Float64Array {
  const logits = new Float64Array(items.length);
  for (let start = 0; start < items.length; start += network.batchSize) {
    const batch = items.subarray(start, start + network.batchSize);
    predictPairs(network, new Uint32Array(batch.length).fill(userIndex), batch, logits.subarray(start));
  }
  return logits;
}

function createNetwork({ byUser }: Interactions, parameters: NeumfParameters, random: Random): NeumfNetwork {
  const { productFactors, towerWidths, batchSize } = parameters;
  const shape = { userCount: byUser.rowCount, itemCount: byUser.columnCount, productFactors, towerWidths };
  return createNeumfNetwork(shape, batchSize, random);
}

/** The product part from the factors of iALS, whose scores of 0 to 1 are scaled to logits. */
function startByAls(
  interactions: Interactions,
  parameters: NeumfParameters,
  seed: number,
  random: Random,
): NeumfNetwork {
  const network = createNetwork(interactions, parameters, random);
  const model = trainIals(interactions, { ...IALS_DEFAULTS, factorCount: parameters.productFactors }, seed);
  network.productUsers.parameters.values.set(model.userFactors);
  network.productItems.parameters.values.set(model.itemFactors);
  network.output.values.fill(ALS_STRETCH).fill(-ALS_STRETCH / 2, parameters.productFactors);
  return network;
}

function trainAlone(
  interactions: Interactions,
  parameters: NeumfParameters,
  random: Random,
  validate: Validate,
): NeumfNetwork {
  const network = createNetwork(interactions, parameters, random);
  trainToPlateau(network, interactions, parameters, random, validate);
  return network;
}

/** Trains until the validation has not improved for `patience` epochs; keeps the parameters of the best epoch. */
function trainToPlateau(
  network: NeumfNetwork,
  interactions: Interactions,
  parameters: NeumfParameters,
  random: Random,
  validate: Validate,
): void {
  let best = validate(network);
  let saved = saveParameters(network);
  let step = 0;
  for (
    let epoch = 0, since = 0;
    epoch < parameters.maximumEpochs && since < parameters.patience;
    epoch += 1
  ) {
    step = trainEpoch(network, interactions, parameters, random, step);
    const quality = validate(network);
    since += 1;
    if (quality > best) {
      best = quality;
      since = 0;
      saved = saveParameters(network);
    }
  }
  for (const [index, values] of parameterArrays(network).entries()) values.set(saved[index]!);
}

function trainEpoch(
  network: NeumfNetwork,
  { byUser }: Interactions,
  parameters: NeumfParameters,
  random: Random,
  firstStep: number,
): number {
  const { batchSize, negativesPerPositive } = parameters;
  const owners = new Uint32Array(byUser.columns.length);
  for (let user = 0; user < byUser.rowCount; user += 1)
    owners.fill(user, byUser.offsets[user], byUser.offsets[user + 1]);
  const order = Uint32Array.from(byUser.columns.keys());
  shuffle(order, random);

  const users = new Uint32Array(batchSize);
  const items = new Uint32Array(batchSize);
  const labels = new Float32Array(batchSize);
  let filled = 0;
  let step = firstStep;
  const train = (): void => {
    step += 1;
    const batch = [users, items, labels].map((column) => column.subarray(0, filled)) as [
      Uint32Array,
      Uint32Array,
      Float32Array,
    ];
    trainBatch(network, ...batch, parameters, step);
    filled = 0;
  };
  for (const slot of order) {
    for (let draw = 0; draw <= negativesPerPositive; draw += 1) {
      users[filled] = owners[slot]!;
      items[filled] = draw === 0 ? byUser.columns[slot]! : sampleNegative(byUser, owners[slot]!, random);
      labels[filled] = draw === 0 ? 1 : 0;
      filled += 1;
      if (filled === batchSize) train();
    }
  }
  if (filled > 0) train();
  return step;
}

/** An item that the user does not have; any item for a user who has nearly all. */
function sampleNegative(byUser: Interactions['byUser'], user: number, random: Random): number {
  let item = random.integer(byUser.columnCount);
  for (let attempt = 0; attempt < 100 && findSlot(byUser, user, item) >= 0; attempt += 1) {
    item = random.integer(byUser.columnCount);
  }
  return item;
}

function joinParts(joined: NeumfNetwork, product: NeumfNetwork, mlp: NeumfNetwork, share: number): void {
  joined.productUsers.parameters.values.set(product.productUsers.parameters.values);
  joined.productItems.parameters.values.set(product.productItems.parameters.values);
  joined.towerUsers.parameters.values.set(mlp.towerUsers.parameters.values);
  joined.towerItems.parameters.values.set(mlp.towerItems.parameters.values);
  for (const [depth, layer] of joined.mlp!.layers.entries()) {
    layer.adam.values.set(mlp.mlp!.layers[depth]!.adam.values);
  }
  const factors = joined.shape.productFactors;
  const output = joined.output.values;
  output.set(product.output.values.subarray(0, factors).map((weight) => share * weight));
  output.set(
    mlp.output.values.subarray(0, -1).map((weight) => (1 - share) * weight),
    factors,
  );
  output[output.length - 1] = share * biasOf(product) + (1 - share) * biasOf(mlp);
}

function biasOf({ output }: NeumfNetwork): number {
  return output.values[output.values.length - 1]!;
}

function saveParameters(network: NeumfNetwork): readonly Float32Array[] {
  return parameterArrays(network).map((values) => values.slice());
}

function parameterArrays(network: NeumfNetwork): readonly Float32Array[] {
  const { productUsers, productItems, towerUsers, towerItems, output, mlp } = network;
  return [
    ...[productUsers, productItems, towerUsers, towerItems].map(({ parameters }) => parameters.values),
    output.values,
    ...(mlp?.layers ?? []).map(({ adam }) => adam.values),
  ];
}
