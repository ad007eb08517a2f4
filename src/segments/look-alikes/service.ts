/** Writes and rules for look-alikes: what is asked for. Computes nothing; see compute.ts. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readTraits } from '../clusters/people-traits.ts';
import { readRuleToStore } from '../vocabulary/group-keys.ts';
import { checkKey, checkTexts } from '../names.ts';
import { LookAlikeKeyTakenError } from './errors.ts';
import { lookAlikeColumns, type LookAlikeRow } from './queries.ts';
import { checkSettings, lookAlikeDefaults, type LookAlikeSettings } from './settings.ts';

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
 * @throws {InvalidInputError} key, name or settings cannot be used
 * @throws {SegmentRuleError} the filter cannot be used
 * @throws {NotFoundError} there is no such live segment
 * @throws {LookAlikeKeyTakenError}
 */
export async function createLookAlike(app: App, input: CreateLookAlikeInput): Promise<LookAlikeRow> {
  checkKey(input.key);
  checkTexts(input);
  const settings = mergeSettings({ ...lookAlikeDefaults, traits: input.traits }, input);
  const checked = await checkAll(app.db, settings, input.seedSegmentId);
  const now = app.clock();
  const [row] = await app.db.query<LookAlikeRow>(
    `/* lookAlikes.create */
    insert into look_alikes (id, key, name, description, seed_segment_id, settings, version, status, created_at, updated_at)
    values ($1, $2, $3, $4, $5::uuid, $6::jsonb, 1, 'waiting', $7::timestamptz, $7::timestamptz)
    on conflict (key) do nothing
    returning ${lookAlikeColumns}`,
    [
      createId(now.getTime()),
      input.key,
      input.name,
      input.description ?? null,
      input.seedSegmentId,
      JSON.stringify(checked),
      now,
    ],
  );
  if (row === undefined) throw new LookAlikeKeyTakenError(input.key);
  return row;
}

/**
 * Changes what is given, and lets it be computed anew.
 * @throws {NotFoundError} there is no such look-alike or segment, or it is archived
 * @throws {InvalidInputError} name or settings cannot be used
 * @throws {SegmentRuleError} the filter cannot be used
 */
export async function updateLookAlike(
  app: App,
  id: string,
  input: UpdateLookAlikeInput,
): Promise<LookAlikeRow> {
  checkTexts(input);
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    const current = await lockLookAlike(transaction, id);
    const settings = mergeSettings(current.settings, input);
    const seedSegmentId = input.seedSegmentId ?? current.seedSegmentId;
    const checked = await checkAll(transaction, settings, seedSegmentId);
    const [row] = await transaction.query<LookAlikeRow>(
      `/* lookAlikes.update */
      update look_alikes set
        name = coalesce($2::text, name),
        description = case when $3 then $4::text else description end,
        seed_segment_id = $5::uuid, settings = $6::jsonb, version = version + 1, status = 'waiting',
        updated_at = $7::timestamptz
      where id = $1
      returning ${lookAlikeColumns}`,
      [
        id,
        input.name ?? null,
        input.description !== undefined,
        input.description ?? null,
        seedSegmentId,
        JSON.stringify(checked),
        now,
      ],
    );
    return row!;
  });
}

/** Ends a look-alike: nobody is alike any more; its key stays taken. @throws {NotFoundError} there is no live one */
export async function archiveLookAlike(app: App, id: string): Promise<LookAlikeRow> {
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    await lockLookAlike(transaction, id);
    await transaction.query(
      '/* lookAlikes.forget */ delete from look_alike_scores where look_alike_id = $1',
      [id],
    );
    const [row] = await transaction.query<LookAlikeRow>(
      `/* lookAlikes.archive */
      update look_alikes set archived_at = $2::timestamptz, updated_at = $2::timestamptz
      where id = $1 returning ${lookAlikeColumns}`,
      [id, now],
    );
    return row!;
  });
}

/** Lets every live look-alike be computed anew. */
export async function renewLookAlikes(app: App): Promise<void> {
  await app.db.query(
    "/* lookAlikes.renew */ update look_alikes set status = 'waiting' where archived_at is null",
  );
}

async function lockLookAlike(transaction: Database, id: string): Promise<LookAlikeRow> {
  const [row] = await transaction.query<LookAlikeRow>(
    `/* lookAlikes.lock */ select ${lookAlikeColumns} from look_alikes where id = $1 and archived_at is null for update`,
    [id],
  );
  if (row === undefined) throw new NotFoundError(`There is no live look-alike with the id ${id}.`);
  return row;
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
  const [segment] = await db.query(
    '/* lookAlikes.seedSegment */ select id from segments where id = $1 and archived_at is null',
    [seedSegmentId],
  );
  if (segment === undefined) {
    throw new NotFoundError(`There is no live segment with the id ${seedSegmentId}.`);
  }
  return { ...settings, traits: traits.map(({ name }) => name), filter };
}
