/** The rejected rows, as CSV with line and reason. Written only up to the last commit. */
import type { FileHandle } from 'node:fs/promises';

import { toCsvCell } from '#platform/csv-cell.ts';
import { openPrivateFile } from '#platform/private-file.ts';

import { type CsvRecord, readFields } from './csv.ts';
import type { DirtCounts, Rejection } from './format.ts';

/** Buffer limit: records that are not rows may be as long as the file. */
const MAX_PENDING_LENGTH = 8 << 20;

export class RejectsFile {
  readonly #file: FileHandle | null;
  #bytes: number;
  #text = '';
  #rejected = 0;
  #dirt: DirtCounts = new Map();

  private constructor(file: FileHandle | null, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** @param committedBytes length at the last commit: the rest, written by a killed run, is truncated. */
  static async open(path: string | null, committedBytes: number): Promise<RejectsFile> {
    if (path === null) return new RejectsFile(null, 0);
    // The rows contain contact data.
    const file = await openPrivateFile(path, committedBytes > 0 ? 'a+' : 'w');
    const { size } = await file.stat();
    const bytes = Math.min(size, committedBytes);
    await file.truncate(bytes);
    return new RejectsFile(file, bytes);
  }

  start(header: readonly string[]): void {
    if (this.#bytes === 0) this.#text = formatRow(['line', 'reason', ...header]);
  }

  /** @param rowCount number of rows in the record */
  add(record: CsvRecord, { kind, reason }: Rejection, rowCount: number): void {
    this.#rejected += rowCount;
    this.#dirt.set(kind, (this.#dirt.get(kind) ?? 0) + rowCount);
    if (this.#file === null) return;
    // An unparsed record is written unchanged, so that nothing is lost.
    const fields = record.problem === null ? readFields(record) : [record.raw];
    this.#text += formatRow([String(record.line), reason, ...fields]);
  }

  /** Whether the buffer should be written before more rows are read. */
  get isFull(): boolean {
    return this.#text.length > MAX_PENDING_LENGTH;
  }

  /** Writes the rows since the last call; the counts and the length are to be committed with the batch. */
  async flush(): Promise<{ rejected: number; rejectedDirt: DirtCounts; rejectsBytes: number }> {
    const flushed = { rejected: this.#rejected, rejectedDirt: this.#dirt };
    if (this.#file !== null && this.#text !== '') {
      const bytes = Buffer.from(this.#text);
      await this.#file.write(bytes, 0, bytes.length, null);
      this.#bytes += bytes.length;
    }
    this.#text = '';
    this.#rejected = 0;
    this.#dirt = new Map();
    return { ...flushed, rejectsBytes: this.#bytes };
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function formatRow(fields: readonly string[]): string {
  return `${fields.map(toCsvCell).join(',')}\n`;
}
