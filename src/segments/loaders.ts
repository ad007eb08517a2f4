/** Keyed, batched reads of segments and memberships. */
import DataLoader from 'dataloader';

import type { Page } from '#graphql/connections.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';

import { readActiveSegments } from './membership/active-segments.ts';
import {
  countMembers,
  countSegmentsOfCustomers,
  type CustomerSegmentPage,
  type CustomerSegmentRow,
  type MemberRow,
  readMembers,
  readSegments,
  readSegmentsOfCustomers,
} from './queries.ts';
import { readReasons, type ReasonsKey, type ReasonRow } from './membership/reasons.ts';

export const segmentById = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => {
      const byId = new Map((await readSegments(db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
);

export const segmentsByCustomer = perRequestWith<
  CustomerSegmentPage,
  DataLoader<string, readonly CustomerSegmentRow[]>
>(
  ({ db }, page) =>
    new DataLoader(async (customerIds) => {
      const rows = await readSegmentsOfCustomers(db, customerIds, page);
      const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
      return customerIds.map((id) => byCustomer.get(id) ?? []);
    }),
);

export const segmentCountByCustomer = perRequest(
  ({ db }) =>
    new DataLoader(async (customerIds: readonly string[]) => {
      const rows = await countSegmentsOfCustomers(db, customerIds);
      const byCustomer = new Map(rows.map(({ customerId, count }) => [customerId, count]));
      return customerIds.map((id) => byCustomer.get(id) ?? 0);
    }),
);

export const membersBySegment = perRequestWith<Page, DataLoader<string, readonly MemberRow[]>>(
  ({ db }, page) =>
    new DataLoader(async (segmentIds) => {
      const rows = await readMembers(db, segmentIds, page);
      const bySegment = Map.groupBy(rows, ({ segmentId }) => segmentId);
      return segmentIds.map((id) => bySegment.get(id) ?? []);
    }),
);

export const sizeBySegment = perRequest(
  ({ db }) =>
    new DataLoader(async (segmentIds: readonly string[]) => {
      const rows = await countMembers(db, segmentIds);
      const bySegment = new Map(rows.map(({ segmentId, count }) => [segmentId, count]));
      return segmentIds.map((id) => bySegment.get(id) ?? 0);
    }),
);

/** Why a person is in a segment or not, by the facts and the rule of now. */
export const reasonsByMembership = perRequest(
  ({ db, now }) =>
    new DataLoader<ReasonsKey, readonly ReasonRow[], string>(
      async (keys) => readReasons(db, await readActiveSegments(db), keys, now),
      { cacheKeyFn: ({ customerId, segmentId }) => `${customerId} ${segmentId}` },
    ),
);
