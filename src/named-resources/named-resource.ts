/**
 * The common reads and writes of resources with a key: segments, lists, cluster sets, look-alikes, campaigns. Reads are
 * prepared texts; writes are built with drizzle.
 */
import { and, eq, getTableName, isNull } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

import { type Keyset, keyset } from '#graphql/keyset.ts';
import type { Page } from '#graphql/connections.ts';
import type { Database } from '#platform/database/database.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';
import { NotFoundError } from '#platform/errors.ts';
import type { KeyTakenError } from './errors.ts';

type NamedTable = PgTable & Readonly<Record<'id' | 'key' | 'updatedAt' | 'archivedAt', PgColumn>>;

interface NamedRow {
  readonly id: string;
  /** Unique among active and archived ones, and never changed. */
  readonly key: string;
  readonly archivedAt: Date | null;
}

type Changes<Insert> = { readonly [Column in keyof Insert]?: Insert[Column] | undefined };

export interface NamedResource<Row, Insert> {
  /** The select list of a complete row, qualified by the name of the table. */
  readonly columns: string;
  /** Active ones by key. */
  readonly keyset: Keyset<Row>;
  /** Archived ones too. */
  readonly byIds: (db: Database, ids: readonly string[]) => Promise<Row[]>;
  /** Archived or not; null where no row has the key. */
  readonly byKey: (db: Database, key: string) => Promise<Row | null>;
  /** Active ones, or those changed since an instant, archived ones too: archiving is a change. */
  readonly page: (db: Database, page: Page, updatedSince?: Date | null) => Promise<Row[]>;
  readonly count: (db: Database, updatedSince?: Date | null) => Promise<number>;
  /** Locks the row for this transaction. @throws {NotFoundError} there is no active one */
  readonly lock: (transaction: Database, id: string) => Promise<Row>;
  /** @throws {KeyTakenError} of the resource */
  readonly insert: (db: Database, row: Insert) => Promise<Row>;
  /** Sets the given columns; undefined leaves a column unchanged. @throws {NotFoundError} there is no active one */
  readonly update: (db: Database, id: string, changes: Changes<Insert>) => Promise<Row>;
  /**
   * Idempotent: an archived one is returned unchanged.
   * @param retire called with the locked active row before it is archived: may refuse, and removes dependent rows
   * @throws {NotFoundError} there is none
   */
  readonly archive: (
    transaction: Database,
    id: string,
    at: Date,
    retire?: (row: Row) => Promise<void>,
  ) => Promise<Row>;
}

export interface NamedResourceOptions {
  /** In messages, such as `cluster set`. */
  readonly noun: string;
  /** Prefix of statement names and of cursors, such as `clusterSets`. */
  readonly name: string;
  readonly keyTaken: (key: string) => KeyTakenError;
}

export function namedResource<Table extends NamedTable>(
  table: Table,
  { noun, name, keyTaken }: NamedResourceOptions,
): NamedResource<RowOf<Table>, Table['$inferInsert']> {
  type Row = RowOf<Table> & NamedRow;
  type Insert = Table['$inferInsert'];
  type Change = Parameters<NamedResource<Row, Insert>['update']>[2];
  const tableName = getTableName(table);
  const columns = selectList(table, tableName);
  const byKey = keyset<Row>(`${name}.key`, [[`${tableName}.key`, 'text', ({ key }) => key]], {
    firstParameter: 2,
  });
  const isListed =
    '(case when $1::timestamptz is null then archived_at is null else updated_at >= $1::timestamptz end)';
  const pageText = byKey.texts(
    ({ where, orderBy, limit }) =>
      `/* ${name}.page */ select ${columns} from ${tableName} where ${isListed} and ${where} order by ${orderBy} limit ${limit}`,
  );
  const byIdText = `/* ${name}.byId */ select ${columns} from ${tableName} where id = any($1::uuid[])`;
  const byKeyText = `/* ${name}.byKey */ select ${columns} from ${tableName} where key = $1`;
  const countText = `/* ${name}.count */ select count(*) as count from ${tableName} where ${isListed}`;
  const lockText = `/* ${name}.lock */ select ${columns} from ${tableName} where id = $1 for update`;
  const isActive = (id: string) => and(eq(table.id, id), isNull(table.archivedAt));

  function notFound(id: string): NotFoundError {
    return new NotFoundError(`There is no active ${noun} with the id ${id}.`);
  }

  async function lockAny(transaction: Database, id: string): Promise<Row> {
    const [row] = await transaction.query<Row>(lockText, [id]);
    if (row === undefined) throw notFound(id);
    return row;
  }

  async function update(db: Database, id: string, changes: Change): Promise<Row> {
    const rows = await db.orm
      .update(table as PgTable)
      .set(changes)
      .where(isActive(id))
      .returning();
    if (rows[0] === undefined) throw notFound(id);
    return rows[0] as Row;
  }

  return {
    columns,
    keyset: byKey as Keyset<RowOf<Table>>,
    byIds: (db, ids) => db.queryBatched(byIdText, [ids]),
    async byKey(db, key) {
      // Postgres does not accept NUL in text, and no key contains it.
      if (key.includes('\0')) return null;
      const [row] = await db.query<Row>(byKeyText, [key]);
      return row ?? null;
    },
    page: (db, page, updatedSince = null) => db.query(pageText(page), [updatedSince, ...byKey.bind(page)]),
    async count(db, updatedSince = null) {
      const [row] = await db.query<{ count: number }>(countText, [updatedSince]);
      return row!.count;
    },
    async lock(transaction, id) {
      const row = await lockAny(transaction, id);
      if (row.archivedAt !== null) throw notFound(id);
      return row;
    },
    async insert(db, row) {
      const rows = await db.orm
        .insert(table as PgTable)
        .values(row)
        .onConflictDoNothing({ target: table.key })
        .returning();
      if (rows[0] === undefined) throw keyTaken((row as Insert & NamedRow).key);
      return rows[0] as Row;
    },
    update,
    async archive(transaction, id, at, retire) {
      const row = await lockAny(transaction, id);
      if (row.archivedAt !== null) return row;
      await retire?.(row);
      return update(transaction, id, { archivedAt: at, updatedAt: at } as unknown as Change);
    },
  };
}
