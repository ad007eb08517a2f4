/** Keyed, batched reads of look-alikes. */
import DataLoader from 'dataloader';

import type { Page } from '#graphql/connections.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';

import { type AlikeRow, countAlike, readAlike, readLookAlikes } from './queries.ts';

export const lookAlikeById = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const byId = new Map((await readLookAlikes(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
);

export const peopleByLookAlike = perRequestWith<Page, DataLoader<string, readonly AlikeRow[]>>(
  ({ db }, page) =>
    new DataLoader(async (ids) => {
      const rows = await readAlike(db, ids, page);
      const byLookAlike = Map.groupBy(rows, ({ lookAlikeId }) => lookAlikeId);
      return ids.map((id) => byLookAlike.get(id) ?? []);
    }),
);

export const peopleCountByLookAlike = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const rows = await countAlike(db, ids);
      const byLookAlike = new Map(rows.map(({ lookAlikeId, count }) => [lookAlikeId, count]));
      return ids.map((id) => byLookAlike.get(id) ?? 0);
    }),
);
