/** Writes and rules for cluster sets. See compute.ts for the computation. */
import { eq } from 'drizzle-orm';

import { checkKey, checkTexts } from '#named-resources/names.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readRuleToStore } from '../vocabulary/group-keys.ts';
import { dependenciesOf } from '#rule-language/check/dependencies.ts';
import { assertUnused, lockRules } from '../lock-rules.ts';
import { ClusterSetInUseError } from './errors.ts';
import { readTraits } from './people-traits.ts';
import { clusterSetResource, type ClusterSetRow } from './queries.ts';
import { checkSettings, clusterDefaults, type ClusterSettings } from './settings.ts';
import { clusterMembers, clusters } from './tables.ts';

/** A field that is missing or null keeps its default; in an update its value. */
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
 * @throws {InvalidInputError} key, name or settings are invalid
 * @throws {SegmentRuleError} the filter is invalid
 * @throws {ClusterSetKeyTakenError}
 */
export async function createClusterSet(app: App, input: CreateClusterSetInput): Promise<ClusterSetRow> {
  const { key, name, description, ...given } = input;
  checkKey(key);
  checkTexts(input);
  const settings = mergeSettings({ ...clusterDefaults, traits: input.traits }, given);
  const checked = await checkAll(app.db, settings);
  const now = app.clock();
  return clusterSetResource.insert(app.db, {
    id: createId(now.getTime()),
    key,
    name,
    description: description ?? null,
    settings: checked,
    version: 1,
    status: 'waiting',
    createdAt: now,
    updatedAt: now,
  });
}

/**
 * Saves a copy of a cluster set with its settings and description, to be computed.
 * @throws {NotFoundError} there is no such set; else as `createClusterSet`
 */
export async function duplicateClusterSet(
  app: App,
  id: string,
  { key, name }: Pick<CreateClusterSetInput, 'key'> & { readonly name?: string | null | undefined },
): Promise<ClusterSetRow> {
  const [original] = await clusterSetResource.byIds(app.db, [id]);
  if (original === undefined) throw new NotFoundError(`There is no cluster set with the id ${id}.`);
  const { description, settings } = original;
  return createClusterSet(app, { ...settings, key, name: name ?? original.name, description });
}

/**
 * Changes the given fields and enqueues a new computation, even without a change.
 * @throws {NotFoundError} there is no such set, or it is archived
 * @throws {InvalidInputError} name or settings are invalid
 * @throws {SegmentRuleError} the filter is invalid
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
    const current = await clusterSetResource.lock(transaction, id);
    const settings = mergeSettings(current.settings, given);
    const checked = await checkAll(transaction, settings);
    return clusterSetResource.update(transaction, id, {
      name: name ?? undefined,
      description,
      settings: checked,
      version: current.version + 1,
      status: 'waiting',
      updatedAt: now,
    });
  });
}

/**
 * Archives a set: its clusters and their memberships are removed; its key stays taken. Idempotent.
 * @throws {NotFoundError} there is no such set
 * @throws {ClusterSetInUseError} rules of segments name its clusters
 */
export async function archiveClusterSet(app: App, id: string): Promise<ClusterSetRow> {
  return app.db.transaction(async (transaction) => {
    await lockRules(transaction);
    return clusterSetResource.archive(transaction, id, app.clock(), async ({ key }) => {
      await assertUnused(transaction, key, ClusterSetInUseError, 'cluster', (named) =>
        named.startsWith(`${key}/`),
      );
      await transaction.orm.delete(clusterMembers).where(eq(clusterMembers.clusterSetId, id));
      await transaction.orm.delete(clusters).where(eq(clusters.clusterSetId, id));
    });
  });
}

function mergeSettings(current: ClusterSettings, given: ClusterSettingsInput): ClusterSettings {
  const said = Object.entries(given).filter(([, value]) => value != null);
  // Only these two accept null: choose the number, or count to the present.
  const { count = current.count, asOfOn = current.asOfOn } = given;
  return { ...current, ...Object.fromEntries(said), count, asOfOn };
}

/** @returns the settings to store */
async function checkAll(db: Database, settings: ClusterSettings): Promise<ClusterSettings> {
  checkSettings(settings);
  const traits = await readTraits(db, settings.traits);
  const { text: filter, rule } = await readRuleToStore(db, settings.filter);
  // A filter that references clusters would make the set depend on its own output.
  if (dependenciesOf(rule).groups.some(({ group }) => group === 'cluster')) {
    throw new InvalidInputError('filter', 'expected a rule that names no cluster');
  }
  return { ...settings, traits: traits.map(({ name }) => name), filter };
}
