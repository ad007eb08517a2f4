/** Trains, publishes and rolls back models. */
import type { App } from '#platform/app.ts';

import { NotEnoughDataError, TrainingUnderWayError } from './errors.ts';
import { chooseDefault, compareToServing } from './training/publish-gate.ts';
import { modelRegistry } from './models/registry.ts';
import {
  beginVersion,
  type Decision,
  failUnfinished,
  type ModelFacts,
  type ModelRow,
  type ModelVersion,
  pruneVersions,
  publishVersionOf,
  readModels,
  readParts,
  publishTrained,
  writeModel,
} from './models/store.ts';
import { type LeftOut, type PlannedMethod, planTraining } from './training/plan.ts';
import type { AlgorithmName, TrainingData } from './recommenders/recommender.ts';
import { readTrainingData } from './training/data.ts';
import type { PresentModel, TrainedModel } from './training/worker.ts';
import { trainInThread } from './training/train.ts';

export interface TrainingOptions {
  readonly seed?: number;
  /** The methods to train, in place of the default ones; others stay unchanged. A blend includes its members. */
  readonly algorithms?: readonly AlgorithmName[];
  /** In place of the defaults, by algorithm. */
  readonly hyperparameters?: Partial<Record<AlgorithmName, Readonly<Record<string, unknown>>>>;
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
}

type TrainingProgress =
  | { readonly stage: 'reading'; readonly customerCount: number }
  | {
      readonly stage: 'training';
      readonly algorithm: AlgorithmName;
      readonly done: number;
      readonly total: number;
    };

export interface TrainingSummary {
  /** The published versions. */
  readonly versions: readonly ModelVersion[];
  /** Trained, and rejected as worse than the published ones. */
  readonly rejected: readonly ModelVersion[];
  /** Methods that were not requested by name and do not fit data of this size, with reasons. */
  readonly leftOut: readonly LeftOut[];
  readonly customerCount: number;
  readonly productCount: number;
  readonly interactionCount: number;
  readonly durationMs: number;
}

const DEFAULT_SEED = 1;
const LOCK = 'recommendations.train';

/**
 * Trains methods on all purchases and publishes them together, except for those that are significantly worse than the
 * published ones; until then, and after any failure, the former models stay published.
 * @throws {NotEnoughDataError} there are no purchases
 * @throws {UnfitMethodError} a requested method cannot be trained on data of this size
 * @throws {TrainingUnderWayError} another process or caller is training
 */
export async function trainModels(app: App, options: TrainingOptions = {}): Promise<TrainingSummary> {
  const summary = await app.db.tryWithLock(LOCK, () => trainAlone(app, options));
  if (summary === null) throw new TrainingUnderWayError();
  return summary;
}

/**
 * Publishes a version that was trained before, for all processes.
 * @throws {ModelVersionError} there is no such version, or its training was never completed
 */
export async function publishVersion(app: App, algorithm: AlgorithmName, version: number): Promise<void> {
  await publishVersionOf(app.db, algorithm, version, app.clock());
  await modelRegistry(app).refresh();
}

async function trainAlone(app: App, options: TrainingOptions): Promise<TrainingSummary> {
  const startedAt = performance.now();
  const { signal, onProgress } = options;
  // This process holds the lock, so versions in training are left from a process that died.
  await failUnfinished(app.db);
  const data = await readTrainingData(app.db, app.clock(), {
    onProgress: (customerCount) => onProgress?.({ stage: 'reading', customerCount }),
    ...(signal && { signal }),
  });
  const facts = describeData(data);
  const soldCount = countSold(data);
  if (facts.customerCount < 2 || soldCount < 2) {
    throw new NotEnoughDataError(facts.customerCount, soldCount);
  }
  const serving = (await readModels(app.db)).filter(({ status }) => status === 'published');
  const { methods, leftOut } = planTraining(
    {
      itemCount: soldCount,
      interactionCount: facts.interactionCount,
      sessionCount: data.sessions.userIndices.length,
      tieCount: data.ties.userIndices.length,
    },
    options.algorithms ?? null,
    serving.filter(({ defaultFor }) => defaultFor.length > 0).map(({ algorithm }) => algorithm),
    options.hyperparameters ?? {},
  );
  try {
    const decision = await trainVersions(app, { data, facts, methods, serving }, options);
    await publishTrained(app.db, decision, app.clock());
    await pruneVersions(app.db);
    await modelRegistry(app).refresh();
    const { published: versions, rejected } = decision;
    return { versions, rejected, leftOut, ...facts, durationMs: performance.now() - startedAt };
  } catch (error) {
    await failUnfinished(app.db);
    throw error;
  }
}

type DataFacts = Omit<ModelFacts, 'seed' | 'hyperparameters'>;

function describeData(data: TrainingData): DataFacts {
  const { byUser } = data.interactions;
  return {
    dataFrom: new Date(data.fromMs),
    dataTo: new Date(data.toMs),
    customerCount: byUser.rowCount,
    productCount: byUser.columnCount,
    interactionCount: byUser.columns.length,
  };
}

/** Number of products with a purchase. A set of millions of numbers would block requests for a tenth of a second. */
function countSold({ interactions: { byUser } }: TrainingData): number {
  const isSold = new Uint8Array(byUser.columnCount);
  for (const item of byUser.columns) isSold[item] = 1;
  let count = 0;
  for (const flag of isSold) count += flag;
  return count;
}

interface Training {
  readonly data: TrainingData;
  readonly facts: DataFacts;
  readonly methods: readonly PlannedMethod[];
  /** The published versions. */
  readonly serving: readonly ModelRow[];
}

async function trainVersions(
  app: App,
  { data, facts, methods, serving }: Training,
  { seed = DEFAULT_SEED, onProgress, signal }: TrainingOptions,
): Promise<Decision> {
  const versions = new Map<AlgorithmName, ModelVersion>();
  for (const { algorithm, hyperparameters } of methods) {
    const version = await beginVersion(app.db, algorithm, { ...facts, hyperparameters, seed }, app.clock());
    versions.set(algorithm, version);
  }

  const present = await readOutdated(app, serving, methods, facts.dataTo);
  // Transferring the data to the thread empties them here.
  const productIds = data.productIds.slice();
  const trained: TrainedModel[] = [];
  await trainInThread(
    { data, seed, methods, present },
    (model) => {
      trained.push({ ...model, parts: { ...model.parts, 'products.ids.u8': productIds } });
      onProgress?.({
        stage: 'training',
        algorithm: model.algorithm,
        done: trained.length,
        total: methods.length,
      });
    },
    signal,
  );

  const published: ModelVersion[] = [];
  const rejected: ModelVersion[] = [];
  const metrics = new Map(serving.map((row) => [row.algorithm, row.metrics]));
  for (const model of trained) {
    signal?.throwIfAborted();
    const { algorithm } = model;
    const version = versions.get(algorithm)!;
    const before = serving.find((row) => row.algorithm === algorithm) ?? null;
    const { isPublished, note } = compareToServing(model.metrics, before);
    const notes = [...methods.find((method) => method.algorithm === algorithm)!.notes, note];
    await writeModel(app.db, version.id, model.parts, { ...model, notes });
    (isPublished ? published : rejected).push(version);
    if (isPublished) metrics.set(algorithm, model.metrics);
  }
  const defaults = {
    rebuy: chooseDefault('rebuy', metrics, facts),
    discover: chooseDefault('discover', metrics, facts),
  };
  return { published, rejected, defaults };
}

/**
 * The parts of the published models that were trained before the newest purchases: only those can be compared on them.
 */
async function readOutdated(
  { db }: App,
  serving: readonly ModelRow[],
  methods: readonly PlannedMethod[],
  dataTo: Date,
): Promise<readonly PresentModel[]> {
  const isTrained = new Set(methods.map(({ algorithm }) => algorithm));
  const present: PresentModel[] = [];
  for (const row of serving) {
    if (!isTrained.has(row.algorithm) || row.dataTo === null || row.dataTo >= dataTo) continue;
    const parts = await readParts(db, row.id);
    present.push({ algorithm: row.algorithm, parts, dataToMs: row.dataTo.getTime() });
  }
  return present;
}
