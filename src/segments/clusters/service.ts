/** Writes and rules for cluster sets: what is asked for. Computes nothing; see compute.ts. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readRuleToStore } from '../vocabulary/group-keys.ts';
import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import { readActiveSegments } from '../membership/active-segments.ts';
import { checkKey, checkTexts } from '../names.ts';
import { ClusterSetInUseError, ClusterSetKeyTakenError } from './errors.ts';
import { readTraits } from './people-traits.ts';
import { clusterSetColumns, type ClusterSetRow } from './queries.ts';
import { checkSettings, clusterDefaults, type ClusterSettings } from './settings.ts';

/** What is left out, or null, keeps its default; in an update its value. */
export type ClusterSettingsInput = {
  readonly [Name in keyof ClusterSettings]?: ClusterSettings[Name] | null | undefined;
};

export interface CreateClusterSetInput extends ClusterSettingsInput {
  readonly key: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly traits: readonly string[];
}

export interface UpdateClusterSetInput extends ClusterSettingsInput {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/**
 * Saves a cluster set, to be computed.
 * @throws {InvalidInputError} key, name or settings cannot be used
 * @throws {SegmentRuleError} the filter cannot be used
 * @throws {ClusterSetKeyTakenError}
 */
export async function createClusterSet(app: App, input: CreateClusterSetInput): Promise<ClusterSetRow> {
  const { key, name, description, ...given } = input;
  checkKey(key);
  checkTexts(input);
  const settings = mergeSettings({ ...clusterDefaults, traits: input.traits }, given);
  const checked = await checkAll(app.db, settings);
  const now = app.clock();
  const [row] = await app.db.query<ClusterSetRow>(
    `/* clusters.create */
    insert into cluster_sets (id, key, name, description, settings, version, status, created_at, updated_at)
    values ($1, $2, $3, $4, $5::jsonb, 1, 'waiting', $6::timestamptz, $6::timestamptz)
    on conflict (key) do nothing
    returning ${clusterSetColumns}`,
    [createId(now.getTime()), key, name, description ?? null, JSON.stringify(checked), now],
  );
  if (row === undefined) throw new ClusterSetKeyTakenError(key);
  return row;
}

/**
 * Changes what is given, and lets the set be computed anew: with no change of settings that alone.
 * @throws {NotFoundError} there is no such set, or it is archived
 * @throws {InvalidInputError} name or settings cannot be used
 * @throws {SegmentRuleError} the filter cannot be used
 */
export async function updateClusterSet(
  app: App,
  id: string,
  input: UpdateClusterSetInput,
): Promise<ClusterSetRow> {
  const { name, description, ...given } = input;
  checkTexts(input);
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    const current = await lockClusterSet(transaction, id);
    const settings = mergeSettings(current.settings, given);
    const checked = await checkAll(transaction, settings);
    const [row] = await transaction.query<ClusterSetRow>(
      `/* clusters.update */
      update cluster_sets set
        name = coalesce($2::text, name),
        description = case when $3 then $4::text else description end,
        settings = $5::jsonb, version = version + 1, status = 'waiting', updated_at = $6::timestamptz
      where id = $1
      returning ${clusterSetColumns}`,
      [id, name ?? null, description !== undefined, description ?? null, JSON.stringify(checked), now],
    );
    return row!;
  });
}

/**
 * Ends a set: nobody is in its clusters, and it is in no list; its key stays taken.
 * @throws {NotFoundError} there is no such set, or it is archived already
 * @throws {ClusterSetInUseError} rules of segments name its clusters
 */
export async function archiveClusterSet(app: App, id: string): Promise<ClusterSetRow> {
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    const { key } = await lockClusterSet(transaction, id);
    const users = await readUsers(transaction, key);
    if (users.length > 0) throw new ClusterSetInUseError(key, users);
    await transaction.query(
      '/* clusters.forgetMembers */ delete from cluster_members where cluster_set_id = $1',
      [id],
    );
    await transaction.query('/* clusters.forget */ delete from clusters where cluster_set_id = $1', [id]);
    const [row] = await transaction.query<ClusterSetRow>(
      `/* clusters.archive */
      update cluster_sets set archived_at = $2::timestamptz, updated_at = $2::timestamptz
      where id = $1 returning ${clusterSetColumns}`,
      [id, now],
    );
    return row!;
  });
}

/** Lets every live set be computed anew. */
export async function renewClusterSets(app: App): Promise<void> {
  await app.db.query(
    "/* clusters.renew */ update cluster_sets set status = 'waiting' where archived_at is null",
  );
}

/** Whoever computes or changes the set meanwhile waits. */
async function lockClusterSet(transaction: Database, id: string): Promise<ClusterSetRow> {
  const [row] = await transaction.query<ClusterSetRow>(
    `/* clusters.lock */ select ${clusterSetColumns} from cluster_sets where id = $1 and archived_at is null for update`,
    [id],
  );
  if (row === undefined) throw new NotFoundError(`There is no live cluster set with the id ${id}.`);
  return row;
}

function mergeSettings(current: ClusterSettings, given: ClusterSettingsInput): ClusterSettings {
  const said = Object.entries(given).filter(([, value]) => value != null);
  // Only these two have a null of their own, which says to choose, or to count to the present.
  const { count = current.count, asOfOn = current.asOfOn } = given;
  return { ...current, ...Object.fromEntries(said), count, asOfOn };
}

/** @returns the settings to store */
async function checkAll(db: Database, settings: ClusterSettings): Promise<ClusterSettings> {
  checkSettings(settings);
  const traits = await readTraits(db, settings.traits);
  const { text: filter, rule } = await readRuleToStore(db, settings.filter);
  // A set made of its own clusters would be found from what it finds.
  if (dependenciesOf(rule).groups.some(({ group }) => group === 'cluster')) {
    throw new InvalidInputError('filter', 'expected a rule that names no cluster');
  }
  return { ...settings, traits: traits.map(({ name }) => name), filter };
}

/** Keys of live segments whose rules name a cluster of the set. */
async function readUsers(db: Database, key: string): Promise<string[]> {
  const live = await readActiveSegments(db);
  return live
    .filter(({ rule }) =>
      dependenciesOf(rule).groups.some(
        (named) => named.group === 'cluster' && named.key.startsWith(`${key}/`),
      ),
    )
    .map((segment) => segment.key);
}
