/** Keyed, batched figures about segments. */
import { loadMany } from '#platform/loaders.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { type Distribution, type DistributionQuestion, readDistributions } from './distribution.ts';
import { findTrait } from './trait-sql.ts';
import { type OverlapRow, readOverlaps, similarity } from './overlap.ts';

/** Most similar first. */
export const overlapsBySegment = loadMany(
  readOverlaps,
  ({ segmentId }) => segmentId,
  (rows): readonly OverlapRow[] => rows.toSorted(bySimilarity),
);

function bySimilarity(left: OverlapRow, right: OverlapRow): number {
  return similarity(right) - similarity(left) || (left.otherId < right.otherId ? -1 : 1);
}

export const distributionBySegment = perRequestWith<DistributionQuestion, DataLoader<string, Distribution>>(
  ({ db, now }, question) => new DataLoader((segmentIds) => readDistributions(db, segmentIds, question, now)),
);

/** The attribute that a caller named: read once for all segments of a page. */
export const traitByName = perRequest(
  ({ db }) =>
    new DataLoader((names: readonly string[]) => Promise.all(names.map((name) => findTrait(db, name)))),
);
