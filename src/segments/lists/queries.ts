/** Reads of lists and their members. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import type { RowOf } from '#platform/database/rows.ts';

import { wholeCustomer } from '../queries.ts';
import { customerLists } from '../tables.ts';
import { ListKeyTakenError } from './errors.ts';

export type ListRow = RowOf<typeof customerLists>;

export const listResource = namedResource(customerLists, {
  noun: 'list',
  name: 'lists',
  keyTaken: (key) => new ListKeyTakenError(key),
});

/** A customer on a list. */
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

/** Number of members of each of these lists; empty ones are missing. */
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
