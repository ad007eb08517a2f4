/** What a file format is to the importer: its columns, and what its rows are turned into. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import type { Row } from './columns.ts';
import type { Reading } from './reading.ts';

/**
 * What a column holds, which says how its fields are read: `id` a key, `text` words, `country` a country, `word` a choice or an address,
 * `whole` a whole number, `amount` money, `currency` the code of it, `date` an instant, `json` an object.
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
  /** Other names that its header may have. */
  readonly aliases?: readonly string[];
  readonly isRequired: boolean;
  readonly kind: ColumnKind;
  /** For who makes such a file. */
  readonly description: string;
}

/** Columns beyond those of the format that a file may have: each a value of an object. */
export interface OwnColumns {
  /** Of their headers, before a point. */
  readonly prefix: string;
  /** Column that holds the same as one JSON object. */
  readonly column: string;
}

/** Kinds of dirt, each with the number of rows that have it. */
export type DirtCounts = Map<string, number>;

/** Why a row cannot be taken in: a kind to count by, and a sentence for who mends it. */
export interface Rejection {
  readonly kind: string;
  readonly reason: string;
}

/** What became of the rows of a batch: each is counted once. */
export interface BatchRows {
  /** Rows that made or changed something. */
  readonly imported: number;
  /** Exact repeats of a row that are counted on it, and rows that joined two people. */
  readonly merged: number;
  /** Rows that said what was there already. */
  readonly unchanged: number;
  /** People who were made by an id alone, as no file of people had named them before. */
  readonly peopleMade: number;
  /** Rows by what writing found out about them, beside the batch's own dirt. */
  readonly foundDirt?: DirtCounts;
}

/** Rows that are written in one transaction. */
export interface Batch {
  readonly dirt: DirtCounts;
  /** Makes what the rows need and may stay if they are not written after all: products, partitions. */
  prepare(): Promise<void>;
  /** May be called again with another transaction, where the one before was rolled back. */
  write(tx: Database, at: Date): Promise<BatchRows>;
  /** Is told that what was written is committed. */
  committed?(): void;
}

export interface RowWriter {
  /** Takes a row into the batch under way, or says why not. */
  add(row: Row): Rejection | null;
  /** Sees a row that an earlier run has written, where the rows after it may belong to it. */
  pass?(row: Row): void;
  /** Is told of a record that is no row, as it stands in the file. */
  breakOff?(text: string): void;
  /** Whether this row belongs with the last one, as lines of one order do. */
  continuesWith(row: Row): boolean;
  /** Ends the batch under way and begins another. */
  takeBatch(): Batch;
  /** Tells the planner of what was written; called beside the last batch, or after it where it is the only one. */
  readonly gatherStatistics?: () => Promise<void>;
  /** Work over everything imported, safe to do again. */
  finish(run: FinishedRun): Promise<void>;
}

export interface FinishedRun {
  /** When the first attempt of the import began. */
  readonly startedAt: Date;
  /** Whether an earlier attempt wrote a part of the file. */
  readonly isResumed: boolean;
}

export interface ImportFormat {
  /** What a row is, for who chooses a format. */
  readonly description: string;
  readonly columns: readonly Column[];
  /** Columns of which a file needs one. */
  readonly oneOf?: readonly string[];
  readonly ownColumns?: OwnColumns;
  /** System that the ids in the file are from, where it is not said. */
  readonly defaultSource: string;
  /** How two equal lines of an order count where it is not said; left out where rows are no lines. */
  readonly repeatedLines?: RepeatedLines;
  start(app: App, reading: Reading): Promise<RowWriter>;
}

/** Equal lines of an order: each is one more of the product, or the source wrote one line twice. */
export type RepeatedLines = 'sum' | 'once';

export function countDirt(dirt: DirtCounts, kind: string): void {
  dirt.set(kind, (dirt.get(kind) ?? 0) + 1);
}
