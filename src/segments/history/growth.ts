/** Growth of segments: entries and leavings in each interval of time, and the size at its end. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

export type GrowthInterval = 'hour' | 'day' | 'week' | 'month';

export interface GrowthSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly interval: GrowthInterval;
}

export interface GrowthRow {
  readonly from: Date;
  readonly to: Date;
  readonly entered: number;
  readonly left: number;
  /** At the end of the interval. */
  readonly size: number;
}

export const MAX_GROWTH_ROWS = 400;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/**
 * Bounds of the intervals that cover the span: whole hours, days, weeks from Monday or months in UTC, one more than
 * intervals.
 */
export function growthEdges({ fromMs, toMs, interval }: GrowthSpan): number[] {
  let edge = startOf(fromMs, interval);
  const edges = [edge];
  while (edge < toMs && edges.length <= MAX_GROWTH_ROWS + 1) {
    edge = nextStart(edge, interval);
    edges.push(edge);
  }
  return edges;
}

function startOf(ms: number, interval: GrowthInterval): number {
  if (interval === 'month') {
    const at = new Date(ms);
    return Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
  }
  if (interval === 'week') return ms - mod(ms - FIRST_MONDAY_MS, 7 * DAY_MS);
  return ms - mod(ms, interval === 'hour' ? HOUR_MS : DAY_MS);
}

function nextStart(ms: number, interval: GrowthInterval): number {
  if (interval === 'month') {
    const at = new Date(ms);
    return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
  }
  return ms + { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS }[interval];
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

interface Passages {
  readonly segmentId: string;
  /** Number of the interval, from 1; 0 is all time before the first. */
  readonly stretch: number;
  readonly entered: number;
  readonly left: number;
}

/** By segment, one row for each interval. */
export async function readGrowth(
  db: Database,
  segmentIds: readonly string[],
  span: GrowthSpan,
): Promise<readonly (readonly GrowthRow[])[]> {
  const edges = growthEdges(span).map((ms) => new Date(ms));
  const rows = Map.groupBy(await readPassages(db, segmentIds, edges), ({ segmentId }) => segmentId);
  return segmentIds.map((id) => addUp(edges, rows.get(id) ?? []));
}

/** Overlapping intervals of one customer, which a merge can cause, are one span. */
function readPassages(
  db: Database,
  segmentIds: readonly string[],
  edges: readonly Date[],
): Promise<Passages[]> {
  return db.query<Passages>(
    `/* segments.growth */
    with spans as (
      select segment_id, customer_id, entered_at, left_at,
        max(coalesce(left_at, 'infinity')) over (
          partition by customer_id, segment_id order by entered_at
          rows between unbounded preceding and 1 preceding) as reached_at
      from membership_intervals where segment_id = any($1::uuid[])
    ),
    numbered as (
      select segment_id, customer_id, entered_at, left_at,
        count(*) filter (where reached_at is null or reached_at < entered_at)
          over (partition by customer_id, segment_id order by entered_at) as number
      from spans
    ),
    joined as (
      select segment_id, min(entered_at) as entered_at, nullif(max(coalesce(left_at, 'infinity')), 'infinity') as left_at
      from numbered group by customer_id, segment_id, number
    ),
    passages as (
      select segment_id, entered_at as at, 1 as entered, 0 as "left" from joined
      union all
      select segment_id, left_at, 0, 1 from joined where left_at is not null
    )
    select segment_id as "segmentId", width_bucket(at, $2::timestamptz[]) as stretch,
      sum(entered)::integer as entered, sum("left")::integer as "left"
    from passages
    group by segment_id, width_bucket(at, $2::timestamptz[])`,
    [segmentIds, edges.map((edge) => edge.toISOString())],
  );
}

function addUp(edges: readonly Date[], passages: readonly Passages[]): GrowthRow[] {
  const byStretch = new Map(passages.map((row) => [row.stretch, row]));
  const before = byStretch.get(0);
  let size = (before?.entered ?? 0) - (before?.left ?? 0);
  return edges.slice(1).map((to, index) => {
    const { entered, left } = byStretch.get(index + 1) ?? { entered: 0, left: 0 };
    size += entered - left;
    return { from: edges[index]!, to, entered, left, size };
  });
}
