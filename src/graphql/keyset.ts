/**
 * The order of a connection, declared once: its conditions and order in SQL, the parameters of a page, and its cursors.
 */
import type { CursorValues, Page, PageOrder } from './connections.ts';

type KeysetType = 'instant' | 'id' | 'text' | 'number' | 'bigint' | 'transaction';

const SQL_TYPES: Readonly<Record<KeysetType, string>> = {
  instant: 'timestamptz',
  id: 'uuid',
  text: 'text',
  number: 'double precision',
  bigint: 'bigint',
  transaction: 'xid8',
};

/**
 * Bounds below and above every value. They bound a page without a cursor, so that the condition is one range of the
 * index in every plan. Text has no highest value: a null disables the condition.
 */
const LOWEST: Readonly<Record<KeysetType, string>> = {
  instant: '0001-01-01T00:00:00Z',
  id: '00000000-0000-0000-0000-000000000000',
  text: '',
  number: '-Infinity',
  bigint: '0',
  transaction: '0',
};
const HIGHEST: Readonly<Record<KeysetType, string | null>> = {
  instant: '9999-12-31T00:00:00Z',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  text: null,
  number: 'Infinity',
  bigint: String(2n ** 63n - 1n),
  transaction: String(2n ** 64n - 1n),
};

/** A column of the order: its SQL, its type, and its value in a row. The last one is unique. */
export type KeysetColumn<Row> = readonly [
  sql: string,
  type: KeysetType,
  valueOf: (row: Row) => Date | string | number,
];

export interface KeysetOptions {
  /** The order of the connection; `last` reads it from its end. */
  readonly isDescending?: boolean;
  /** Number of the first parameter of `bind`; the keys of a batch come before it. */
  readonly firstParameter?: number;
}

/** SQL of a page read in one direction. */
export interface KeysetText {
  /** The conditions of both cursors. */
  readonly where: string;
  readonly orderBy: string;
  readonly direction: 'asc' | 'desc';
  /** The parameter of the limit. */
  readonly limit: string;
}

export interface Keyset<Row> {
  readonly order: PageOrder;
  readonly cursorOf: (row: Row) => CursorValues;
  /** A text for each direction, created once. */
  readonly texts: (write: (text: KeysetText) => string) => (page: Page) => string;
  /** The SQL of this page, for texts that depend on more than the direction. */
  readonly textOf: (page: Page) => KeysetText;
  /** Parameters of the conditions, and of the limit. */
  readonly bind: (page: Page) => readonly unknown[];
}

/** @param name part of each cursor: a cursor of another connection, or of another order, is refused */
export function keyset<Row>(
  name: string,
  columns: readonly KeysetColumn<Row>[],
  { isDescending = false, firstParameter = 2 }: KeysetOptions = {},
): Keyset<Row> {
  const types = columns.map(([, type]) => type);
  const lowest = types.map((type) => LOWEST[type]);
  const highest = types.map((type) => HIGHEST[type]);
  const [first, last] = isDescending ? [highest, lowest] : [lowest, highest];
  const sqls = columns.map(([sql]) => sql);
  const row = columns.length === 1 ? sqls[0]! : `(${sqls.join(', ')})`;

  function condition(operator: '<' | '>', from: number, bound: readonly (string | null)[]): string {
    const values = types.map((type, index) => `$${from + index}::${SQL_TYPES[type]}`);
    const comparison = `${row} ${operator} ${columns.length === 1 ? values[0]! : `(${values.join(', ')})`}`;
    return bound.includes(null) ? `(${values[0]!} is null or ${comparison})` : comparison;
  }

  function write(isBackward: boolean): KeysetText {
    const direction = isDescending === isBackward ? 'asc' : 'desc';
    const before = firstParameter + columns.length;
    return {
      where: [
        condition(isDescending ? '<' : '>', firstParameter, first),
        condition(isDescending ? '>' : '<', before, last),
      ].join(' and '),
      orderBy: sqls.map((sql) => `${sql} ${direction}`).join(', '),
      direction,
      limit: `$${before + columns.length}`,
    };
  }

  const [forward, backward] = [write(false), write(true)];
  const boundOf = (bound: readonly (string | null)[]) =>
    bound.includes(null) ? bound.map(() => null) : bound;
  const [noAfter, noBefore] = [boundOf(first), boundOf(last)];
  return {
    order: { name, columns: types },
    cursorOf: (found) =>
      columns.map(([, , valueOf]) => {
        const value = valueOf(found);
        return value instanceof Date ? value.toISOString() : value;
      }),
    texts(writeText) {
      const [ahead, back] = [writeText(forward), writeText(backward)];
      return ({ isBackward }) => (isBackward ? back : ahead);
    },
    textOf: ({ isBackward }) => (isBackward ? backward : forward),
    bind: ({ after, before, limit }) => [...(after ?? noAfter), ...(before ?? noBefore), limit],
  };
}
