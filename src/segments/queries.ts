/** Reads of segments and their members. Writes nothing, knows no rule. */
import { customerColumns, type CustomerRow, selectCustomers } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

export interface SegmentRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly isTimeDriven: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly evaluatedAt: Date | null;
  readonly archivedAt: Date | null;
}

const SEGMENT_COLUMNS = {
  id: 'id',
  key: 'key',
  name: 'name',
  description: 'description',
  rule: 'rule',
  ruleVersion: 'rule_version',
  isTimeDriven: 'is_time_driven',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  evaluatedAt: 'evaluated_at',
  archivedAt: 'archived_at',
} as const satisfies Record<keyof SegmentRow, string>;

export type SegmentColumn = keyof typeof SEGMENT_COLUMNS;
export const everySegmentColumn = Object.keys(SEGMENT_COLUMNS) as readonly SegmentColumn[];

function selectSegments(columns: readonly SegmentColumn[]): string {
  return columns.map((column) => `segments.${SEGMENT_COLUMNS[column]} as "${column}"`).join(', ');
}

/** The select list of a whole `SegmentRow`. */
export const segmentColumns = selectSegments(everySegmentColumn);

const segmentsById = `/* segments.byId */
  select ${segmentColumns} from segments where id = any($1::uuid[])`;

export function readSegments(db: Database, ids: readonly string[]): Promise<SegmentRow[]> {
  return db.lookUp<SegmentRow>(segmentsById, [ids]);
}

const segmentByKey = `/* segments.byKey */
  select ${segmentColumns} from segments where key = $1`;

export async function findSegmentByKey(db: Database, key: string): Promise<SegmentRow | null> {
  const [row] = await db.query<SegmentRow>(segmentByKey, [key]);
  return row ?? null;
}

export const segmentsByKey = keyset<SegmentRow>('segments.key', [['key', 'text', ({ key }) => key]], {
  firstParameter: 1,
});

const segmentPage = segmentsByKey.texts(
  ({ where, orderBy, limit }) => `/* segments.page */
  select ${segmentColumns} from segments
  where archived_at is null and ${where} order by ${orderBy} limit ${limit}`,
);

/** Active segments by key. */
export function readSegmentPage(db: Database, page: Page): Promise<SegmentRow[]> {
  return db.query<SegmentRow>(segmentPage(page), segmentsByKey.bind(page));
}

export async function countSegments(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    '/* segments.count */ select count(*) as count from segments where archived_at is null',
  );
  return row!.count;
}

/** A segment that a person is in. */
export interface CustomerSegmentRow extends SegmentRow {
  readonly customerId: string;
  readonly segmentId: string;
  readonly enteredAt: Date;
}

export interface CustomerSegmentPage {
  readonly page: Page;
  /** With the id. */
  readonly columns: readonly SegmentColumn[];
}

export const membershipsByEntry = keyset<CustomerSegmentRow>(
  'memberships.entered',
  [
    ['membership.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['membership.segment_id', 'id', ({ segmentId }) => segmentId],
  ],
  { isDescending: true },
);

/**
 * The live segments of each of these people, last entered first, one page for each person. Of the segment, rows hold
 * the columns asked for alone.
 */
export function readSegmentsOfCustomers(
  db: Database,
  customerIds: readonly string[],
  { page, columns }: CustomerSegmentPage,
): Promise<CustomerSegmentRow[]> {
  const { where, orderBy, direction, limit } = membershipsByEntry.textOf(page);
  return db.lookUp<CustomerSegmentRow>(
    `/* segments.ofCustomers */
  select c.id as "customerId", found.*, found.id as "segmentId"
  from customers c
  cross join lateral (
    select membership.entered_at as "enteredAt", ${selectSegments(columns)}
    from segment_memberships membership
    join segments on segments.id = membership.segment_id and segments.archived_at is null
    where membership.customer_id = c.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where c.id = any($1::uuid[])
  order by c.id, found."enteredAt" ${direction}, found.id ${direction}`,
    [customerIds, ...membershipsByEntry.bind(page)],
  );
}

/** How many live segments each of these people is in; those in none are left out. */
export function countSegmentsOfCustomers(
  db: Database,
  customerIds: readonly string[],
): Promise<{ customerId: string; count: number }[]> {
  return db.lookUp(
    `/* segments.countOfCustomers */
    select membership.customer_id as "customerId", count(*) as count
    from segment_memberships membership
    join segments on segments.id = membership.segment_id and segments.archived_at is null
    where membership.customer_id = any($1::uuid[])
    group by membership.customer_id`,
    [customerIds],
  );
}

/** A person in a segment. */
export interface MemberRow extends CustomerRow {
  readonly customerId: string;
  readonly segmentId: string;
  readonly enteredAt: Date;
}

/** The select list of a `CustomerRow`, from `customers c`. */
export const wholeCustomer = selectCustomers('c', customerColumns);

export const membersByEntry = keyset<MemberRow>(
  'segment.entered',
  [
    ['membership.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['membership.customer_id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const memberPage = membersByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.members */
  select segments.id as "segmentId", found.*, found.id as "customerId"
  from segments
  cross join lateral (
    select membership.entered_at as "enteredAt", ${wholeCustomer}
    from segment_memberships membership
    join customers c on c.id = membership.customer_id and c.merged_into_id is null and c.erased_at is null
    where membership.segment_id = segments.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where segments.id = any($1::uuid[])
  order by segments.id, found."enteredAt" ${direction}, found.id ${direction}`,
);

/** Members of each of these segments, last entered first, one page for each segment. */
export function readMembers(db: Database, segmentIds: readonly string[], page: Page): Promise<MemberRow[]> {
  return db.query<MemberRow>(memberPage(page), [segmentIds, ...membersByEntry.bind(page)]);
}

/** How many people are in each of these segments; empty ones are left out. */
export function countMembers(
  db: Database,
  segmentIds: readonly string[],
): Promise<{ segmentId: string; count: number }[]> {
  return db.query(
    `/* segments.sizes */
    select membership.segment_id as "segmentId", count(*) as count
    from segment_memberships membership
    join customers c on c.id = membership.customer_id and c.merged_into_id is null and c.erased_at is null
    where membership.segment_id = any($1::uuid[])
    group by membership.segment_id`,
    [segmentIds],
  );
}
