/** Trains, publishes and rolls back models: the rules of their life. Answers no request. */
import type { App } from '#platform/app.ts';

import { NotEnoughDataError, TrainingUnderWayError } from './errors.ts';
import { modelIndex } from './model-index.ts';
import {
  beginVersion,
  failUnfinished,
  type ModelFacts,
  type ModelVersion,
  pruneVersions,
  publishTrained,
  publishVersionOf,
  writeModel,
} from './model-store.ts';
import { recommenderKinds } from './recommenders/registry.ts';
import type { AlgorithmName, TrainingData } from './recommenders/recommender.ts';
import { readTrainingData } from './training-data.ts';
import type { TrainedModel } from './training-thread.ts';
import { trainInThread } from './training.ts';

export interface TrainingOptions {
  readonly seed?: number;
  /** Instead of the defaults, by algorithm. */
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
  readonly versions: readonly ModelVersion[];
  readonly customerCount: number;
  readonly productCount: number;
  readonly interactionCount: number;
  readonly durationMs: number;
}

const DEFAULT_SEED = 1;
const LOCK = 'recommendations.train';

/**
 * Trains every method on all purchases and publishes them together; until then, and whenever anything fails, the
 * models before go on serving.
 * @throws {NotEnoughDataError} nobody has bought anything
 * @throws {TrainingUnderWayError} another process or caller is training
 */
export async function trainModels(app: App, options: TrainingOptions = {}): Promise<TrainingSummary> {
  const summary = await app.db.tryWithLock(LOCK, () => trainAlone(app, options));
  if (summary === null) throw new TrainingUnderWayError();
  return summary;
}

/**
 * Lets a version that was trained before serve again, here and in every other process.
 * @throws {ModelVersionError} there is no such version, or it was never trained to its end
 */
export async function publishVersion(app: App, algorithm: AlgorithmName, version: number): Promise<void> {
  await publishVersionOf(app.db, algorithm, version, app.clock());
  await modelIndex(app).refresh();
}

async function trainAlone(app: App, options: TrainingOptions): Promise<TrainingSummary> {
  const startedAt = performance.now();
  const { signal, onProgress } = options;
  // Nobody else holds the lock, so what is still in training was left behind by a process that died.
  await failUnfinished(app.db);
  const data = await readTrainingData(app.db, {
    onProgress: (customerCount) => onProgress?.({ stage: 'reading', customerCount }),
    ...(signal && { signal }),
  });
  const facts = describeData(data);
  if (facts.customerCount < 2 || facts.productCount < 2) {
    throw new NotEnoughDataError(facts.customerCount, facts.productCount);
  }
  try {
    const versions = await trainVersions(app, data, facts, options);
    await publishTrained(app.db, versions, app.clock());
    await pruneVersions(app.db);
    await modelIndex(app).refresh();
    return { versions, ...facts, durationMs: performance.now() - startedAt };
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

async function trainVersions(
  app: App,
  data: TrainingData,
  facts: DataFacts,
  { seed = DEFAULT_SEED, hyperparameters = {}, onProgress, signal }: TrainingOptions,
): Promise<ModelVersion[]> {
  const methods = recommenderKinds.map((kind) => ({
    algorithm: kind.algorithm,
    hyperparameters: hyperparameters[kind.algorithm] ?? kind.hyperparameters,
  }));
  const versions: ModelVersion[] = [];
  for (const { algorithm, ...method } of methods) {
    versions.push(await beginVersion(app.db, algorithm, { ...facts, ...method, seed }, app.clock()));
  }

  const { productIds } = data;
  const keptProductIds = productIds.slice();
  const trained: TrainedModel[] = [];
  await trainInThread(
    { data, seed, methods },
    (model) => {
      trained.push(model);
      onProgress?.({
        stage: 'training',
        algorithm: model.algorithm,
        done: trained.length,
        total: methods.length,
      });
    },
    signal,
  );
  for (const { algorithm, parts, metrics } of trained) {
    signal?.throwIfAborted();
    const { id } = versions.find((version) => version.algorithm === algorithm)!;
    await writeModel(app.db, id, { ...parts, 'products.ids.u8': keptProductIds }, metrics);
  }
  return versions;
}
