/** Overlap of segments. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

export interface OverlapRow {
  readonly segmentId: string;
  readonly otherId: string;
  /** Customers in both. */
  readonly shared: number;
  readonly size: number;
  readonly otherSize: number;
}

/** Every active segment that shares members with one of these; one statement for all of them. */
export function readOverlaps(db: Database, segmentIds: readonly string[]): Promise<OverlapRow[]> {
  return db.query<OverlapRow>(
    `/* segments.overlaps */
    with members as materialized (
      select membership.segment_id, membership.customer_id
      from segment_memberships membership
      join segments on segments.id = membership.segment_id and segments.archived_at is null
      join customers c on c.id = membership.customer_id and c.merged_into_id is null and c.erased_at is null
    ),
    sizes as (select segment_id, count(*) as size from members group by segment_id),
    shared as (
      select own.segment_id, other.segment_id as other_id, count(*) as shared
      from members own
      join members other on other.customer_id = own.customer_id and other.segment_id <> own.segment_id
      where own.segment_id = any($1::uuid[])
      group by own.segment_id, other.segment_id
    )
    select shared.segment_id as "segmentId", shared.other_id as "otherId", shared.shared,
      own.size, other.size as "otherSize"
    from shared
    join sizes own on own.segment_id = shared.segment_id
    join sizes other on other.segment_id = shared.other_id`,
    [segmentIds],
  );
}

/** Shared members over members of either (Jaccard). */
export function similarity({ shared, size, otherSize }: OverlapRow): number {
  return shared / (size + otherSize - shared);
}
