/** Keyed, batched reads of the history of memberships. */
import type { Page } from '#graphql/connections.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type GrowthRow, type GrowthSpan, readGrowth } from './growth.ts';
import {
  countMembersAt,
  countStays,
  type PastMemberRow,
  readMembersAt,
  readStays,
  type StayRow,
} from './queries.ts';

export const staysByCustomer = perRequestWith<Page, DataLoader<string, readonly StayRow[]>>(
  ({ db }, page) =>
    new DataLoader(async (customerIds) => {
      const rows = Map.groupBy(await readStays(db, customerIds, page), ({ customerId }) => customerId);
      return customerIds.map((id) => rows.get(id) ?? []);
    }),
);

export const stayCountByCustomer = perRequest(
  ({ db }) =>
    new DataLoader(async (customerIds: readonly string[]) => {
      const rows = new Map((await countStays(db, customerIds)).map((row) => [row.customerId, row.count]));
      return customerIds.map((id) => rows.get(id) ?? 0);
    }),
);

interface PastPage {
  readonly atMs: number;
  readonly page: Page;
}

export const membersAtBySegment = perRequestWith<PastPage, DataLoader<string, readonly PastMemberRow[]>>(
  ({ db }, { atMs, page }) =>
    new DataLoader(async (segmentIds) => {
      const found = await readMembersAt(db, segmentIds, new Date(atMs), page);
      const rows = Map.groupBy(found, ({ segmentId }) => segmentId);
      return segmentIds.map((id) => rows.get(id) ?? []);
    }),
);

export const sizeAtBySegment = perRequestWith<number, DataLoader<string, number>>(
  ({ db }, atMs) =>
    new DataLoader(async (segmentIds) => {
      const found = await countMembersAt(db, segmentIds, new Date(atMs));
      const rows = new Map(found.map(({ segmentId, count }) => [segmentId, count]));
      return segmentIds.map((id) => rows.get(id) ?? 0);
    }),
);

export const growthBySegment = perRequestWith<GrowthSpan, DataLoader<string, readonly GrowthRow[]>>(
  ({ db }, span) => new DataLoader((segmentIds) => readGrowth(db, segmentIds, span)),
);
