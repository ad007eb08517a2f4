/** Reads of look-alikes and of who is alike. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

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

export const lookAlikesByKey = keyset<LookAlikeRow>('lookAlikes.key', [['key', 'text', ({ key }) => key]], {
  firstParameter: 1,
});

const lookAlikePage = lookAlikesByKey.texts(
  ({ where, orderBy, limit }) => `/* lookAlikes.page */
  select ${lookAlikeColumns} from look_alikes
  where archived_at is null and ${where} order by ${orderBy} limit ${limit}`,
);

/** Active look-alikes by key. */
export function readLookAlikePage(db: Database, page: Page): Promise<LookAlikeRow[]> {
  return db.query(lookAlikePage(page), lookAlikesByKey.bind(page));
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

export const alikeByShare = keyset<AlikeRow>('lookAlike.share', [
  ['alike.share', 'number', ({ share }) => share],
  ['alike.customer_id', 'id', ({ id }) => id],
]);

const peoplePage = alikeByShare.texts(
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

/** The most alike first, one page for each. */
export function readAlike(db: Database, ids: readonly string[], page: Page): Promise<AlikeRow[]> {
  return db.query(peoplePage(page), [ids, ...alikeByShare.bind(page)]);
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
