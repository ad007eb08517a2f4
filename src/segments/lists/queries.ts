/** Reads of lists and who is on them. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import type { Database } from '#platform/database/database.ts';

import { pageDirection, placesOf, wholeCustomer } from '../queries.ts';

export interface ListRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

export const listColumns = `list.id, list.key, list.name, list.description, list.created_at as "createdAt",
    list.updated_at as "updatedAt", list.archived_at as "archivedAt"`;

export function readLists(db: Database, ids: readonly string[]): Promise<ListRow[]> {
  return db.lookUp<ListRow>(
    `/* lists.byId */ select ${listColumns} from customer_lists list where list.id = any($1::uuid[])`,
    [ids],
  );
}

export async function findListByKey(db: Database, key: string): Promise<ListRow | null> {
  const [row] = await db.query<ListRow>(
    `/* lists.byKey */ select ${listColumns} from customer_lists list where list.key = $1`,
    [key],
  );
  return row ?? null;
}

/** Live lists by key. */
export function readListPage(db: Database, page: Page): Promise<ListRow[]> {
  const [after, before] = [page.after, page.before].map((values) =>
    values === null ? null : String(values[0]),
  );
  return db.query<ListRow>(listPages[pageDirection(page)], [after, before, page.limit]);
}

const listPage = (order: 'asc' | 'desc') => `/* lists.page */
  select ${listColumns} from customer_lists list
  where list.archived_at is null and ($1::text is null or list.key > $1) and ($2::text is null or list.key < $2)
  order by list.key ${order} limit $3`;
const listPages = { forward: listPage('asc'), backward: listPage('desc') };

export async function countLists(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    '/* lists.count */ select count(*) as count from customer_lists where archived_at is null',
  );
  return row!.count;
}

/** A person on a list. */
export interface ListMemberRow extends CustomerRow {
  readonly listId: string;
  readonly addedAt: Date;
}

/** Members of each of these lists, last added first, one page for each list. */
export function readListMembers(
  db: Database,
  listIds: readonly string[],
  page: Page,
): Promise<ListMemberRow[]> {
  return db.query<ListMemberRow>(memberPages[pageDirection(page)], [listIds, ...placesOf(page), page.limit]);
}

const memberPage = (order: 'asc' | 'desc') => `/* lists.members */
  select list.id as "listId", found.*
  from customer_lists list
  cross join lateral (
    select entry.added_at as "addedAt", ${wholeCustomer}
    from customer_list_members entry
    join customers c on c.id = entry.customer_id and c.merged_into_id is null and c.erased_at is null
    where entry.list_id = list.id
      and ($2::timestamptz is null or (entry.added_at, entry.customer_id) < ($2::timestamptz, $3::uuid))
      and ($4::timestamptz is null or (entry.added_at, entry.customer_id) > ($4::timestamptz, $5::uuid))
    order by entry.added_at ${order}, entry.customer_id ${order}
    limit $6
  ) found
  where list.id = any($1::uuid[])
  order by list.id, found."addedAt" ${order}, found.id ${order}`;
const memberPages = { forward: memberPage('desc'), backward: memberPage('asc') };

/** How many people are on each of these lists; empty ones are left out. */
export function countListMembers(
  db: Database,
  listIds: readonly string[],
): Promise<{ listId: string; count: number }[]> {
  return db.query(
    `/* lists.sizes */
    select entry.list_id as "listId", count(*) as count
    from customer_list_members entry
    join customers c on c.id = entry.customer_id and c.merged_into_id is null and c.erased_at is null
    where entry.list_id = any($1::uuid[])
    group by entry.list_id`,
    [listIds],
  );
}
