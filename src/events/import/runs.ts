/** Runs of imports in the database: their progress, so that a stopped one can be resumed. */
import { eq } from 'drizzle-orm';

import { createHash } from 'node:crypto';
import { basename } from 'node:path';

import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import type { BatchRows, DirtCounts } from './format.ts';
import { imports } from '../tables.ts';

/** Sums over the committed rows. */
export interface ImportRun {
  readonly id: string;
  /** Of the first attempt, where it was resumed. */
  readonly startedAt: Date;
  readonly rowsDone: number;
  readonly imported: number;
  readonly merged: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly peopleMade: number;
  /** Length of the rejects file. */
  readonly rejectsBytes: number;
  readonly dirt: DirtCounts;
}

export interface BatchOutcome extends BatchRows {
  readonly rejected: number;
  readonly dirt: DirtCounts;
  readonly rejectedDirt: DirtCounts;
  readonly foundDirt?: DirtCounts;
  readonly rejectsBytes: number;
}

const DIRT_PREFIX = 'dirt.';

/** A stopped run is resumed; a finished one starts again, and finds all rows unchanged. */
export async function startRun(
  app: App,
  { format, file, key }: { readonly format: string; readonly file: string; readonly key: string },
): Promise<ImportRun> {
  const fileHash = createHash('sha256').update(key).digest('hex');
  const [stopped] = await app.db.query<
    Pick<ImportRun, 'id' | 'startedAt' | 'rowsDone'> & { readonly counts: Record<string, number> }
  >(
    `/* import.findStopped */
    select id, started_at as "startedAt", rows_done as "rowsDone", counts from imports
    where file_hash = $1 and status <> 'done' order by started_at desc, id desc limit 1`,
    [fileHash],
  );
  if (stopped !== undefined) {
    const { counts, ...stand } = stopped;
    const {
      imported = 0,
      merged = 0,
      unchanged = 0,
      rejected = 0,
      peopleMade = 0,
      rejectsBytes = 0,
    } = counts;
    const dirt = Object.entries(counts)
      .filter(([name]) => name.startsWith(DIRT_PREFIX))
      .map(([name, count]) => [name.slice(DIRT_PREFIX.length), count] as const);
    return { ...stand, imported, merged, unchanged, rejected, peopleMade, rejectsBytes, dirt: new Map(dirt) };
  }
  const id = createId();
  const startedAt = app.clock();
  const fileName = basename(file);
  await app.db.orm
    .insert(imports)
    .values({ id, format, fileName, fileHash, status: 'running', rowsDone: 0, counts: {}, startedAt });
  return {
    id,
    startedAt,
    rowsDone: 0,
    imported: 0,
    merged: 0,
    unchanged: 0,
    rejected: 0,
    peopleMade: 0,
    rejectsBytes: 0,
    dirt: new Map(),
  };
}

/** Advances the progress in the transaction that writes the batch. @returns the run after the commit. */
export async function markRun(
  tx: Database,
  run: ImportRun,
  rowsDone: number,
  outcome: BatchOutcome,
): Promise<ImportRun> {
  const dirt = new Map(run.dirt);
  for (const [kind, count] of [...outcome.dirt, ...outcome.rejectedDirt, ...(outcome.foundDirt ?? [])]) {
    dirt.set(kind, (dirt.get(kind) ?? 0) + count);
  }
  const sums = {
    imported: run.imported + outcome.imported,
    merged: run.merged + outcome.merged,
    unchanged: run.unchanged + outcome.unchanged,
    rejected: run.rejected + outcome.rejected,
    peopleMade: run.peopleMade + outcome.peopleMade,
    rejectsBytes: outcome.rejectsBytes,
  };
  const dirtCounts = [...dirt].map(([kind, count]) => [DIRT_PREFIX + kind, count] as const);
  const counts = { ...sums, ...Object.fromEntries(dirtCounts) };
  await tx.orm.update(imports).set({ rowsDone, counts }).where(eq(imports.id, run.id));
  return { ...run, ...sums, rowsDone, dirt };
}

export async function finishRun(app: App, run: ImportRun): Promise<void> {
  await app.db.orm
    .update(imports)
    .set({ status: 'done', finishedAt: app.clock() })
    .where(eq(imports.id, run.id));
}
