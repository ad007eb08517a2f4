/** Keyset pagination: parses `first, after, last, before`, and turns rows into a Relay connection. */
import { GraphQLError } from 'graphql';

import { isUuid } from '#platform/ids.ts';
import { isInstantText } from '#platform/input/instants.ts';

export const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Values of a row in the columns of the order, the unique one last. */
export type CursorValues = readonly (string | number | null)[];

/** Type of a column of an order. An instant, an integer, a decimal and a boolean are exact text. */
type CursorValue =
  | 'id'
  | 'text'
  | 'instant'
  | 'number'
  | 'integer'
  | 'bigint'
  | 'transaction'
  | 'decimal'
  | 'boolean';

/** The order of a connection. */
export interface PageOrder {
  /** Part of every cursor, so that a cursor of another list or another order is refused. */
  readonly name: string;
  /** A type with `?` includes null. */
  readonly columns: readonly (CursorValue | `${CursorValue}?`)[];
}

/** Raised when the meaning of a cursor changes: older ones are then refused. */
const CURSOR_VERSION = 2;
const MAX_CURSOR_LENGTH = 4000;

const fits: Readonly<Record<CursorValue, (value: unknown) => boolean>> = {
  id: (value) => typeof value === 'string' && isUuid(value),
  text: (value) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
  instant: (value) => typeof value === 'string' && isInstantText(value),
  number: Number.isFinite,
  integer: (value) => typeof value === 'string' && /^\d{1,9}$/.test(value),
  bigint: (value) => isWholeNumber(value, 2n ** 63n),
  transaction: (value) => isWholeNumber(value, 2n ** 64n),
  decimal: (value) => typeof value === 'string' && /^-?\d{1,400}(\.\d{1,400})?$/.test(value),
  boolean: (value) => value === 'true' || value === 'false',
};

function isWholeNumber(value: unknown, below: bigint): boolean {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) < below;
}

function fitsColumn(column: PageOrder['columns'][number], value: unknown): boolean {
  if (!column.endsWith('?')) return fits[column as CursorValue](value);
  return value === null || fits[column.slice(0, -1) as CursorValue](value);
}

/** The page to read. Plain data, so that it can be the key of a loader. */
export interface Page {
  readonly order: PageOrder;
  readonly size: number;
  /** Rows to read: one more than the page, to detect a next page. */
  readonly limit: number;
  /** Read from the end of the order towards its start. */
  readonly isBackward: boolean;
  readonly after: CursorValues | null;
  readonly before: CursorValues | null;
}

/**
 * The page of the arguments; the values of its cursors have the types of the columns.
 * @throws {GraphQLError} with code BAD_USER_INPUT: both directions, a size out of range, a cursor of another order.
 */
export function readPage(args: PageArguments, order: PageOrder): Page {
  let pages = pagesRead.get(args);
  if (pages === undefined) pagesRead.set(args, (pages = new Map()));
  let page = pages.get(order.name);
  if (page === undefined) pages.set(order.name, (page = checkPage(args, order)));
  return page;
}

/**
 * The page without the extra row, where the query does not select `pageInfo`.
 * @param names selected fields of the connection
 */
export function withoutLookahead(page: Page, names: ReadonlySet<string>): Page {
  return names.has('pageInfo') ? page : { ...page, limit: page.size };
}

/** The parents of a field share its arguments, and therefore one page. */
const pagesRead = new WeakMap<PageArguments, Map<string, Page>>();

function checkPage(page: PageArguments, order: PageOrder): Page {
  if (page.first != null && page.last != null) throw badInput('Give `first` or `last`, not both.');
  const size = page.first ?? page.last ?? DEFAULT_PAGE_SIZE;
  if (size < 0 || size > MAX_PAGE_SIZE) {
    const name = page.first == null ? 'last' : 'first';
    throw badInput(`\`${name}\` must be between 0 and ${MAX_PAGE_SIZE}, got ${size}.`);
  }
  return {
    order,
    size,
    limit: size + 1,
    isBackward: page.last != null,
    after: page.after == null ? null : readCursor(page.after, order, 'after'),
    before: page.before == null ? null : readCursor(page.before, order, 'before'),
  };
}

type WriteCursor<Row> = (row: Row) => string;

/** A row of a page. Few queries select cursors, so each is encoded on demand. */
class Edge<Row> {
  readonly node: Row;
  readonly #write: WriteCursor<Row>;

  constructor(node: Row, write: WriteCursor<Row>) {
    this.node = node;
    this.#write = write;
  }

  get cursor(): string {
    return this.#write(this.node);
  }
}

class PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #edges: readonly Edge<unknown>[];

  constructor(edges: readonly Edge<unknown>[], { isBackward, after, before }: Page, hasMore: boolean) {
    this.#edges = edges;
    this.hasNextPage = isBackward ? before !== null : hasMore;
    this.hasPreviousPage = isBackward ? hasMore : after !== null;
  }

  get startCursor(): string | null {
    return this.#edges[0]?.cursor ?? null;
  }

  get endCursor(): string | null {
    return this.#edges.at(-1)?.cursor ?? null;
  }
}

export interface Connection<Row> {
  readonly edges: Edge<Row>[];
  readonly pageInfo: PageInfo;
  /** Counted only when selected. */
  readonly totalCount: () => Promise<number> | number;
}

/**
 * @param rows up to `page.limit` rows in the direction of the read
 * @param valuesOf values of the row in the columns of the order
 */
export function toConnection<Row>(
  page: Page,
  rows: readonly Row[],
  valuesOf: (row: Row) => CursorValues,
  totalCount: () => Promise<number> | number,
): Connection<Row> {
  const hasMore = rows.length > page.size;
  const inPage = hasMore ? rows.slice(0, page.size) : [...rows];
  if (page.isBackward) inPage.reverse();
  const write: WriteCursor<Row> = (row) => encodeCursor(page.order.name, valuesOf(row));
  const edges = inPage.map((node) => new Edge(node, write));
  return { edges, pageInfo: new PageInfo(edges as Edge<unknown>[], page, hasMore), totalCount };
}

export function encodeCursor(order: string, values: CursorValues): string {
  return Buffer.from(JSON.stringify([CURSOR_VERSION, order, ...values])).toString('base64url');
}

/** @throws {GraphQLError} with code BAD_USER_INPUT: the text is no cursor of this order. */
export function readCursor(cursor: string, { name, columns }: PageOrder, argument: string): CursorValues {
  try {
    const parts: unknown =
      cursor.length > MAX_CURSOR_LENGTH ? null : JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isOfOrder = Array.isArray(parts) && parts[0] === CURSOR_VERSION && parts[1] === name;
    if (isOfOrder && parts.length === columns.length + 2) {
      const values: readonly unknown[] = parts.slice(2);
      if (columns.every((column, index) => fitsColumn(column, values[index]))) return values as CursorValues;
    }
  } catch {
    // The parser's own message would not help a caller; the common message follows.
  }
  throw badInput(`\`${argument}\` is not a cursor of this list in this order. Use a cursor it gave you.`);
}

/** A request error that its caller can fix, for fields without a result union. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
