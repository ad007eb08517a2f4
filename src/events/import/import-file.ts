/** Imports a file: reads it row by row, writes it batch by batch, and goes on where an earlier run was stopped. */
import type { App } from '#platform/app.ts';

import { retryOnConflict } from '../service.ts';
import type { CsvRecord } from './csv.ts';
import { ImportError, ImportRunningError } from './errors.ts';
import type { Batch, ImportFormat, RowWriter } from './format.ts';
import { type FormatName, importFormats } from './formats.ts';
import { type ColumnMapping, mapColumns, type RowMapper } from './columns.ts';
import { RejectsFile } from './rejects-file.ts';
import { finishRun, type ImportRun, markRun, startRun } from './runs.ts';
import { writeBatch } from './transaction.ts';
import { inspectFile, readRecords, type SourceFile } from './source-file.ts';

export interface ImportOptions {
  /** Path of a CSV file, which may be gzipped. */
  readonly file: string;
  readonly format: FormatName;
  /** Header in the file by column of the format, where they differ. */
  readonly mapping?: ColumnMapping | undefined;
  /** System that the ids in the file are from; the name of the format unless given. */
  readonly source?: string | undefined;
  /** Where rejected rows go, with line and reason. Left out, they are only counted. */
  readonly rejectsFile?: string | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Stops after the batch under way; the same import started again goes on. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Rows that are safely written, those of earlier runs included. */
  readonly rowsDone: number;
}

/** What became of the rows: `rowsRead` is `imported` + `merged` + `rejected`. */
export interface ImportSummary {
  readonly format: FormatName;
  readonly rowsRead: number;
  /** Rows that made or changed something. */
  readonly imported: number;
  /** Rows that said what was there already: exact repeats in the file, and rows of an earlier import. */
  readonly merged: number;
  readonly rejected: number;
  /** Rows by kind of dirt found, those of rejected rows under the kind of their rejection. */
  readonly dirt: Readonly<Record<string, number>>;
  /** Null where there is none. */
  readonly rejectsFile: string | null;
  /** Rows that an earlier, stopped run of this import had written. */
  readonly resumedAtRow: number;
  /** Of this run alone. */
  readonly durationMs: number;
  readonly rowsPerSecond: number;
}

/** Rows of a transaction: large enough that its fixed cost vanishes, small enough to hold in memory many times over. */
const BATCH_ROWS = 20_000;
/** An order with more rows than this is written in parts. */
const MAX_BATCH_ROWS = 2 * BATCH_ROWS;

/**
 * Imports a file. Profiles, memberships and models are not brought up to date: the caller does that once, at the end.
 * @throws {ImportError} the file cannot be read on; what was written stays, and the same call goes on there.
 * @throws {ImportRunningError} another process imports the same file now.
 */
export async function importFile(app: App, options: ImportOptions): Promise<ImportSummary> {
  const source = await inspectFile(options.file);
  const key = `${source.hash}:${options.format}:${options.source ?? ''}:${JSON.stringify(options.mapping ?? {})}`;
  const summary = await app.db.tryWithLock(`c360.import.${key}`, async () => {
    const run = await startRun(app, { format: options.format, file: options.file, key });
    return new Importer(app, options, run).run(source);
  });
  if (summary === null) throw new ImportRunningError(`${options.file} is being imported by another process`);
  return summary;
}

class Importer {
  readonly #app: App;
  readonly #options: ImportOptions;
  #run: ImportRun;
  readonly #startedAt = performance.now();
  /** The batch that is being written while the next one is read. */
  #writing: Promise<void> = Promise.resolve();
  #writeError: unknown = null;
  #bytesRead = 0;
  #bytesTotal = 0;

  constructor(app: App, options: ImportOptions, run: ImportRun) {
    this.#app = app;
    this.#options = options;
    this.#run = run;
  }

  async run(source: SourceFile): Promise<ImportSummary> {
    const { file, format, mapping = {}, rejectsFile } = this.#options;
    const definition: ImportFormat = importFormats[format];
    const resumedAtRow = this.#run.rowsDone;
    const writer = await definition.start(this.#app, this.#options.source ?? format);
    const rejects = await RejectsFile.open(rejectsFile ?? null, this.#run.rejectsBytes);
    this.#bytesTotal = source.bytes;
    let mapper: RowMapper | null = null;
    let row = 0;
    let batchStart = resumedAtRow;
    try {
      for await (const records of readRecords(file, source, (bytes) => (this.#bytesRead = bytes))) {
        for (const record of records) {
          if (mapper === null) {
            mapper = mapColumns(definition.columns, record, mapping);
            rejects.start(record.fields);
            continue;
          }
          row += 1;
          if (row <= resumedAtRow) continue;
          const fields = mapper.read(record);
          const isFull = row - batchStart > BATCH_ROWS;
          if (
            isFull &&
            (row - batchStart > MAX_BATCH_ROWS || typeof fields === 'string' || !writer.continuesWith(fields))
          ) {
            await this.#hand(writer, rejects, row - 1);
            batchStart = row - 1;
          }
          this.#take(writer, rejects, record, fields);
        }
      }
      if (mapper === null) throw new ImportError('line 1: the file is empty; expected a header line');
      await this.#hand(writer, rejects, row);
      await this.#settle();
      await writer.finish();
      await finishRun(this.#app, this.#run);
    } catch (error) {
      await this.#writing;
      throw error;
    } finally {
      await rejects.close();
    }
    return this.#summarize(row, resumedAtRow);
  }

  #take(
    writer: RowWriter,
    rejects: RejectsFile,
    record: CsvRecord,
    fields: readonly string[] | string,
  ): void {
    const rejection = typeof fields === 'string' ? { kind: 'malformed', reason: fields } : writer.add(fields);
    if (rejection !== null) rejects.add(record, rejection);
  }

  /** Gives the batch to the database, once it is done with the one before. */
  async #hand(writer: RowWriter, rejects: RejectsFile, rowsDone: number): Promise<void> {
    await this.#settle();
    if (this.#options.signal?.aborted) {
      throw new ImportError(`stopped after ${this.#run.rowsDone} rows; start it again to go on`);
    }
    const batch = writer.takeBatch();
    const rejected = await rejects.flush();
    this.#writing = this.#write(batch, rejected, rowsDone).catch((error: unknown) => {
      this.#writeError = error;
    });
  }

  async #settle(): Promise<void> {
    await this.#writing;
    if (this.#writeError !== null) throw this.#writeError;
  }

  async #write(
    batch: Batch,
    rejected: Awaited<ReturnType<RejectsFile['flush']>>,
    rowsDone: number,
  ): Promise<void> {
    await batch.prepare();
    const next = await retryOnConflict(() =>
      writeBatch(this.#app, async (tx) => {
        const outcome = await batch.write(tx, this.#app.clock());
        return markRun(tx, this.#run, rowsDone, { ...outcome, dirt: batch.dirt, ...rejected });
      }),
    );
    this.#run = next;
    const { onProgress } = this.#options;
    onProgress?.({ bytesRead: this.#bytesRead, bytesTotal: this.#bytesTotal, rowsDone });
  }

  #summarize(rowsRead: number, resumedAtRow: number): ImportSummary {
    const durationMs = performance.now() - this.#startedAt;
    const { imported, merged, rejected, dirt } = this.#run;
    return {
      format: this.#options.format,
      rowsRead,
      imported,
      merged,
      rejected,
      dirt: Object.fromEntries([...dirt].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      rejectsFile: rejected > 0 ? (this.#options.rejectsFile ?? null) : null,
      resumedAtRow,
      durationMs,
      rowsPerSecond: ((rowsRead - resumedAtRow) / durationMs) * 1000,
    };
  }
}
