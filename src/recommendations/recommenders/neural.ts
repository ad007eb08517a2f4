/** MLP and NeuMF as recommenders: the current history is folded into a trained network. */
import { mean } from '#numeric/statistics.ts';
import { selectTopK } from '#numeric/top-k.ts';

import type { History, Interactions } from '../algorithms/interactions.ts';
import { NEUMF_DEFAULTS, type NeumfParameters, scoreNeumfItems, trainNeumf } from '../algorithms/neumf.ts';
import { explainNeumf } from '../algorithms/neumf-explain.ts';
import { type NeuralItems, type NeuralScore, scoreNeuralHistory } from '../algorithms/neumf-fold-in.ts';
import type { NeumfNetwork } from '../algorithms/neumf-network.ts';
import { rankPositive } from './dense-scores.ts';
import {
  type AlgorithmName,
  decodeJson,
  encodeJson,
  type ModelParts,
  type ScoreContribution,
  type RecommenderKind,
  takePart,
} from './recommender.ts';

/** About half a millisecond. */
const ITEMS_PER_STEP = 512;

interface Settings {
  readonly factorCount: number;
  readonly towerWidths: readonly number[];
  readonly seed: number;
}

function defineNeural(algorithm: AlgorithmName, hyperparameters: NeumfParameters): RecommenderKind {
  return {
    algorithm,
    hyperparameters: { ...hyperparameters },
    train({ interactions }, settled, seed) {
      const { kept, hidden } = hideNewest(interactions);
      const network = trainNeumf(kept, settled as NeumfParameters, seed, (epoch) => validate(epoch, hidden));
      return storeItems(network, seed);
    },
    open: (parts, items) => openItems(parts, items.count),
  };
}

export const mlp = defineNeural('mlp', { ...NEUMF_DEFAULTS, productFactors: 0 });

export const neumf = defineNeural('neumf', NEUMF_DEFAULTS);

interface Hidden {
  readonly userIndex: number;
  readonly itemIndex: number;
}

/** Enough to distinguish epochs; ranking all customers would take longer than an epoch. */
const MAX_HIDDEN = 1000;

/** For early stopping: the last new item of each of some customers. */
function hideNewest(interactions: Interactions): { kept: Interactions; hidden: readonly Hidden[] } {
  const { byUser, firstAt, lastAt } = interactions;
  const step = Math.max(1, Math.floor(byUser.rowCount / MAX_HIDDEN));
  const hiddenSlots = new Set<number>();
  const hidden: Hidden[] = [];
  for (let userIndex = 0; userIndex < byUser.rowCount; userIndex += step) {
    const start = byUser.offsets[userIndex]!;
    const end = byUser.offsets[userIndex + 1]!;
    if (end - start < 2) continue;
    let newest = start;
    for (let slot = start; slot < end; slot += 1) if (firstAt[slot]! > firstAt[newest]!) newest = slot;
    hiddenSlots.add(newest);
    hidden.push({ userIndex, itemIndex: byUser.columns[newest]! });
  }
  const slots = Uint32Array.from(byUser.columns.keys()).filter((slot) => !hiddenSlots.has(slot));
  let passed = 0;
  const offsets = byUser.offsets.map((offset) => {
    while (passed < slots.length && slots[passed]! < offset) passed += 1;
    return passed;
  });
  const matrix = {
    ...byUser,
    offsets,
    columns: slots.map((slot) => byUser.columns[slot]!),
    values: Float32Array.from(slots, (slot) => byUser.values[slot]!),
  };
  const times = {
    firstAt: Float64Array.from(slots, (slot) => firstAt[slot]!),
    lastAt: Float64Array.from(slots, (slot) => lastAt[slot]!),
  };
  const kept = { ...interactions, byUser: matrix, ...times };
  return { kept, hidden };
}

/** Mean of 1 / log2(rank + 1) of the held-out items among all items, 0 beyond rank ten. */
function validate(network: NeumfNetwork, hidden: readonly Hidden[]): number {
  const everyItem = Uint32Array.from({ length: network.shape.itemCount }, (_, item) => item);
  return mean(
    hidden.map(({ userIndex, itemIndex }) => {
      const index = selectTopK(scoreNeumfItems(network, userIndex, everyItem), 10).indexOf(itemIndex);
      return index < 0 ? 0 : 1 / Math.log2(index + 2);
    }),
  );
}

function storeItems(network: NeumfNetwork, seed: number): ModelParts {
  const { shape, productUsers, productItems, towerUsers, towerItems, output, mlp } = network;
  const settings: Settings = { factorCount: shape.productFactors, towerWidths: shape.towerWidths, seed };
  const layers = (mlp?.layers ?? []).map(({ adam }, depth) => [`layers.${depth}.f32`, adam.values.slice()]);
  return {
    'settings.json': encodeJson(settings),
    'product.items.f32': productItems.parameters.values.slice(),
    'tower.items.f32': towerItems.parameters.values.slice(),
    'output.f32': output.values.slice(),
    'product.start.f32': meanRow(productUsers.parameters.values, productUsers.width),
    'tower.start.f32': meanRow(towerUsers.parameters.values, towerUsers.width),
    ...(Object.fromEntries(layers) as ModelParts),
  };
}

function meanRow(rows: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(width);
  for (let cell = 0; cell < rows.length; cell += 1) sums[cell % width]! += rows[cell]!;
  return Float32Array.from(sums, (sum) => (sum * width) / rows.length);
}

function openItems(parts: ModelParts, itemCount: number): ReturnType<RecommenderKind['open']> {
  const { factorCount, towerWidths, seed } = decodeJson(parts, 'settings.json') as Settings;
  const model: NeuralItems = {
    itemCount,
    factorCount,
    towerWidths,
    productItems: takePart(parts, 'product.items.f32', Float32Array),
    towerItems: takePart(parts, 'tower.items.f32', Float32Array),
    layers: towerWidths.slice(1).map((_, depth) => takePart(parts, `layers.${depth}.f32`, Float32Array)),
    output: takePart(parts, 'output.f32', Float32Array),
    productStart: takePart(parts, 'product.start.f32', Float32Array),
    towerStart: takePart(parts, 'tower.start.f32', Float32Array),
  };
  const embeddings = {
    productItems: { width: factorCount, parameters: { values: model.productItems } },
    towerItems: { width: (towerWidths[0] ?? 0) / 2, parameters: { values: model.towerItems } },
  };
  // Folding a customer in takes 2 ms; the reasons of a list need the same customer as the list itself.
  const scores = new WeakMap<History, NeuralScore>();
  const scoreOf = (history: History): NeuralScore => {
    let score = scores.get(history);
    if (score === undefined) scores.set(history, (score = scoreNeuralHistory(model, history, seed)));
    return score;
  };
  return {
    *rank({ history }, top) {
      if (history.itemIndices.length === 0) return;
      const score = scoreOf(history);
      const values = new Float64Array(itemCount);
      for (let item = 0; item < itemCount; item += 1) {
        if (item % ITEMS_PER_STEP === 0) yield;
        values[item] = score(item);
      }
      rankPositive(values, top);
    },

    /** Divides the score in proportion to nearness: a network has no additive contributions. */
    explain({ history }, itemIndex): readonly ScoreContribution[] {
      const score = scoreOf(history)(itemIndex);
      const near = explainNeumf(embeddings, history, itemIndex).parts.filter(
        (part) => part.itemIndex !== itemIndex,
      );
      const total = near.reduce((sum, { value }) => sum + value, 0);
      if (total === 0) return [{ kind: 'resemblance', weight: score, itemIndex: null }];
      return near.map(({ itemIndex: part, value }) => ({
        kind: 'resemblance',
        weight: (score * value) / total,
        itemIndex: part,
      }));
    },
  };
}
