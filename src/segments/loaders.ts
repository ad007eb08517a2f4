/** Keyed, batched reads of segments and memberships. */
import DataLoader from 'dataloader';

import { loadCount, loadOne, loadPage } from '#platform/loaders.ts';
import { perRequest } from '#platform/request.ts';

import { readActiveSegments } from './membership/active-segments.ts';
import { readReasons, type ReasonsKey, type ReasonRow } from './membership/reasons.ts';
import {
  countMembers,
  countSegmentsOfCustomers,
  readMembers,
  segmentResource,
  readSegmentsOfCustomers,
} from './queries.ts';

export const segmentById = loadOne(segmentResource.byIds, ({ id }) => id);
export const segmentsByCustomer = loadPage(readSegmentsOfCustomers, ({ customerId }) => customerId);
export const segmentCountByCustomer = loadCount(countSegmentsOfCustomers, ({ customerId }) => customerId);
export const membersBySegment = loadPage(readMembers, ({ segmentId }) => segmentId);
export const sizeBySegment = loadCount(countMembers, ({ segmentId }) => segmentId);

/** Why a customer is in a segment or not, by current facts and the current rule. */
export const reasonsByMembership = perRequest(
  ({ db, now }) =>
    new DataLoader<ReasonsKey, readonly ReasonRow[], string>(
      async (keys) => readReasons(db, await readActiveSegments(db), keys, now),
      { cacheKeyFn: ({ customerId, segmentId }) => `${customerId} ${segmentId}` },
    ),
);
