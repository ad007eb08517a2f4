/** Imports a file: reads it row by row, writes it batch by batch, and goes on where an earlier run was stopped. */
import type { App } from '#platform/app.ts';

import { retryOnConflict } from '../service.ts';
import { ImportError, ImportRunningError } from './errors.ts';
import type { Batch, ImportFormat, RowWriter } from './format.ts';
import { type FormatName, importFormats } from './formats.ts';
import { type ColumnMapping, Row } from './columns.ts';
import { type CsvReader, type CsvRecord, readFields } from './csv.ts';
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
  #failure: { readonly error: unknown } | null = null;
  /** Row of the file that the reader stands at, from 1. */
  #rowNumber = 0;
  /** Rows of the file before the batch that is being read. */
  #batchStart = 0;
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
    this.#batchStart = resumedAtRow;
    let row: Row | null = null;
    try {
      for await (const records of readRecords(file, source, (bytes) => (this.#bytesRead = bytes))) {
        if (row === null) {
          if (!records.next()) continue;
          row = new Row(definition.columns, records, mapping);
          rejects.start(readFields(records));
        }
        while (!this.#takeRows(records, row, writer, rejects)) {
          await this.#hand(writer, rejects, this.#rowNumber - 1);
          takeRow(records, row, writer, rejects);
        }
      }
      if (row === null) throw new ImportError('line 1: the file is empty; expected a header line');
      await this.#hand(writer, rejects, this.#rowNumber);
      // Statistics of tables that look empty as yet would mislead the planner.
      if (this.#run.rowsDone === 0) await this.#writing;
      await Promise.all([this.#writing, this.#note(writer.gatherStatistics?.())]);
      this.#throwIfFailed();
      await writer.finish({ startedAt: this.#run.startedAt, isResumed: resumedAtRow > 0 });
      await finishRun(this.#app, this.#run);
    } catch (error) {
      await this.#writing;
      throw error;
    } finally {
      await rejects.close();
    }
    return this.#summarize(resumedAtRow);
  }

  /** @returns false where the batch is full and the reader stands at the first row of the next */
  #takeRows(records: CsvReader, row: Row, writer: RowWriter, rejects: RejectsFile): boolean {
    const { rowsDone } = this.#run;
    while (records.next()) {
      this.#rowNumber += 1;
      if (this.#rowNumber <= rowsDone) continue;
      const batchRows = this.#rowNumber - 1 - this.#batchStart;
      const isFull =
        batchRows >= MAX_BATCH_ROWS ||
        (batchRows >= BATCH_ROWS && (row.problem !== null || !writer.continuesWith(row)));
      if (isFull) return false;
      takeRow(records, row, writer, rejects);
    }
    return true;
  }

  /** Gives the batch to the database: what it needs while the one before is written, its rows after that. */
  async #hand(writer: RowWriter, rejects: RejectsFile, rowsDone: number): Promise<void> {
    const batch = writer.takeBatch();
    await Promise.all([this.#writing, this.#note(batch.prepare())]);
    this.#throwIfFailed();
    if (this.#options.signal?.aborted) {
      throw new ImportError(`stopped after ${this.#run.rowsDone} rows; start it again to go on`);
    }
    this.#batchStart = rowsDone;
    const rejected = await rejects.flush();
    this.#writing = this.#note(this.#write(batch, rejected, rowsDone));
  }

  /** Lets work go on beside the reading; its error comes up when that is waited for. */
  async #note(work: Promise<void> | undefined): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #write(
    batch: Batch,
    rejected: Awaited<ReturnType<RejectsFile['flush']>>,
    rowsDone: number,
  ): Promise<void> {
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

  #summarize(resumedAtRow: number): ImportSummary {
    const rowsRead = this.#rowNumber;
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

function takeRow(record: CsvRecord, row: Row, writer: RowWriter, rejects: RejectsFile): void {
  const { problem } = row;
  const rejection = problem === null ? writer.add(row) : { kind: 'malformed', reason: problem };
  if (rejection !== null) rejects.add(record, rejection);
}
