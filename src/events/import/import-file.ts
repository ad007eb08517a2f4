/** Imports a file: reads it row by row, writes it batch by batch, and resumes after an earlier run. */
import type { OnConflict } from '#customers/identity/identity-policy.ts';
import type { App } from '#platform/app.ts';

import { retryOnConflict } from '../service.ts';
import type { Row } from './columns.ts';
import { type CsvFile, openCsvFile, type OpenOptions, readRows } from './csv-file.ts';
import type { CsvReader, CsvRecord } from './csv.ts';
import { ImportError, ImportRunningError } from './errors.ts';
import type { Batch, ImportFormat, Rejection, RepeatedLines, RowWriter } from './format.ts';
import { type FormatName, importFormats } from './formats.ts';
import type { Reading } from './reading.ts';
import { RejectsFile } from './rejects-file.ts';
import { finishRun, type ImportRun, markRun, startRun } from './runs.ts';
import type { ReadProgress } from './source-file.ts';
import { writeBatch } from './transaction.ts';

export interface ImportOptions extends OpenOptions {
  /** Path of a CSV file, which may be gzipped. */
  readonly file: string;
  readonly format: FormatName;
  /** Source system of the ids in the file; that of the format by default. */
  readonly source?: string | undefined;
  /** Meaning of two equal lines of an order; that of the format by default. */
  readonly repeatedLines?: RepeatedLines | undefined;
  /** Policy for identities that would merge customers whose stronger identities differ; `keep` by default. */
  readonly onConflict?: OnConflict | undefined;
  /** File for rejected rows, with line and reason. Without it, they are only counted. */
  readonly rejectsFile?: string | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Stops after the current batch; the same import resumes there. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Committed rows, those of earlier runs included. */
  readonly rowsDone: number;
}

/** Outcomes of the rows: `rowsRead` is `imported` + `merged` + `unchanged` + `rejected`. */
export interface ImportSummary {
  readonly format: FormatName;
  readonly source: string;
  readonly rowsRead: number;
  /** Rows that created or changed something. */
  readonly imported: number;
  /** Exact repeats of a row, which are counted on it, and rows that merged two customers. */
  readonly merged: number;
  /** Rows without a change. */
  readonly unchanged: number;
  readonly rejected: number;
  /** Rows by kind of data-quality issue, those of rejected rows under the kind of their rejection. */
  readonly dirt: Readonly<Record<string, number>>;
  /** Customers who were created from an id alone, as no earlier file contained them. */
  readonly peopleMade: number;
  /** Headers that the format does not use, whose columns were not read. */
  readonly unreadColumns: readonly string[];
  /** Detected properties of the file: encoding, delimiter, dates, decimals. */
  readonly notes: readonly string[];
  /** Lines of the file; each is the header, before it, blank, or a part of a row. */
  readonly lines: {
    readonly total: number;
    readonly beforeHeader: number;
    readonly header: number;
    readonly blank: number;
    readonly rows: number;
  };
  /** Bytes of the file, and of its text where it was compressed. */
  readonly bytes: { readonly file: number; readonly text: number };
  /** Null where there is none. */
  readonly rejectsFile: string | null;
  /** Rows that an earlier, stopped run of this import committed. */
  readonly resumedAtRow: number;
  /** Of this run alone. */
  readonly durationMs: number;
  readonly rowsPerSecond: number;
}

/** Rows per transaction: large enough to amortise its fixed cost, small enough to buffer several batches. */
const BATCH_ROWS = 20_000;
/** An order with more rows than this is written in parts. */
const MAX_BATCH_ROWS = 2 * BATCH_ROWS;

/**
 * Imports a file. Profiles, memberships and models are not updated: the caller does that once, at the end.
 * @throws {ImportError} the file cannot be read further; committed rows stay, and the same call resumes after them.
 * @throws {ImportRunningError} another process is importing the same file.
 */
export async function importFile(app: App, options: ImportOptions): Promise<ImportSummary> {
  const definition: ImportFormat = importFormats[options.format];
  const source = options.source ?? definition.defaultSource;
  const repeatedLines = options.repeatedLines ?? definition.repeatedLines ?? 'once';
  const file = await openCsvFile(options.file, definition, options);
  const key = [file.source.hash, options.format, source, repeatedLines, file.key].join(':');
  const summary = await app.db.tryWithLock(`c360.import.${key}`, async () => {
    const run = await startRun(app, { format: options.format, file: options.file, key });
    const { onConflict = 'keep' } = options;
    const reading = { ...file.reading, source, repeatedLines, onConflict };
    return new Importer(app, options, run).run(definition, file, reading);
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
  /** Number of the reader's row in the file, from 1. */
  #rowNumber = 0;
  /** Rows of the file before the batch that is being read. */
  #batchStart = 0;
  readonly #progress: ReadProgress = { bytesRead: 0, textBytes: 0 };
  #bytesTotal = 0;

  constructor(app: App, options: ImportOptions, run: ImportRun) {
    this.#app = app;
    this.#options = options;
    this.#run = run;
  }

  async run(definition: ImportFormat, file: CsvFile, reading: Reading): Promise<ImportSummary> {
    const resumedAtRow = this.#run.rowsDone;
    const writer = await definition.start(this.#app, reading);
    const rejects = await RejectsFile.open(this.#options.rejectsFile ?? null, this.#run.rejectsBytes);
    this.#bytesTotal = file.source.bytes;
    this.#batchStart = resumedAtRow;
    let reader: CsvReader | null = null;
    try {
      for await (const { records, row } of readRows(file, this.#progress)) {
        if (reader === null) rejects.start(file.headers);
        reader = records;
        while (!this.#takeRows(records, row, writer, rejects)) {
          await this.#hand(writer, rejects, this.#rowNumber - row.rowCount);
          takeRow(records, row, writer, rejects);
        }
      }
      await this.#hand(writer, rejects, this.#rowNumber);
      // Statistics of tables that still look empty would mislead the planner.
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
    return this.#summarize(file, reading.source, reader, resumedAtRow);
  }

  /** @returns false where the batch is full and the reader is at the first row of the next */
  #takeRows(records: CsvReader, row: Row, writer: RowWriter, rejects: RejectsFile): boolean {
    const { rowsDone } = this.#run;
    while (records.next()) {
      const { rowCount } = row;
      this.#rowNumber += rowCount;
      if (this.#rowNumber <= rowsDone) {
        passRow(records, row, writer);
        continue;
      }
      const batchRows = this.#rowNumber - rowCount - this.#batchStart;
      const isFull =
        batchRows >= MAX_BATCH_ROWS ||
        (batchRows > 0 && rejects.isFull) ||
        (batchRows >= BATCH_ROWS && (row.problem !== null || !writer.continuesWith(row)));
      if (isFull) return false;
      takeRow(records, row, writer, rejects);
    }
    return true;
  }

  /** Passes the batch to the database: its prerequisites while the previous batch is written, its rows after that. */
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

  /** Starts work beside the reading; its error is thrown when it is awaited. */
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
    batch.committed?.();
    this.#run = next;
    const { onProgress } = this.#options;
    onProgress?.({ bytesRead: this.#progress.bytesRead, bytesTotal: this.#bytesTotal, rowsDone });
  }

  #summarize(file: CsvFile, source: string, reader: CsvReader | null, resumedAtRow: number): ImportSummary {
    const rowsRead = this.#rowNumber;
    const durationMs = performance.now() - this.#startedAt;
    const { imported, merged, unchanged, rejected, peopleMade, dirt } = this.#run;
    const { beforeHeader, header } = file.lines;
    const total = reader?.lastLine ?? 0;
    const blank = reader?.blankLineCount ?? 0;
    return {
      format: this.#options.format,
      source,
      rowsRead,
      imported,
      merged,
      unchanged,
      rejected,
      dirt: Object.fromEntries([...dirt].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      peopleMade,
      unreadColumns: file.found.unread,
      notes: file.notes,
      lines: { total, beforeHeader, header, blank, rows: total - beforeHeader - header - blank },
      bytes: { file: this.#bytesTotal, text: this.#progress.textBytes },
      rejectsFile: rejected > 0 ? (this.#options.rejectsFile ?? null) : null,
      resumedAtRow,
      durationMs,
      rowsPerSecond: ((rowsRead - resumedAtRow) / durationMs) * 1000,
    };
  }
}

function takeRow(record: CsvRecord, row: Row, writer: RowWriter, rejects: RejectsFile): void {
  const { problem } = row;
  const kind = row.isSwallowed ? 'unclosed_quote' : 'malformed';
  const rejection = problem === null ? readRow(row, writer) : { kind, reason: problem };
  if (rejection === null) return;
  if (problem !== null) writer.breakOff?.(record.raw);
  rejects.add(record, rejection, row.rowCount);
}

function readRow(row: Row, writer: RowWriter): Rejection | null {
  return row.isTotal
    ? { kind: 'total_line', reason: 'it looks like the sum at the end of a report, not like a row' }
    : writer.add(row);
}

/** A row that an earlier run committed. */
function passRow(record: CsvRecord, row: Row, writer: RowWriter): void {
  if (row.problem !== null) writer.breakOff?.(record.raw);
  else if (!row.isTotal) writer.pass?.(row);
}
