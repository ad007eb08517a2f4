/** Activity of customers: one statement for all customers of a page, cached for the request. */
import { loadMany, loadOne } from '#platform/loaders.ts';

import type { EdgeKind } from '../algorithms/social.ts';
import {
  type CustomerHistory,
  SIGNAL_WEIGHTS,
  historyOfCustomer,
  weighSignals,
} from '../histories/customer-history.ts';
import { readClosest, readLines, readSegmentsOf, readWeakSignals } from '../queries.ts';
import { keepClosest, MAX_CONNECTED } from '../training/social-graph.ts';

export const historyByCustomer = loadOne(
  readLines,
  ({ customerId }) => customerId,
  (lines): CustomerHistory => historyOfCustomer(lines),
);

/** Ids of connected customers, closest first, each with its closest connection. */
export const closestByCustomer = loadMany(
  (db, customerIds) => readClosest(db, customerIds, MAX_CONNECTED),
  ({ customerId }) => customerId,
  (rows): ReadonlyMap<string, EdgeKind> => keepClosest(rows),
);

const MAX_SIGNALS = 30;
const SIGNAL_KINDS = Object.keys(SIGNAL_WEIGHTS);

/** Weights by product of what was viewed or put into the cart; for customers without a purchase. */
export const signalsByCustomer = loadMany(
  (db, customerIds) => readWeakSignals(db, customerIds, SIGNAL_KINDS, MAX_SIGNALS),
  ({ customerId }) => customerId,
  (rows): ReadonlyMap<string, number> => weighSignals(rows),
);

/** Names of the segments that they are in; for customers without a purchase. */
export const segmentsByCustomer = loadMany(
  readSegmentsOf,
  ({ customerId }) => customerId,
  (rows): readonly string[] => rows.map(({ segment }) => segment),
);
