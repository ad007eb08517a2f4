/** Writes and rules for campaigns: the only code that inserts into `campaigns` and `suppressions`. */
import { and, eq } from 'drizzle-orm';

import { readRuleToStore } from '#segments/vocabulary/group-keys.ts';
import { checkKey, checkTexts } from '#named-resources/names.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';
import { readJsonObject } from '#platform/input/json.ts';

import { type Audience, type AudienceInput, checkAudience, fillAudience } from './audience.ts';
import { UnknownSegmentsError } from './errors.ts';
import { campaignResource, type CampaignRow, readSegmentKeys, toAudience } from './queries.ts';
import { type Channel, type SuppressionReason, suppressions } from './tables.ts';

export interface CampaignInput {
  /** Name of the campaign in messages and rules; never changes. */
  readonly key: string;
  readonly name: string;
  /** A JSON object. */
  readonly content?: unknown;
  readonly audience: AudienceInput;
}

/** Missing fields stay unchanged; an audience is replaced completely. */
export interface CampaignPatch {
  readonly name?: string | null | undefined;
  readonly content?: unknown;
  readonly audience?: AudienceInput | null | undefined;
}

const MAX_CONTENT_BYTES = 65_536;

/**
 * @throws {InvalidInputError} a value is invalid.
 * @throws {UnknownSegmentsError} the audience names an unknown segment.
 * @throws {SegmentRuleError} the audience's rule is invalid.
 * @throws {CampaignKeyTakenError} another campaign, archived or not, has the key.
 */
export async function createCampaign(app: App, input: CampaignInput): Promise<CampaignRow> {
  const now = app.clock();
  const { key, name } = input;
  checkKey(key);
  checkTexts({ name });
  const content = readJsonObject('content', input.content, MAX_CONTENT_BYTES);
  const id = createId(now.getTime());
  const audience = await assertUsable(app.db, fillAudience(input.audience, id));
  return campaignResource.insert(app.db, {
    id,
    key,
    name,
    content,
    salt: audience.salt,
    ...toColumns(audience),
    createdAt: now,
    updatedAt: now,
  });
}

/**
 * A copy of a campaign with its content and audience, and its own control group.
 * @throws {NotFoundError} there is no such campaign; else as `createCampaign`
 */
export async function duplicateCampaign(
  app: App,
  id: string,
  { key, name }: Pick<CampaignInput, 'key'> & { readonly name?: string | null | undefined },
): Promise<CampaignRow> {
  const [original] = await campaignResource.byIds(app.db, [id]);
  if (original === undefined) throw new NotFoundError(`There is no campaign with the id ${id}.`);
  const { content } = original;
  return createCampaign(app, { key, name: name ?? original.name, content, audience: toAudience(original) });
}

/**
 * The control group keeps its customers while its share is unchanged: the salt never changes.
 * @throws as `createCampaign`, and {NotFoundError} there is no such campaign, or it is archived.
 */
export async function updateCampaign(app: App, id: string, patch: CampaignPatch): Promise<CampaignRow> {
  const now = app.clock();
  checkTexts({ name: patch.name });
  const content =
    patch.content == null ? undefined : readJsonObject('content', patch.content, MAX_CONTENT_BYTES);
  return app.db.transaction(async (transaction) => {
    const { salt } = await campaignResource.lock(transaction, id);
    const audience =
      patch.audience == null ? null : await assertUsable(transaction, fillAudience(patch.audience, salt));
    return campaignResource.update(transaction, id, {
      name: patch.name ?? undefined,
      content,
      ...(audience === null ? {} : toColumns(audience)),
      updatedAt: now,
    });
  });
}

/** Idempotent. @throws {NotFoundError} there is no such campaign. */
export async function archiveCampaign(app: App, id: string): Promise<CampaignRow> {
  return app.db.transaction((transaction) => campaignResource.archive(transaction, id, app.clock()));
}

export interface SuppressionInput {
  readonly customerId: string;
  readonly channel: Channel;
  readonly reason: SuppressionReason;
}

/**
 * Suppresses a channel for a customer; the newest reason is stored. @throws {NotFoundError} there is no such customer.
 */
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

/** Removes a suppression; consent is still required. Idempotent. */
export async function unsuppressCustomer(app: App, customerId: string, channel: Channel): Promise<void> {
  await app.db.orm
    .delete(suppressions)
    .where(and(eq(suppressions.customerId, customerId), eq(suppressions.channel, channel)));
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

/** Columns of an audience. */
function toColumns({ channel, purpose, holdoutShare, cap, ...rest }: Audience) {
  const { includeSegments, excludeSegments, rule, limit, rankBy } = rest;
  return {
    channel,
    purpose,
    audience: { includeSegments, excludeSegments, rule, limit, rankBy },
    holdoutShare,
    capCount: cap?.count ?? null,
    capDays: cap?.days ?? null,
  };
}
