/** Versions of models in the database: the only code that writes `models` and `model_artifacts`. */
import { and, eq, sql } from 'drizzle-orm';

import type { Database } from '#platform/database/database.ts';
import { prepareStatement } from '#platform/database/orm.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';
import { createId } from '#platform/ids.ts';

import { ModelVersionError } from '../errors.ts';
import { splitIntoChunks, openPart } from './serialization.ts';
import type { AlgorithmName, ModelParts, PartArray } from '../recommenders/recommender.ts';
import { modelArtifacts, models } from '../tables.ts';

/** Notified in the transaction that publishes. */
export const PUBLISHED_CHANNEL = 'model_published';

/** Number of kept versions; the published one is always kept. */
const VERSIONS_KEPT = 4;

/** Facts about the training data of a version. */
export interface ModelFacts {
  readonly seed: number;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly dataFrom: Date;
  readonly dataTo: Date;
  readonly customerCount: number;
  readonly productCount: number;
  readonly interactionCount: number;
}

export type ModelRow = RowOf<typeof models>;

/** A list with a default method. */
export type DefaultList = ModelRow['defaultFor'][number];

export interface ModelVersion {
  readonly id: string;
  readonly algorithm: AlgorithmName;
  readonly version: number;
}

/** Newest first within each algorithm. */
export function readModels(db: Database): Promise<ModelRow[]> {
  return db.query(
    `/* models.all */
    select ${selectList(models, 'models')} from models order by algorithm, version desc`,
  );
}

export interface PublishedVersion extends ModelVersion {
  readonly defaultFor: readonly DefaultList[];
}

export function readPublished(db: Database): Promise<PublishedVersion[]> {
  return db.query(
    `/* models.published */
    select id, algorithm, version, default_for as "defaultFor" from models
    where status = 'published' order by algorithm`,
  );
}

const readPiece = prepareStatement('models.piece', (orm) =>
  orm
    .select({ bytes: modelArtifacts.bytes })
    .from(modelArtifacts)
    .where(
      and(
        eq(modelArtifacts.modelId, sql.placeholder('modelId')),
        eq(modelArtifacts.part, sql.placeholder('part')),
        eq(modelArtifacts.piece, sql.placeholder('piece')),
      ),
    ),
);

const insertPiece = prepareStatement('models.insertPiece', (orm) =>
  orm.insert(modelArtifacts).values({
    modelId: sql.placeholder('modelId'),
    part: sql.placeholder('part'),
    piece: sql.placeholder('piece'),
    bytes: sql.placeholder('bytes'),
  }),
);

/** Chunk by chunk, so that a large model is never in memory twice. */
export async function readParts(db: Database, modelId: string): Promise<ModelParts> {
  const rows = await db.query<{ part: string; pieces: number; byteLength: number }>(
    `/* models.parts */
    select part, count(*) as pieces, sum(length(bytes))::bigint as "byteLength" from model_artifacts
    where model_id = $1::uuid group by part order by part`,
    [modelId],
  );
  const parts: Record<string, PartArray> = {};
  for (const { part, pieces, byteLength } of rows) {
    const reader = openPart(part, byteLength);
    for (let piece = 0; piece < pieces; piece += 1) {
      const [row] = await readPiece(db, { modelId, part, piece });
      if (row !== undefined) reader.append(row.bytes);
    }
    parts[part] = reader.finish();
  }
  return parts;
}

/** Records that a version is being trained. */
export async function beginVersion(
  db: Database,
  algorithm: AlgorithmName,
  facts: ModelFacts,
  startedAt: Date,
): Promise<ModelVersion> {
  const id = createId(startedAt.getTime());
  const [row] = await db.query<{ version: number }>(
    `/* models.begin */
    insert into models (id, algorithm, version, status, seed, hyperparameters, metrics, data_from, data_to,
      customer_count, product_count, interaction_count, started_at)
    select $1::uuid, $2, coalesce(max(version), 0) + 1, 'training', $3::int, $4::jsonb, '{}', $5::timestamptz,
      $6::timestamptz, $7::int, $8::int, $9::int, $10::timestamptz
    from models where algorithm = $2
    returning version`,
    [
      id,
      algorithm,
      facts.seed,
      JSON.stringify(facts.hyperparameters),
      facts.dataFrom,
      facts.dataTo,
      facts.customerCount,
      facts.productCount,
      facts.interactionCount,
      startedAt,
    ],
  );
  return { id, algorithm, version: row!.version };
}

/** Writes the result of a training; its parts are not read before it is published. */
export async function writeModel(
  db: Database,
  modelId: string,
  parts: ModelParts,
  found: Pick<ModelRow, 'hyperparameters' | 'metrics' | 'notes'>,
): Promise<void> {
  const { hyperparameters, metrics, notes } = found;
  await db.orm
    .update(models)
    .set({ hyperparameters, metrics, notes: [...notes] })
    .where(eq(models.id, modelId));
  for (const { part, piece, bytes } of splitIntoChunks(parts)) {
    await insertPiece(db, { modelId, part, piece, bytes });
  }
}

/** The decision about the versions of a training. */
export interface Decision {
  readonly published: readonly ModelVersion[];
  /** Trained and rejected. */
  readonly rejected: readonly ModelVersion[];
  /** Default methods of the published versions. */
  readonly defaults: Readonly<Record<DefaultList, AlgorithmName>>;
}

/** Atomic: a reader sees either all of the former models or all of these. */
export async function publishTrained(
  db: Database,
  { published, rejected, defaults }: Decision,
  at: Date,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const ids = [...published, ...rejected].map((version) => version.id);
    await transaction.query(
      `/* models.trained */ update models set trained_at = $2::timestamptz, status = 'rejected' where id = any($1::uuid[])`,
      [ids, at],
    );
    await switchTo(
      transaction,
      published.map((version) => version.id),
      at,
    );
    await transaction.query(
      `/* models.defaults */
      update models set default_for = case when status <> 'published' then '{}'::text[] else
        case when algorithm = $1 then '{rebuy}'::text[] else '{}' end ||
        case when algorithm = $2 then '{discover}'::text[] else '{}' end end`,
      [defaults.rebuy, defaults.discover],
    );
  });
}

/** Publishes a version that was trained before, in place of the current one. @throws {ModelVersionError} */
export async function publishVersionOf(
  db: Database,
  algorithm: AlgorithmName,
  version: number,
  at: Date,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const trained = await transaction.query<{ id: string; version: number }>(
      `/* models.trainedVersions */
      select id, version from models where algorithm = $1 and trained_at is not null order by version for update`,
      [algorithm],
    );
    const chosen = trained.find((row) => row.version === version);
    if (chosen === undefined) {
      const available = trained.map((row) => row.version);
      throw new ModelVersionError(algorithm, version, available);
    }
    await transaction.query(
      `/* models.handOver */
      update models set default_for = coalesce((
        select default_for from models where algorithm = $2 and status = 'published'
      ), '{}') where id = $1::uuid`,
      [chosen.id, algorithm],
    );
    await switchTo(transaction, [chosen.id], at);
  });
}

async function switchTo(transaction: Database, ids: readonly string[], at: Date): Promise<void> {
  await transaction.query(
    `/* models.retire */
    update models set status = 'retired', retired_at = $2::timestamptz
    where status = 'published' and not (id = any($1::uuid[]))
      and algorithm in (select algorithm from models where id = any($1::uuid[]))`,
    [ids, at],
  );
  await transaction.query(
    `/* models.publish */
    update models set status = 'published', published_at = $2::timestamptz, retired_at = null
    where id = any($1::uuid[])`,
    [ids, at],
  );
  await transaction.query('/* models.announce */ select pg_notify($1, $2)', [PUBLISHED_CHANNEL, '']);
}

/** Cleans up after an incomplete training, of this process or one that died. */
export async function failUnfinished(db: Database): Promise<void> {
  await db.query(`/* models.failUnfinished */ update models set status = 'failed' where status = 'training'`);
  await db.query(
    `/* models.dropUnfinished */
    delete from model_artifacts where model_id in (select id from models where status = 'failed')`,
  );
}

/** Deletes all but the newest versions of each algorithm. */
export async function pruneVersions(db: Database): Promise<void> {
  const outdated = await db.query<{ id: string }>(
    `/* models.outdated */
    with ranked as (
      select id, status, row_number() over (partition by algorithm order by version desc) as place from models
    )
    select id from ranked where place > $1 and status <> 'published' and status <> 'training'`,
    [VERSIONS_KEPT],
  );
  if (outdated.length === 0) return;
  const ids = outdated.map((row) => row.id);
  await db.transaction(async (transaction) => {
    await transaction.query(
      '/* models.pruneParts */ delete from model_artifacts where model_id = any($1::uuid[])',
      [ids],
    );
    await transaction.query('/* models.prune */ delete from models where id = any($1::uuid[])', [ids]);
  });
}
