/** Row types and select lists derived from tables, so that a renamed column fails where it is read. */
import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

export type RowOf<Table extends PgTable> = Readonly<Table['$inferSelect']>;

export type ColumnOf<Table extends PgTable> = keyof Table['$inferSelect'] & string;

export function columnsOf<Table extends PgTable>(table: Table): readonly ColumnOf<Table>[] {
  return Object.keys(getTableColumns(table));
}

/**
 * Such as `list.id as "id", list.created_at as "createdAt"`: constant text for a prepared statement.
 * @param expressions in place of columns that are not read as they are stored
 */
export function selectList<Table extends PgTable>(
  table: Table,
  alias: string,
  columns: readonly ColumnOf<Table>[] = columnsOf(table),
  expressions: { readonly [Column in ColumnOf<Table>]?: string } = {},
): string {
  const known = getTableColumns(table) as Readonly<Record<string, { readonly name: string }>>;
  return columns
    .map((column) => `${expressions[column] ?? `${alias}.${known[column]!.name}`} as "${column}"`)
    .join(', ');
}
