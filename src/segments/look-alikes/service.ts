/** Writes and rules for look-alikes. See compute.ts for the computation. */
import { eq } from 'drizzle-orm';

import { checkKey, checkTexts } from '#named-resources/names.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readTraits } from '../clusters/people-traits.ts';
import { readRuleToStore } from '../vocabulary/group-keys.ts';
import { lookAlikeResource, type LookAlikeRow, readSeedSegment } from './queries.ts';
import { checkSettings, lookAlikeDefaults, type LookAlikeSettings } from './settings.ts';
import { lookAlikeScores } from './tables.ts';

export interface CreateLookAlikeInput {
  readonly key: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly seedSegmentId: string;
  readonly traits: readonly string[];
  readonly filter?: string | null | undefined;
  readonly method?: LookAlikeSettings['method'] | undefined;
  readonly seed?: number | null | undefined;
}

export type UpdateLookAlikeInput = Partial<Omit<CreateLookAlikeInput, 'key' | 'name' | 'traits'>> & {
  readonly name?: string | null | undefined;
  readonly traits?: readonly string[] | null | undefined;
};

/**
 * Saves a look-alike, to be computed.
 * @throws {InvalidInputError} key, name or settings are invalid
 * @throws {SegmentRuleError} the filter is invalid
 * @throws {NotFoundError} there is no such active segment
 * @throws {LookAlikeKeyTakenError}
 */
export async function createLookAlike(app: App, input: CreateLookAlikeInput): Promise<LookAlikeRow> {
  checkKey(input.key);
  checkTexts(input);
  const settings = mergeSettings({ ...lookAlikeDefaults, traits: input.traits }, input);
  const checked = await checkAll(app.db, settings, input.seedSegmentId);
  const now = app.clock();
  return lookAlikeResource.insert(app.db, {
    id: createId(now.getTime()),
    key: input.key,
    name: input.name,
    description: input.description ?? null,
    seedSegmentId: input.seedSegmentId,
    settings: checked,
    version: 1,
    status: 'waiting',
    createdAt: now,
    updatedAt: now,
  });
}

/**
 * Saves a copy of a look-alike with its seeds, settings and description, to be computed.
 * @throws {NotFoundError} there is no such look-alike; else as `createLookAlike`
 */
export async function duplicateLookAlike(
  app: App,
  id: string,
  { key, name }: Pick<CreateLookAlikeInput, 'key'> & { readonly name?: string | null | undefined },
): Promise<LookAlikeRow> {
  const [original] = await lookAlikeResource.byIds(app.db, [id]);
  if (original === undefined) throw new NotFoundError(`There is no look-alike with the id ${id}.`);
  const { description, settings, seedSegmentId } = original;
  return createLookAlike(app, { ...settings, key, name: name ?? original.name, description, seedSegmentId });
}

/**
 * Changes the given fields and enqueues a new computation.
 * @throws {NotFoundError} there is no such look-alike or segment, or it is archived
 * @throws {InvalidInputError} name or settings are invalid
 * @throws {SegmentRuleError} the filter is invalid
 */
export async function updateLookAlike(
  app: App,
  id: string,
  input: UpdateLookAlikeInput,
): Promise<LookAlikeRow> {
  checkTexts(input);
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    const current = await lookAlikeResource.lock(transaction, id);
    const settings = mergeSettings(current.settings, input);
    const seedSegmentId = input.seedSegmentId ?? current.seedSegmentId;
    const checked = await checkAll(transaction, settings, seedSegmentId);
    return lookAlikeResource.update(transaction, id, {
      name: input.name ?? undefined,
      description: input.description,
      seedSegmentId,
      settings: checked,
      version: current.version + 1,
      status: 'waiting',
      updatedAt: now,
    });
  });
}

/**
 * Archives a look-alike: its scores are removed; its key stays taken. Idempotent. @throws {NotFoundError} there is none
 */
export async function archiveLookAlike(app: App, id: string): Promise<LookAlikeRow> {
  return app.db.transaction((transaction) =>
    lookAlikeResource.archive(transaction, id, app.clock(), async () => {
      await transaction.orm.delete(lookAlikeScores).where(eq(lookAlikeScores.lookAlikeId, id));
    }),
  );
}

function mergeSettings(
  current: LookAlikeSettings,
  { traits, filter, method = current.method, seed }: UpdateLookAlikeInput,
): LookAlikeSettings {
  return {
    traits: traits ?? current.traits,
    filter: filter ?? current.filter,
    method,
    seed: seed ?? current.seed,
  };
}

/** @returns the settings to store */
async function checkAll(
  db: Database,
  settings: LookAlikeSettings,
  seedSegmentId: string,
): Promise<LookAlikeSettings> {
  checkSettings(settings);
  const traits = await readTraits(db, settings.traits);
  const { text: filter } = await readRuleToStore(db, settings.filter);
  const [segment] = await readSeedSegment(db, { id: seedSegmentId });
  if (segment === undefined) {
    throw new NotFoundError(`There is no active segment with the id ${seedSegmentId}.`);
  }
  return { ...settings, traits: traits.map(({ name }) => name), filter };
}
