/** Rows that are each one record of their own, such as a product: checked one by one, written in batches. */
import { InvalidItemsError } from '#catalog/errors.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DomainError, InvalidInputError } from '#platform/errors.ts';
import { readPastInstant } from '#platform/input/instants.ts';
import { quote } from '#platform/input/text.ts';

import {
  type Batch,
  countDirt,
  type DirtCounts,
  type ImportFormat,
  type Rejection,
  type RowWriter,
} from './format.ts';
import { readInstant } from './values.ts';

/** Values of a row by column, without blanks around them; empty where there is none. */
export type Values<Name extends string> = Readonly<Record<Name, string>>;

export interface RecordWriter<Name extends string, Input> {
  /** @throws {DomainError} a value cannot be used. */
  read(values: Values<Name>): Input;
  /** Makes what the rows need and may stay if they are not written after all. */
  prepare?(inputs: readonly Input[]): Promise<void>;
  /** At most 1,000 at a time. @returns for each input whether it changed anything */
  write(tx: Database, inputs: readonly Input[], at: Date): Promise<readonly boolean[]>;
}

export interface RecordFormat<Name extends string, Input> {
  readonly required: readonly Name[];
  readonly optional: readonly Name[];
  open(app: App, source: string): Promise<RecordWriter<Name, Input>>;
}

/** A row that cannot be taken in, under a kind of dirt of its own. */
export class RowError extends DomainError {
  override readonly name = 'RowError';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The time of something that has happened. @throws {RowError} @throws {InvalidInputError} it is in the future. */
export function optionalPast(column: string, text: string, now: Date): Date | undefined {
  return text === '' ? undefined : readPastInstant(column, readDate(column, text), now);
}

/** @throws {RowError} */
export function readDate(column: string, text: string): Date {
  const atMs = readInstant(text);
  if (atMs !== null) return new Date(atMs);
  throw new RowError(
    'bad_date',
    `${column}: expected a time such as 2026-01-31T12:00:00Z, got ${quote(text)}`,
  );
}

const CHUNK_SIZE = 1000;

export function defineRecordFormat<Name extends string, Input>(
  format: RecordFormat<Name, Input>,
): ImportFormat {
  const names = [...format.required, ...format.optional];
  return {
    columns: names.map((name) => ({ name, isRequired: format.required.includes(name) })),
    start: async (app, source) => createWriter(names, await format.open(app, source)),
  };
}

function createWriter<Name extends string, Input>(
  names: readonly Name[],
  writer: RecordWriter<Name, Input>,
): RowWriter {
  let batch = new RecordBatch(writer);
  return {
    continuesWith: () => false,
    add(row) {
      const fields = row.values();
      try {
        const values = names.map((name, index) => [name, fields[index]!.trim()] as const);
        batch.add(fields.join('\u0000'), writer.read(Object.fromEntries(values) as Values<Name>));
        return null;
      } catch (error) {
        return toRejection(error);
      }
    },
    takeBatch() {
      const taken = batch;
      batch = new RecordBatch(writer);
      return taken;
    },
    finish: () => Promise.resolve(),
  };
}

class RecordBatch<Name extends string, Input> implements Batch {
  readonly dirt: DirtCounts = new Map();
  readonly #writer: RecordWriter<Name, Input>;
  readonly #inputs = new Map<string, Input>();
  #repeats = 0;

  constructor(writer: RecordWriter<Name, Input>) {
    this.#writer = writer;
  }

  add(key: string, input: Input): void {
    if (this.#inputs.has(key)) {
      this.#repeats += 1;
      countDirt(this.dirt, 'exact_duplicate');
    } else {
      this.#inputs.set(key, input);
    }
  }

  async prepare(): Promise<void> {
    await this.#writer.prepare?.([...this.#inputs.values()]);
  }

  async write(tx: Database, at: Date): Promise<{ imported: number; merged: number }> {
    const inputs = [...this.#inputs.values()];
    let imported = 0;
    for (let start = 0; start < inputs.length; start += CHUNK_SIZE) {
      const changed = await this.#writer.write(tx, inputs.slice(start, start + CHUNK_SIZE), at);
      imported += changed.filter(Boolean).length;
    }
    return { imported, merged: inputs.length - imported + this.#repeats };
  }
}

/** Anything but a value that the file's owner can mend is our bug, and stops the import. */
export function toRejection(error: unknown): Rejection {
  if (error instanceof RowError) return { kind: error.kind, reason: error.message };
  if (error instanceof InvalidInputError) {
    return { kind: `bad_${error.field.replace(/\W.*/, '')}`, reason: `${error.field}: ${error.message}` };
  }
  const item = error instanceof InvalidItemsError ? error.items[0] : undefined;
  if (item === undefined) throw error;
  return { kind: `bad_${item.field.replace(/\W.*/, '')}`, reason: `${item.field}: ${item.message}` };
}
