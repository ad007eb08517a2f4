/** Reads of look-alikes and of who is alike. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import type { Database } from '#platform/database/database.ts';

import { placesOf } from '../queries.ts';
import { wholeCustomer } from '../queries.ts';
import type { LookAlikeReport, LookAlikeSettings } from './settings.ts';

export interface LookAlikeRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly seedSegmentId: string;
  readonly settings: LookAlikeSettings;
  readonly version: number;
  readonly status: 'waiting' | 'ready' | 'failed';
  readonly failure: string | null;
  readonly report: LookAlikeReport | null;
  readonly computedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

export const lookAlikeColumns = `look_alikes.id, look_alikes.key, look_alikes.name, look_alikes.description,
    look_alikes.seed_segment_id as "seedSegmentId", look_alikes.settings, look_alikes.version, look_alikes.status,
    look_alikes.failure, look_alikes.report, look_alikes.computed_at as "computedAt",
    look_alikes.created_at as "createdAt", look_alikes.updated_at as "updatedAt", look_alikes.archived_at as "archivedAt"`;

export function readLookAlikes(db: Database, ids: readonly string[]): Promise<LookAlikeRow[]> {
  return db.lookUp(
    `/* lookAlikes.byId */ select ${lookAlikeColumns} from look_alikes where id = any($1::uuid[])`,
    [ids],
  );
}

export async function findLookAlikeByKey(db: Database, key: string): Promise<LookAlikeRow | null> {
  const [row] = await db.query<LookAlikeRow>(
    `/* lookAlikes.byKey */ select ${lookAlikeColumns} from look_alikes where key = $1`,
    [key],
  );
  return row ?? null;
}

const lookAlikePage = (direction: 'asc' | 'desc') => `/* lookAlikes.page */
  select ${lookAlikeColumns} from look_alikes
  where archived_at is null and ($1::text is null or key > $1) and ($2::text is null or key < $2)
  order by key ${direction} limit $3`;
const lookAlikePages = { forward: lookAlikePage('asc'), backward: lookAlikePage('desc') };

/** Live ones by key. */
export function readLookAlikePage(db: Database, page: Page): Promise<LookAlikeRow[]> {
  const [after, before] = [page.after, page.before].map((values) =>
    values === null ? null : String(values[0]),
  );
  return db.query(lookAlikePages[page.isBackward ? 'backward' : 'forward'], [after, before, page.limit]);
}

export async function countLookAlikes(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    '/* lookAlikes.count */ select count(*) as count from look_alikes where archived_at is null',
  );
  return row!.count;
}

/** Somebody who is alike. */
export interface AlikeRow extends CustomerRow {
  readonly lookAlikeId: string;
  readonly score: number;
  readonly share: number;
}

const peoplePage = (order: 'asc' | 'desc') => `/* lookAlikes.people */
  select look_alikes.id as "lookAlikeId", found.*
  from look_alikes
  cross join lateral (
    select alike.score, alike.share, ${wholeCustomer}
    from look_alike_scores alike
    join customers c on c.id = alike.customer_id and c.merged_into_id is null and c.erased_at is null
    where alike.look_alike_id = look_alikes.id
      and ($2::double precision is null or (alike.share, alike.customer_id) > ($2::double precision, $3::uuid))
      and ($4::double precision is null or (alike.share, alike.customer_id) < ($4::double precision, $5::uuid))
    order by alike.share ${order}, alike.customer_id ${order}
    limit $6
  ) found
  where look_alikes.id = any($1::uuid[])
  order by look_alikes.id, found.share ${order}, found.id ${order}`;
const peoplePages = { forward: peoplePage('asc'), backward: peoplePage('desc') };

/** The most alike first, one page for each. */
export function readAlike(db: Database, ids: readonly string[], page: Page): Promise<AlikeRow[]> {
  return db.query(peoplePages[page.isBackward ? 'backward' : 'forward'], [
    ids,
    ...placesOf(page),
    page.limit,
  ]);
}

/** How many people are kept of each; those of none are left out. */
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
