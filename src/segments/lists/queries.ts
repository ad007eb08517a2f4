/** Reads of lists and who is on them. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { wholeCustomer } from '../queries.ts';

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

export const listsByKey = keyset<ListRow>('lists.key', [['list.key', 'text', ({ key }) => key]], {
  firstParameter: 1,
});

const listPage = listsByKey.texts(
  ({ where, orderBy, limit }) => `/* lists.page */
  select ${listColumns} from customer_lists list
  where list.archived_at is null and ${where} order by ${orderBy} limit ${limit}`,
);

/** Active lists by key. */
export function readListPage(db: Database, page: Page): Promise<ListRow[]> {
  return db.query<ListRow>(listPage(page), listsByKey.bind(page));
}

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

export const listMembersByEntry = keyset<ListMemberRow>(
  'list.added',
  [
    ['entry.added_at', 'instant', ({ addedAt }) => addedAt],
    ['entry.customer_id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const memberPage = listMembersByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* lists.members */
  select list.id as "listId", found.*
  from customer_lists list
  cross join lateral (
    select entry.added_at as "addedAt", ${wholeCustomer}
    from customer_list_members entry
    join customers c on c.id = entry.customer_id and c.merged_into_id is null and c.erased_at is null
    where entry.list_id = list.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where list.id = any($1::uuid[])
  order by list.id, found."addedAt" ${direction}, found.id ${direction}`,
);

/** Members of each of these lists, last added first, one page for each list. */
export function readListMembers(
  db: Database,
  listIds: readonly string[],
  page: Page,
): Promise<ListMemberRow[]> {
  return db.query<ListMemberRow>(memberPage(page), [listIds, ...listMembersByEntry.bind(page)]);
}

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
