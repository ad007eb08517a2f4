/** Keyed, batched reads of the history of memberships. */
import type { Page } from '#graphql/connections.ts';
import { loadCount, loadCountWith, loadPage } from '#platform/loaders.ts';
import { perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type GrowthRow, type GrowthSpan, readGrowth } from './growth.ts';
import { countMembersAt, countIntervals, readMembersAt, readIntervals } from './queries.ts';

export const intervalsByCustomer = loadPage(readIntervals, ({ customerId }) => customerId);
export const intervalCountByCustomer = loadCount(countIntervals, ({ customerId }) => customerId);

interface PastPage {
  readonly atMs: number;
  readonly page: Page;
}

export const membersAtBySegment = loadPage(
  (db, segmentIds, { atMs, page }: PastPage) => readMembersAt(db, segmentIds, new Date(atMs), page),
  ({ segmentId }) => segmentId,
);

export const sizeAtBySegment = loadCountWith(
  (db, segmentIds, atMs: number) => countMembersAt(db, segmentIds, new Date(atMs)),
  ({ segmentId }) => segmentId,
);

export const growthBySegment = perRequestWith<GrowthSpan, DataLoader<string, readonly GrowthRow[]>>(
  ({ db }, span) => new DataLoader((segmentIds) => readGrowth(db, segmentIds, span)),
);
