/** Keyed, batched reads of lists. */
import type { Page } from '#graphql/connections.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { countListMembers, type ListMemberRow, readListMembers, readLists } from './queries.ts';

export const listById = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const rows = new Map((await readLists(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    }),
);

export const membersByList = perRequestWith<Page, DataLoader<string, readonly ListMemberRow[]>>(
  ({ db }, page) =>
    new DataLoader(async (listIds) => {
      const rows = Map.groupBy(await readListMembers(db, listIds, page), ({ listId }) => listId);
      return listIds.map((id) => rows.get(id) ?? []);
    }),
);

export const sizeByList = perRequest(
  ({ db }) =>
    new DataLoader(async (listIds: readonly string[]) => {
      const rows = new Map((await countListMembers(db, listIds)).map(({ listId, count }) => [listId, count]));
      return listIds.map((id) => rows.get(id) ?? 0);
    }),
);
