/** Writes and rules for campaigns: the only code that inserts into `campaigns` and `suppressions`. */
import { readRuleToStore } from '#segments/vocabulary/group-keys.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';
import { readJsonObject } from '#platform/input/json.ts';
import { readText } from '#platform/input/text.ts';

import { type Audience, type AudienceInput, checkAudience, fillAudience } from './audience.ts';
import { CampaignKeyTakenError, UnknownSegmentsError } from './errors.ts';
import { type CampaignRow, readCampaigns, readSegmentKeys } from './queries.ts';
import type { Channel, SuppressionReason } from './tables.ts';

export interface CampaignInput {
  /** Name of the campaign in messages and rules; never changes. */
  readonly key: string;
  readonly name: string;
  /** A JSON object. */
  readonly content?: unknown;
  readonly audience: AudienceInput;
}

/** What is left out stays; an audience is replaced as a whole. */
export interface CampaignPatch {
  readonly name?: string | null | undefined;
  readonly content?: unknown;
  readonly audience?: AudienceInput | null | undefined;
}

const KEY = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const MAX_NAME_LENGTH = 200;
const MAX_CONTENT_BYTES = 65_536;

/**
 * @throws {InvalidInputError} a value is out of its range.
 * @throws {UnknownSegmentsError} the audience names a segment that is not there.
 * @throws {SegmentRuleError} the audience's rule cannot be read.
 * @throws {CampaignKeyTakenError} another campaign, archived or not, has the key.
 */
export async function createCampaign(app: App, input: CampaignInput): Promise<CampaignRow> {
  const now = app.clock();
  if (!KEY.test(input.key)) {
    throw new InvalidInputError(
      'key',
      'expected 1 to 100 of a-z, 0-9, underscore or hyphen, such as spring-seeds',
    );
  }
  const name = readText('name', input.name, MAX_NAME_LENGTH);
  const content = readJsonObject('content', input.content, MAX_CONTENT_BYTES);
  const id = createId(now.getTime());
  const audience = fillAudience(input.audience, id);
  const usable = await assertUsable(app.db, audience);

  const created = await app.db.query<{ id: string }>(
    `/* campaigns.insert */
    insert into campaigns (id, key, name, content, channel, purpose, audience, holdout_share, cap_count, cap_days, salt, created_at, updated_at)
    values ($1, $2, $3, $4::jsonb, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $12)
    on conflict (key) do nothing returning id`,
    [id, input.key, name, JSON.stringify(content), ...toColumns(usable), audience.salt, now],
  );
  if (created.length === 0)
    throw new CampaignKeyTakenError(`there is a campaign by the key ${input.key} already`);
  return readCampaign(app.db, id);
}

/**
 * The control group stays the same people, as long as its share does: the salt never changes.
 * @throws as `createCampaign`, and {NotFoundError} there is no such campaign, or it is archived.
 */
export async function updateCampaign(app: App, id: string, patch: CampaignPatch): Promise<CampaignRow> {
  const now = app.clock();
  const name = patch.name == null ? null : readText('name', patch.name, MAX_NAME_LENGTH);
  const content = patch.content == null ? null : readJsonObject('content', patch.content, MAX_CONTENT_BYTES);
  const campaign = await readCampaign(app.db, id);
  if (campaign.archivedAt !== null) throw new NotFoundError(`campaign ${campaign.key} is archived`);
  const given = patch.audience == null ? null : fillAudience(patch.audience, campaign.salt);
  const audience = given === null ? null : await assertUsable(app.db, given);

  await app.db.transaction(async (tx) => {
    await tx.query(
      `/* campaigns.update */
      update campaigns set name = coalesce($2, name), content = coalesce($3::jsonb, content), updated_at = $4 where id = $1`,
      [id, name, content === null ? null : JSON.stringify(content), now],
    );
    if (audience === null) return;
    await tx.query(
      `/* campaigns.replaceAudience */
      update campaigns set channel = $2, purpose = $3, audience = $4::jsonb, holdout_share = $5, cap_count = $6, cap_days = $7
      where id = $1`,
      [id, ...toColumns(audience)],
    );
  });
  return readCampaign(app.db, id);
}

/** Twice is as once. @throws {NotFoundError} there is no such campaign. */
export async function archiveCampaign(app: App, id: string): Promise<CampaignRow> {
  await app.db.query(
    `/* campaigns.archive */
    update campaigns set archived_at = $2, updated_at = $2 where id = $1 and archived_at is null`,
    [id, app.clock()],
  );
  return readCampaign(app.db, id);
}

export interface SuppressionInput {
  readonly customerId: string;
  readonly channel: Channel;
  readonly reason: SuppressionReason;
}

/** Bars a channel to a person until it is lifted; the newest reason holds. @throws {NotFoundError} no such person. */
export async function suppressCustomer(
  app: App,
  { customerId, channel, reason }: SuppressionInput,
): Promise<void> {
  const found = await app.db.query(
    `/* campaigns.suppress */
    insert into suppressions (customer_id, channel, reason, created_at)
    select id, $2, $3, $4 from customers where id = $1 and merged_into_id is null and erased_at is null
    on conflict (customer_id, channel) do update set reason = excluded.reason
    returning customer_id`,
    [customerId, channel, reason, app.clock()],
  );
  if (found.length === 0) throw new NotFoundError(`there is no customer ${customerId}`);
}

/** Opens the channel again; consent is asked for as before. Nothing to lift is no error. */
export async function unsuppressCustomer(app: App, customerId: string, channel: Channel): Promise<void> {
  await app.db.query(
    `/* campaigns.unsuppress */ delete from suppressions where customer_id = $1 and channel = $2`,
    [customerId, channel],
  );
}

/**
 * @returns the audience to store
 * @throws {InvalidInputError | UnknownSegmentsError | SegmentRuleError} as `createCampaign`
 */
export async function assertUsable(db: Database, audience: Audience): Promise<Audience> {
  checkAudience(audience);
  const { includeSegments, excludeSegments, rule } = audience;
  const named = [...includeSegments, ...excludeSegments];
  if (named.length === 0 && rule === null) return audience;
  const known = await readSegmentKeys(db);
  const unknown = new Set(named).difference(new Set(known));
  if (unknown.size > 0) throw new UnknownSegmentsError([...unknown]);
  return rule === null ? audience : { ...audience, rule: (await readRuleToStore(db, rule)).text };
}

/** @throws {NotFoundError} */
async function readCampaign(db: Database, id: string): Promise<CampaignRow> {
  const [campaign] = await readCampaigns(db, [id]);
  if (campaign === undefined) throw new NotFoundError(`there is no campaign ${id}`);
  return campaign;
}

/** channel, purpose, audience, holdout_share, cap_count, cap_days */
function toColumns({ channel, purpose, holdoutShare, cap, ...rest }: Audience): unknown[] {
  const { includeSegments, excludeSegments, rule, limit, rankBy } = rest;
  const definition = JSON.stringify({ includeSegments, excludeSegments, rule, limit, rankBy });
  return [channel, purpose, definition, holdoutShare, cap?.count ?? null, cap?.days ?? null];
}
