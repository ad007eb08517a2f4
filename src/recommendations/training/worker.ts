/** Worker thread of a training, so that requests are served meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';

import { lowerThreadPriority } from '#numeric/worker-pool.ts';

import { learnBlend } from './blend-weights.ts';
import { createIdIndex } from '../histories/id-index.ts';
import { holdOutLastDay } from './holdout.ts';
import { compareModels, type Metrics, measureModel, shareCases } from './model-quality.ts';
import { blend, BLENDED } from '../recommenders/blend.ts';
import {
  type AlgorithmName,
  type ModelParts,
  type Recommender,
  takePart,
  type TrainingData,
} from '../recommenders/recommender.ts';
import { findMethod } from '../recommenders/registry.ts';

type Hyperparameters = Readonly<Record<string, unknown>>;

/** Input of the thread. */
export interface TrainingOrder {
  readonly data: TrainingData;
  readonly seed: number;
  readonly methods: readonly {
    readonly algorithm: AlgorithmName;
    readonly hyperparameters: Hyperparameters;
  }[];
  /** Published models that were trained on older purchases, for comparison with the new ones. */
  readonly present: readonly PresentModel[];
}

export interface PresentModel {
  readonly algorithm: AlgorithmName;
  readonly parts: ModelParts;
  readonly dataToMs: number;
}

/** Output of the thread, one per method. */
export interface TrainedModel {
  readonly algorithm: AlgorithmName;
  readonly parts: ModelParts;
  /** Final ones: those of a blend are learned. */
  readonly hyperparameters: Hyperparameters;
  /** By name; those of quality are missing where no customer bought on two days. */
  readonly metrics: Metrics;
}

lowerThreadPriority();
/** From full reliance on content for items with few buyers, to none. */
const TRUSTED_BUYERS = [5, 2, 0.5, 0];

const order = workerData as TrainingOrder;
const { data, seed } = order;
const items = createIdIndex(data.productIds);
const holdout = holdOutLastDay(data);
const { measured, tuning } = shareCases(holdout.cases);
const isBlended = new Set(BLENDED.map(({ algorithm }) => algorithm));
/** Members of a blend, trained without the held-out days and on all. */
const heldParts = new Map<AlgorithmName, ModelParts>();
const heldMembers = new Map<AlgorithmName, Recommender>();
const fullParts = new Map<AlgorithmName, ModelParts>();

for (const method of order.methods) {
  const startedAt = performance.now();
  const model = trainMethod(method);
  const metrics = { ...model.metrics, trainSeconds: Math.round(performance.now() - startedAt) / 1000 };
  send({ ...model, metrics });
}

/** Copied here and transferred: copying 50 MB of EASE in the main thread would take 25 ms. */
function send(model: TrainedModel): void {
  const copy = structuredClone(model);
  const buffers = Object.values(copy.parts).map((part) => part.buffer);
  parentPort?.postMessage(copy, [...new Set(buffers)]);
}

function trainMethod({ algorithm, hyperparameters }: TrainingOrder['methods'][number]): TrainedModel {
  const { kind, list } = findMethod(algorithm);
  const settled = algorithm === 'blend' ? completeBlend(hyperparameters) : hyperparameters;
  let metrics: Metrics = {};
  if (holdout.cases.length > 0) {
    const parts = kind.train(holdout.data, settled, seed, heldParts);
    const model = { recommender: kind.open(parts, items), items };
    if (isBlended.has(algorithm)) {
      heldParts.set(algorithm, parts);
      heldMembers.set(algorithm, model.recommender);
    }
    metrics = measureModel(model, list, holdout, measured, seed);
    const present = order.present.find((one) => one.algorithm === algorithm);
    if (present !== undefined) {
      const presentItems = createIdIndex(takePart(present.parts, 'products.ids.u8', Uint8Array));
      const recommender = kind.open(present.parts, presentItems);
      const serving = { recommender, items: presentItems, dataToMs: present.dataToMs };
      metrics = { ...metrics, ...compareModels(model, serving, list, holdout, seed) };
    }
  }
  const trained = kind.train(data, settled, seed, fullParts);
  if (isBlended.has(algorithm)) fullParts.set(algorithm, trained);
  const parts = { ...trained, ...kind.prepareServing?.(trained, items) };
  return { algorithm, parts, hyperparameters: settled, metrics };
}

/** The given weights select the members; both are learned on purchase days that are not measured. */
function completeBlend(hyperparameters: Hyperparameters): Hyperparameters {
  const given = new Set(Object.keys(hyperparameters['weights'] as object));
  const members = new Map([...heldMembers].filter(([algorithm]) => given.has(algorithm)));
  if (members.size === 0 || tuning.length === 0) return hyperparameters;
  const weights = learnBlend(members, holdout, tuning);
  const tried = TRUSTED_BUYERS.map((trustedBuyers) => {
    const settled = { ...hyperparameters, weights, trustedBuyers };
    const recommender = blend.open(blend.train(holdout.data, settled, seed, heldParts), items);
    const { 'ndcg@10': ndcg = 0 } = measureModel({ recommender, items }, 'discover', holdout, tuning, seed);
    return { settled, ndcg };
  });
  return tried.reduce((best, one) => (one.ndcg > best.ndcg ? one : best)).settled;
}
