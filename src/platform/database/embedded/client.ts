/** Runs statements on an embedded database: prepares each text once, and reads rows in binary. Opens none. */
import { types } from '@electric-sql/pglite';

import { addArrayTypes, ARRAY_TYPES, type ArrayType, type FilledSettings } from '../array-types.ts';
import type { CopyChunks } from '../database.ts';
import { isStale } from '#pg-batch/errors.ts';
import type { Column } from '#pg-batch/rows.ts';
import type { ValueSettings } from '#pg-batch/settings.ts';
import { readColumns, Statement } from '#pg-batch/statement.ts';
import type { ExchangeLimits, Link } from './link.ts';
import { copyIn, forget, prepare, readAnswer, run, simpleQuery } from './wire.ts';

const DATA_ROW = 0x44;
const PARAMETER_DESCRIPTION = 0x74;
const ROW_DESCRIPTION = 0x54;
const NO_DATA = 0x6e;
const COMMAND_COMPLETE = 0x43;

/** Pages select the columns that a query asks for, and a client could ask for every selection there is. */
const MAX_PREPARED = 500;

export type RowShape = 'objects' | 'lists';

export interface StatementCall {
  /** Of the transaction; 0 is a statement on its own. */
  readonly section: number;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Prepared once, for the next caller too. */
  readonly cacheStatement: boolean;
  readonly shape: RowShape;
  readonly limits?: ExchangeLimits | undefined;
}

export class EmbeddedClient {
  readonly #link: Link;
  readonly #settings: FilledSettings;
  readonly #prepared = new Map<string, Statement>();
  /** Names of statements are those of the one session that all processes share. */
  readonly #prefix: string;
  #count = 0;

  private constructor(link: Link, prefix: string, settings: FilledSettings) {
    this.#link = link;
    this.#prefix = prefix;
    this.#settings = settings;
  }

  /** @param prefix of the names of its prepared statements, which no other client has */
  static async open(link: Link, prefix: string): Promise<EmbeddedClient> {
    const parsers: Record<number, (text: string) => unknown> = { ...types.parsers, [types.INT8]: Number };
    const settings: FilledSettings = { parsers, serializers: { ...types.serializers } };
    const client = new EmbeddedClient(link, prefix, settings);
    addArrayTypes(settings, (await client.execute(0, ARRAY_TYPES)) as ArrayType[]);
    return client;
  }

  /** @throws {PostgresError} */
  async call(call: StatementCall): Promise<unknown[]> {
    for (let isRepeated = false; ; isRepeated = true) {
      const known = call.cacheStatement ? this.#prepared.get(call.text) : undefined;
      const statement = known ?? (await this.#prepare(call));
      try {
        return await this.#run(statement, call);
      } catch (error) {
        const canRepeat = !isRepeated && call.section === 0 && isStale(error as Error);
        if (canRepeat) this.#prepared.delete(call.text);
        if (canRepeat || !statement.cacheStatement) this.#forget(statement, call.section);
        if (!canRepeat) throw error;
      }
    }
  }

  /** Several statements without parameters. @returns the rows of all. @throws {PostgresError} */
  async execute(section: number, script: string): Promise<unknown[]> {
    const answer = await this.#link.exchange(section, simpleQuery(script));
    let columns: readonly Column[] = [];
    const rows: unknown[] = [];
    readAnswer(answer, (type, start) => {
      if (type === ROW_DESCRIPTION) columns = readColumns(answer, start);
      else if (type === DATA_ROW) rows.push(readTextRow(answer, start, columns, this.#settings));
    });
    return rows;
  }

  /** @returns the tag of the command, such as COMMIT */
  async command(section: number, text: string): Promise<string> {
    const answer = await this.#link.exchange(section, simpleQuery(text));
    let tag = '';
    readAnswer(answer, (type, start, end) => {
      if (type === COMMAND_COMPLETE) tag = answer.toString('latin1', start, end - 1);
    });
    return tag;
  }

  async copyIn(section: number, text: string, chunks: CopyChunks): Promise<void> {
    readAnswer(await this.#link.exchange(section, await copyIn(text, chunks)), () => {});
  }

  async #prepare({ section, text, cacheStatement, limits }: StatementCall): Promise<Statement> {
    this.#count += 1;
    const mayKeep = cacheStatement && this.#prepared.size < MAX_PREPARED;
    const statement = new Statement(text, [], `${this.#prefix}${this.#count}`, mayKeep);
    const answer = await this.#link.exchange(section, prepare(statement), limits);
    readAnswer(answer, (type, start) => {
      if (type === PARAMETER_DESCRIPTION) statement.describeParameters(answer, start);
      else if (type === NO_DATA) statement.describeRows([], this.#settings);
      else if (type === ROW_DESCRIPTION) statement.describeRows(readColumns(answer, start), this.#settings);
    });
    if (!mayKeep) return statement;
    // Another caller may have prepared the same text meanwhile; neither waits for the transaction of the other.
    const other = this.#prepared.get(text);
    if (other === undefined) this.#prepared.set(text, statement);
    else this.#forget(statement, section);
    return other ?? statement;
  }

  async #run(statement: Statement, call: StatementCall): Promise<unknown[]> {
    const bytes = run(statement, call.values, this.#settings);
    const answer = await this.#link.exchange(call.section, bytes, call.limits);
    const readRow = call.shape === 'objects' ? statement.readRow : statement.arrayReader(this.#settings);
    const rows: unknown[] = [];
    readAnswer(answer, (type, start) => {
      // Behind the number of columns.
      if (type === DATA_ROW) rows.push(readRow(answer, start + 2));
    });
    return rows;
  }

  /** No caller waits for it. */
  #forget(statement: Statement, section: number): void {
    this.#link.exchange(section, forget(statement)).catch(() => {});
  }
}

/** Rows of a simple query come as text. */
function readTextRow(
  answer: Buffer,
  start: number,
  columns: readonly Column[],
  { parsers }: ValueSettings,
): Record<string, unknown> {
  let at = start + 2;
  const row: Record<string, unknown> = {};
  for (const { name, type } of columns) {
    const length = answer.readInt32BE(at);
    at += 4;
    const parse = parsers[type];
    if (length < 0) row[name] = null;
    else {
      const text = answer.toString('utf8', at, at + length);
      row[name] = parse === undefined ? text : parse(parse.array === true ? text.slice(1) : text);
      at += length;
    }
  }
  return row;
}
