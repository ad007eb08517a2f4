/** One call on a connection of the pool: the statement and its receiver. Knows no connection. */
import type { CopyChunks } from '../database.ts';
import type { RowReader } from '#pg-batch/rows.ts';
import type { Statement } from '#pg-batch/statement.ts';

export interface StatementOptions {
  /** Whether the text stays prepared for the next caller. */
  readonly cacheStatement: boolean;
  /** Rows as lists of values in the order of the columns, else as objects. */
  readonly asArrays?: boolean;
  /** Several statements without parameters and without rows. */
  readonly isScript?: boolean;
  /** The data of `copy … from stdin`. */
  readonly chunks?: CopyChunks;
  /** Not to be cancelled: whether it came through would be unknown. */
  readonly isCommit?: boolean;
}

export class StatementRun {
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly options: StatementOptions;
  readonly resolve: (rows: unknown[]) => void;
  readonly reject: (error: Error) => void;
  readonly startedAt = performance.now();
  statement: Statement | null = null;
  readRow: RowReader | null = null;
  rows: unknown[] = [];
  error: Error | null = null;
  /** The server has yet to say what the statement takes and gives. */
  isPreparing = false;
  /** Its statement was prepared once more. */
  isRepeated = false;
  isSettled = false;

  constructor(
    text: string,
    parameters: readonly unknown[],
    options: StatementOptions,
    resolve: (rows: unknown[]) => void,
    reject: (error: Error) => void,
  ) {
    this.text = text;
    this.parameters = parameters;
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** A value that cannot be read fails its own statement alone. */
  addRow(bytes: Buffer, start: number): void {
    if (this.error !== null) return;
    try {
      this.rows.push(this.readRow!(bytes, start));
    } catch (error) {
      this.error = error as Error;
    }
  }

  fail(error: Error): void {
    this.error ??= error;
  }

  settle(): void {
    this.isSettled = true;
    if (this.error === null) this.resolve(this.rows);
    else this.reject(this.error);
  }
}
