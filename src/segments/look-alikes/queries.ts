/** Reads of look-alikes and their customers. Writes nothing. */
import { and, eq, isNull, sql } from 'drizzle-orm';

import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import { prepareStatement } from '#platform/database/orm.ts';
import type { RowOf } from '#platform/database/rows.ts';

import { wholeCustomer } from '../queries.ts';
import { LookAlikeKeyTakenError } from './errors.ts';
import { segmentMemberships, segments } from '../tables.ts';
import { lookAlikes } from './tables.ts';

export type LookAlikeRow = RowOf<typeof lookAlikes>;

export const lookAlikeResource = namedResource(lookAlikes, {
  noun: 'look-alike',
  name: 'lookAlikes',
  keyTaken: (key) => new LookAlikeKeyTakenError(key),
});

/** A similar customer. */
export interface AlikeRow extends CustomerRow {
  readonly lookAlikeId: string;
  readonly score: number;
  readonly share: number;
}

export const alikeByShare = keyset<AlikeRow>('lookAlike.share', [
  ['alike.share', 'number', ({ share }) => share],
  ['alike.customer_id', 'id', ({ id }) => id],
]);

const alikePage = alikeByShare.texts(
  ({ where, orderBy, direction, limit }) => `/* lookAlikes.people */
  select look_alikes.id as "lookAlikeId", found.*
  from look_alikes
  cross join lateral (
    select alike.score, alike.share, ${wholeCustomer}
    from look_alike_scores alike
    join customers c on c.id = alike.customer_id and c.merged_into_id is null and c.erased_at is null
    where alike.look_alike_id = look_alikes.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where look_alikes.id = any($1::uuid[])
  order by look_alikes.id, found.share ${direction}, found.id ${direction}`,
);

/** The most similar first, one page for each. */
export function readAlike(db: Database, ids: readonly string[], page: Page): Promise<AlikeRow[]> {
  return db.query(alikePage(page), [ids, ...alikeByShare.bind(page)]);
}

/** Number of stored customers of each; look-alikes without any are missing. */
export function countAlike(
  db: Database,
  ids: readonly string[],
): Promise<{ lookAlikeId: string; count: number }[]> {
  return db.query(
    `/* lookAlikes.countPeople */
    select alike.look_alike_id as "lookAlikeId", count(*) as count
    from look_alike_scores alike
    join customers c on c.id = alike.customer_id and c.merged_into_id is null and c.erased_at is null
    where alike.look_alike_id = any($1::uuid[])
    group by alike.look_alike_id`,
    [ids],
  );
}

/** The segment of the seeds; none where it is archived. */
export const readSeedSegment = prepareStatement('lookAlikes.seedSegment', (orm) =>
  orm
    .select({ id: segments.id, key: segments.key })
    .from(segments)
    .where(and(eq(segments.id, sql.placeholder('id')), isNull(segments.archivedAt))),
);

export const readSeedIds = prepareStatement('lookAlikes.seeds', (orm) =>
  orm
    .select({ id: segmentMemberships.customerId })
    .from(segmentMemberships)
    .where(eq(segmentMemberships.segmentId, sql.placeholder('segmentId'))),
);
