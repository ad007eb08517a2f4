/** What customers did, by customer: one statement for everybody on a page, for as long as the request lives. */
import { perRequest } from '#platform/request.ts';
import DataLoader from 'dataloader';

import type { EdgeKind } from '../algorithms/social.ts';
import {
  type CustomerHistory,
  SIGNAL_WEIGHTS,
  historyOfCustomer,
  weighSignals,
} from '../histories/customer-history.ts';
import { readClosest, readLines, readSegmentsOf, readWeakSignals } from '../queries.ts';
import { keepClosest, MAX_CONNECTED } from '../training/social-graph.ts';

export const historyByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, CustomerHistory>(async (customerIds) => {
      const rows = await readLines(db, customerIds);
      const byCustomer = new Map(rows.map((lines) => [lines.customerId, lines]));
      return customerIds.map((id) => historyOfCustomer(byCustomer.get(id) ?? null));
    }),
);

/** Ids of the people that customers are connected with, closest first, each with the closest connection. */
export const closestByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, ReadonlyMap<string, EdgeKind>>(async (customerIds) => {
      const rows = await readClosest(db, customerIds, MAX_CONNECTED);
      const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
      return customerIds.map((id) => keepClosest(byCustomer.get(id) ?? []));
    }),
);

const MAX_SIGNALS = 30;

/** Weights by product of what was looked at or put into the cart; for people without a purchase. */
export const signalsByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, ReadonlyMap<string, number>>(async (customerIds) => {
      const kinds = Object.keys(SIGNAL_WEIGHTS);
      const rows = await readWeakSignals(db, customerIds, kinds, MAX_SIGNALS);
      const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
      return customerIds.map((id) => weighSignals(byCustomer.get(id) ?? []));
    }),
);

/** Names of the segments that they are in; for people without a purchase. */
export const segmentsByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, readonly string[]>(async (customerIds) => {
      const rows = await readSegmentsOf(db, customerIds);
      const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
      return customerIds.map((id) => (byCustomer.get(id) ?? []).map(({ segment }) => segment));
    }),
);
