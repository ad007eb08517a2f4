/** What a file format is to the importer: its columns, and what its rows are turned into. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import type { Row } from './columns.ts';

export interface Column {
  readonly name: string;
  /** Other names that its header may have. */
  readonly aliases?: readonly string[];
  readonly isRequired: boolean;
}

/** Kinds of dirt, each with the number of rows that have it. */
export type DirtCounts = Map<string, number>;

/** Why a row cannot be taken in: a kind to count by, and a sentence for who mends it. */
export interface Rejection {
  readonly kind: string;
  readonly reason: string;
}

/** Rows that are written in one transaction. */
export interface Batch {
  readonly dirt: DirtCounts;
  /** Makes what the rows need and may stay if they are not written after all: people, products, partitions. */
  prepare(): Promise<void>;
  /** @returns what became of the rows it took: each is imported or merged into one that is there. */
  write(tx: Database, at: Date): Promise<{ readonly imported: number; readonly merged: number }>;
}

export interface RowWriter {
  /** Takes a row into the batch under way, or says why not. */
  add(row: Row): Rejection | null;
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
  readonly columns: readonly Column[];
  /** @param source system that the ids in the file are from */
  start(app: App, source: string): Promise<RowWriter>;
}

export function countDirt(dirt: DirtCounts, kind: string): void {
  dirt.set(kind, (dirt.get(kind) ?? 0) + 1);
}
