/** Segments for tests, and their members. */
import { createId } from '#platform/ids.ts';
import { createSegment } from '#segments/service.ts';

import type { TestApp } from '../support/app.ts';

export async function addSegment(app: TestApp, key: string, rule: string): Promise<string> {
  return (await createSegment(app, { key, name: key, rule })).id;
}

export async function memberIds(app: TestApp, segmentId: string): Promise<string[]> {
  const rows = await app.db.query<{ id: string }>(
    'select customer_id as id from segment_memberships where segment_id = $1 order by customer_id',
    [segmentId],
  );
  return rows.map(({ id }) => id);
}

/** For tests that share a database and not its segments. */
export async function forgetSegments(app: TestApp): Promise<void> {
  for (const table of ['membership_reevaluations', 'membership_intervals', 'segment_memberships', 'segments'])
    await app.db.query(`delete from ${table}`);
}

/** A row alone: a segment of everybody, that has as members whom the test puts in. */
export async function insertSegment(app: TestApp, key: string): Promise<string> {
  const id = createId();
  await app.db.query(
    `insert into segments (id, key, name, rule, rule_version, is_time_driven, created_at, updated_at)
    values ($1, $2, $2, 'everyone', 1, false, $3, $3)`,
    [id, key, app.clock()],
  );
  return id;
}
