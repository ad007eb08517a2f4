/** Formats whose rows are independent records, such as products: validated one by one, written in batches. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { readPastInstant } from '#platform/input/instants.ts';

import { type FieldReading, readField, RowError, toRejection } from './fields.ts';
import {
  type Batch,
  type BatchRows,
  type Column,
  type ColumnKind,
  countDirt,
  type DirtCounts,
  type ImportFormat,
  type OwnColumns,
  type RowWriter,
} from './format.ts';
import type { CustomerIdCache, NamedCustomer } from './customer-id-cache.ts';
import { type HeldCustomers, NamedCustomers } from './named-customers.ts';
import { readOwnValues } from './own-values.ts';
import type { Reading } from './reading.ts';

/** Default source system of the own layouts: the same for all, so that files of one shop match. */
export const OWN_SOURCE = 'customers';

/** Fields of a row by column in the plain form of their kinds; empty where missing. */
export type Values<Name extends string> = Readonly<Record<Name, string>>;

/** Outcome of a row; `merged` merged two customers. */
export type RowOutcome = 'imported' | 'merged' | 'unchanged';

/** The customers of the rows by their id in the source, who are created if unknown. */
export interface CustomersOfRows<Input> {
  readonly cache: CustomerIdCache;
  readonly namedBy: (input: Input) => readonly NamedCustomer[];
}

export interface WriteContext {
  readonly at: Date;
  /** Receives issues found while writing. */
  readonly dirt: DirtCounts;
  /** Empty for a format without `customers`. */
  readonly customers: HeldCustomers;
}

export interface RecordWriter<Name extends string, Input> {
  readonly customers?: CustomersOfRows<Input>;
  /**
   * @param own values of the custom columns, if any
   * @throws {DomainError} a value is invalid.
   */
  read(values: Values<Name>, own: Readonly<Record<string, unknown>> | undefined): Input;
  /** Creates prerequisites of the rows that may stay without them. */
  prepare?(inputs: readonly Input[]): Promise<void>;
  /** At most 1,000 at a time. @returns the outcome of each input */
  write(tx: Database, inputs: readonly Input[], context: WriteContext): Promise<readonly RowOutcome[]>;
}

/** For a row whose customer is a placeholder such as `undefined`. */
export function placeholderError(column: string, text: string): RowError {
  return new RowError(
    'placeholder_customer',
    `${column}: expected the id of one person, got the placeholder ${JSON.stringify(text.slice(0, 80))}`,
  );
}

/** The time of a past event, from a parsed field. @throws {InvalidInputError} it is in the future. */
export function optionalPast(column: string, text: string, now: Date): Date | undefined {
  return text === '' ? undefined : readPastInstant(column, new Date(text), now);
}

type ColumnSpec = readonly [kind: ColumnKind, description: string, ...aliases: string[]];

export interface RecordFormat<Name extends string, Input> {
  readonly description: string;
  readonly required: readonly NoInfer<Name>[];
  readonly columns: Readonly<Record<Name, ColumnSpec>>;
  readonly ownColumns?: OwnColumns;
  open(app: App, reading: Reading): Promise<RecordWriter<Name, Input>>;
}

const CHUNK_SIZE = 1000;

export function defineRecordFormat<Name extends string, Input>(
  format: RecordFormat<Name, Input>,
): ImportFormat {
  const { description, required, ownColumns } = format;
  const specs = Object.entries(format.columns) as [Name, ColumnSpec][];
  const columns = specs.map(([name, [kind, meaning, ...aliases]]) => ({
    name,
    kind,
    description: meaning,
    aliases,
    isRequired: required.includes(name),
  }));
  return {
    description,
    columns,
    defaultSource: OWN_SOURCE,
    ...(ownColumns === undefined ? {} : { ownColumns }),
    start: async (app, reading) => {
      const using = { reading, currency: app.config.currency };
      return createWriter(columns, await format.open(app, reading), using);
    },
  };
}

function createWriter<Name extends string, Input>(
  columns: readonly (Column & { readonly name: Name })[],
  writer: RecordWriter<Name, Input>,
  using: FieldReading & { readonly reading: Reading },
): RowWriter {
  const { own } = using.reading;
  let batch = new RecordBatch(writer);
  return {
    continuesWith: () => false,
    add(row) {
      const fields = row.values();
      try {
        const values = Object.fromEntries(
          columns.map((column, index) => [column.name, readField(column, fields[index]!, using)]),
        ) as Values<Name>;
        const ownFields = row.ownValues();
        const ownValues = own.length === 0 ? undefined : readOwnValues(own, ownFields);
        batch.add([...fields, ...ownFields].join('\u0000'), writer.read(values, ownValues));
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

const NOBODY: HeldCustomers = { locked: new Map(), madeCount: 0, idOf: () => null };

class RecordBatch<Name extends string, Input> implements Batch {
  readonly dirt: DirtCounts = new Map();
  readonly #writer: RecordWriter<Name, Input>;
  readonly #inputs = new Map<string, Input>();
  readonly #customers: NamedCustomers | null;
  #repeats = 0;

  constructor(writer: RecordWriter<Name, Input>) {
    this.#writer = writer;
    this.#customers = writer.customers === undefined ? null : new NamedCustomers(writer.customers.cache);
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
    const inputs = [...this.#inputs.values()];
    const { customers } = this.#writer;
    if (customers !== undefined)
      await this.#customers?.find(inputs.flatMap((input) => customers.namedBy(input)));
    await this.#writer.prepare?.(inputs);
  }

  async write(tx: Database, at: Date): Promise<BatchRows> {
    const inputs = [...this.#inputs.values()];
    const foundDirt: DirtCounts = new Map();
    const customers = (await this.#customers?.hold(tx)) ?? NOBODY;
    const context: WriteContext = { at, dirt: foundDirt, customers };
    const rows = { imported: 0, merged: this.#repeats, unchanged: 0, peopleMade: customers.madeCount };
    for (let start = 0; start < inputs.length; start += CHUNK_SIZE) {
      const outcomes = await this.#writer.write(tx, inputs.slice(start, start + CHUNK_SIZE), context);
      for (const outcome of outcomes) rows[outcome] += 1;
    }
    return { ...rows, foundDirt };
  }

  committed(): void {
    this.#customers?.remember();
  }
}
