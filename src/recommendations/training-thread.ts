/** Worker thread that trains, so that requests are answered meanwhile. Knows no database. */
import { parentPort, workerData } from 'node:worker_threads';

import { createIdTable } from './id-table.ts';
import { holdOutLastDay, measureKind } from './holdout.ts';
import { findKind } from './recommenders/registry.ts';
import type { AlgorithmName, ModelParts, TrainingData } from './recommenders/recommender.ts';

/** What the thread is given. */
export interface TrainingOrder {
  readonly data: TrainingData;
  readonly seed: number;
  readonly methods: readonly {
    readonly algorithm: AlgorithmName;
    readonly hyperparameters: Readonly<Record<string, unknown>>;
  }[];
}

/** What it sends back, one per method. */
export interface TrainedModel {
  readonly algorithm: AlgorithmName;
  readonly parts: ModelParts;
  /** By name; empty where nobody bought on two days. */
  readonly metrics: Readonly<Record<string, number>>;
}

const { data, seed, methods } = workerData as TrainingOrder;
const holdout = holdOutLastDay(data);
for (const { algorithm, hyperparameters } of methods) {
  const kind = findKind(algorithm);
  const metrics = measureKind(kind, hyperparameters, holdout, seed);
  const trained = kind.train(data, hyperparameters, seed);
  const parts = { ...trained, ...kind.prepareServing?.(trained, createIdTable(data.productIds)) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ algorithm, parts, metrics } satisfies TrainedModel);
}
