/** One call: the query and its receiver. Knows no connection. */
import type { Statement } from './statement.ts';

export class BatchedQuery {
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly cacheStatement: boolean;
  readonly resolve: (rows: unknown[]) => void;
  readonly reject: (error: Error) => void;
  statement: Statement | null = null;
  rows: unknown[] = [];
  error: Error | null = null;
  /** Its statement was prepared once more. */
  isRepeated = false;

  constructor(
    text: string,
    parameters: readonly unknown[],
    cacheStatement: boolean,
    resolve: (rows: unknown[]) => void,
    reject: (error: Error) => void,
  ) {
    this.text = text;
    this.parameters = parameters;
    this.cacheStatement = cacheStatement;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** A value that cannot be read fails its own batched query alone. */
  readRow(bytes: Buffer, start: number): void {
    if (this.error !== null) return;
    try {
      this.rows.push(this.statement!.readRow(bytes, start));
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** To run once more, because the server had to refuse. */
  reset(): void {
    this.isRepeated = true;
    this.error = null;
    this.rows = [];
  }
}
