/** The interface of a file format: its columns, and the conversion of its rows. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import type { Row } from './columns.ts';
import type { Reading } from './reading.ts';

/**
 * Kind of a column, which determines how its fields are read: `id` a key, `text` words, `country` a country, `word` a
 * choice or an address, `whole` a whole number, `amount` money, `currency` its code, `date` an instant, `json` an
 * object.
 */
export type ColumnKind =
  | 'id'
  | 'text'
  | 'country'
  | 'word'
  | 'whole'
  | 'amount'
  | 'currency'
  | 'date'
  | 'json';

export interface Column {
  readonly name: string;
  /** Alternative headers. */
  readonly aliases?: readonly string[];
  readonly isRequired: boolean;
  readonly kind: ColumnKind;
  /** For the authors of such files. */
  readonly description: string;
}

/** Custom columns of a file: each a value of an object. */
export interface OwnColumns {
  /** Prefix of their headers, before a point. */
  readonly prefix: string;
  /** Column with the same values as one JSON object. */
  readonly column: string;
}

/** Kinds of data-quality issues, each with its number of rows. */
export type DirtCounts = Map<string, number>;

/** Why a row is rejected: a kind for counting, and a sentence for the user who corrects it. */
export interface Rejection {
  readonly kind: string;
  readonly reason: string;
}

/** Outcomes of the rows of a batch: each row is counted once. */
export interface BatchRows {
  /** Rows that created or changed something. */
  readonly imported: number;
  /** Exact repeats of a row, which are counted on it, and rows that merged two customers. */
  readonly merged: number;
  /** Rows without a change. */
  readonly unchanged: number;
  /** Customers who were created from an id alone, as no earlier file contained them. */
  readonly peopleMade: number;
  /** Issues of rows found while writing, beside those of the batch. */
  readonly foundDirt?: DirtCounts;
}

/** Rows that are written in one transaction. */
export interface Batch {
  readonly dirt: DirtCounts;
  /** Creates prerequisites of the rows that may stay without them: products, partitions. */
  prepare(): Promise<void>;
  /** May be called again with another transaction after a rollback. */
  write(tx: Database, at: Date): Promise<BatchRows>;
  /** Called after the commit. */
  committed?(): void;
}

export interface RowWriter {
  /** Adds a row to the current batch, or returns why not. */
  add(row: Row): Rejection | null;
  /** Passes a row that an earlier run wrote, since later rows may belong to it. */
  pass?(row: Row): void;
  /** Called with the text of a record that is not a row. */
  breakOff?(text: string): void;
  /** Whether this row belongs to the last one, as lines of one order do. */
  continuesWith(row: Row): boolean;
  /** Ends the current batch and begins another. */
  takeBatch(): Batch;
  /** Updates the statistics of the planner; called beside the last batch, or after it where it is the only one. */
  readonly gatherStatistics?: () => Promise<void>;
  /** Follow-up of the complete import, idempotent. */
  finish(run: FinishedRun): Promise<void>;
}

export interface FinishedRun {
  /** When the first attempt of the import began. */
  readonly startedAt: Date;
  /** Whether an earlier attempt wrote a part of the file. */
  readonly isResumed: boolean;
}

export interface ImportFormat {
  /** Meaning of a row, for the choice of a format. */
  readonly description: string;
  readonly columns: readonly Column[];
  /** Columns of which a file needs at least one. */
  readonly oneOf?: readonly string[];
  readonly ownColumns?: OwnColumns;
  /** Default source system of the ids in the file. */
  readonly defaultSource: string;
  /** Default meaning of two equal lines of an order; only of formats with order lines. */
  readonly repeatedLines?: RepeatedLines;
  start(app: App, reading: Reading): Promise<RowWriter>;
}

/** Equal lines of an order: one more unit of the product, or a line that the source wrote twice. */
export type RepeatedLines = 'sum' | 'once';

export function countDirt(dirt: DirtCounts, kind: string): void {
  dirt.set(kind, (dirt.get(kind) ?? 0) + 1);
}
