/** Reads of campaigns and the customers that they reach. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import type { RowOf } from '#platform/database/rows.ts';

import type { Audience } from './audience.ts';
import { CampaignKeyTakenError } from './errors.ts';
import { judgeAudience } from './gate-query.ts';
import { type GateName, gates, type PersonFacts } from './gates.ts';
import { campaigns, type Channel, type SuppressionReason } from './tables.ts';

export type CampaignRow = RowOf<typeof campaigns>;

export const campaignResource = namedResource(campaigns, {
  noun: 'campaign',
  name: 'campaigns',
  keyTaken: (key) => new CampaignKeyTakenError(key),
});

export function toAudience(campaign: CampaignRow): Audience {
  const { audience, channel, purpose, holdoutShare, salt, capCount, capDays } = campaign;
  const cap = capCount === null || capDays === null ? null : { count: capCount, days: capDays };
  return { ...audience, channel, purpose, holdoutShare, salt, cap };
}

/** Newest first: an id begins with the time of creation. */
export const campaignsByAge = keyset<CampaignRow>('campaigns.newest', [['id', 'id', ({ id }) => id]], {
  isDescending: true,
  firstParameter: 3,
});

export interface CampaignFilter {
  readonly includeArchived: boolean;
  /** Campaigns that changed then or later, archived ones too; null for all. */
  readonly updatedSince: Date | null;
}

const IS_LISTED = `(case when $2::timestamptz is null then $1::boolean or archived_at is null
    else updated_at >= $2::timestamptz end)`;

const campaignPage = campaignsByAge.texts(
  ({ where, orderBy, limit }) => `/* campaigns.page */
  select ${campaignResource.columns} from campaigns
  where ${IS_LISTED} and ${where} order by ${orderBy} limit ${limit}`,
);

export async function readCampaignPage(
  db: Database,
  page: Page,
  { includeArchived, updatedSince }: CampaignFilter,
): Promise<CampaignRow[]> {
  return db.query<CampaignRow>(campaignPage(page), [
    includeArchived,
    updatedSince,
    ...campaignsByAge.bind(page),
  ]);
}

export async function countCampaigns(
  db: Database,
  { includeArchived, updatedSince }: CampaignFilter,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* campaigns.count */ select count(*) from campaigns where ${IS_LISTED}`,
    [includeArchived, updatedSince],
  );
  return row!.count;
}

export interface AudienceCounts {
  /** Number of customers of the audience stopped at each gate, each counted at the first one. */
  readonly stopped: ReadonlyMap<GateName, number>;
  readonly matched: number;
  readonly reached: number;
}

/** Counts of several audiences, in their order, in one statement. */
export async function countAudiences(
  db: Database,
  audiences: readonly Audience[],
  now: Date,
): Promise<AudienceCounts[]> {
  const parameters: unknown[] = [];
  const counts = audiences.map((audience, index) => {
    const judged = judgeAudience(audience, { now, customerIds: null, parameters });
    return `(${judged}
    select ${index} as audience, stopped_at, count(*) as people from judged group by stopped_at)`;
  });
  const rows = await db.queryUnprepared<{ audience: number; stopped_at: GateName | null; people: number }>(
    `/* campaigns.audienceCounts */ ${counts.join(' union all ')}`,
    parameters,
  );
  return audiences.map((_, index) => {
    const ofAudience = rows.filter(({ audience }) => audience === index);
    const stopped = new Map<GateName, number>(gates.map(({ name }) => [name, 0]));
    let reached = 0;
    for (const { stopped_at: name, people } of ofAudience) {
      if (name === null) reached = people;
      else stopped.set(name, people);
    }
    return { stopped, reached, matched: ofAudience.reduce((sum, { people }) => sum + people, 0) };
  });
}

export const reachedById = keyset<{ readonly id: string }>('campaign.id', [['id', 'id', ({ id }) => id]], {
  firstParameter: 1,
});

/** Ids of the customers that a campaign reaches now, ascending. */
export async function readReachedPage(
  db: Database,
  audience: Audience,
  page: Page,
  now: Date,
): Promise<string[]> {
  const parameters: unknown[] = [...reachedById.bind(page)];
  const judged = judgeAudience(audience, { now, customerIds: null, parameters });
  const { where, orderBy, limit } = reachedById.textOf(page);
  const rows = await db.queryUnprepared<{ id: string }>(
    `/* campaigns.reached */ ${judged}
    select id from judged where stopped_at is null and ${where} order by ${orderBy} limit ${limit}`,
    parameters,
  );
  return rows.map(({ id }) => id);
}

/**
 * Ids of a sample of reached customers: selected by the hash of the control group, so that they are independent of age.
 */
export async function readReachedSample(
  db: Database,
  audience: Audience,
  size: number,
  now: Date,
): Promise<string[]> {
  const parameters: unknown[] = [size];
  const judged = judgeAudience(audience, { now, customerIds: null, parameters });
  const rows = await db.queryUnprepared<{ id: string }>(
    `/* campaigns.reachedSample */ ${judged}
    select id from judged where stopped_at is null order by bucket, id limit $1`,
    parameters,
  );
  return rows.map(({ id }) => id);
}

export interface JudgedCustomer extends PersonFacts {
  readonly id: string;
  /** For each gate, in order. */
  readonly passes: readonly boolean[];
  readonly stoppedAt: GateName | null;
}

/** Every gate's verdict on these customers, in one statement. */
export async function judgeCustomers(
  db: Database,
  audience: Audience,
  customerIds: readonly string[],
  now: Date,
): Promise<JudgedCustomer[]> {
  const parameters: unknown[] = [];
  const judged = judgeAudience(audience, { now, customerIds, parameters });
  return db.query<JudgedCustomer>(
    `/* campaigns.eligibility */ ${judged}
    select id, is_included as "isIncluded", is_excluded as "isExcluded", follows_rule as "followsRule",
      is_within_limit as "isWithinLimit", has_address as "hasAddress", consent_status as "consentStatus",
      consent_at as "consentAt", suppression, suppressed_at as "suppressedAt", sent_count as "sentCount", bucket,
      array[${gates.map((_, index) => `passes_${index}`).join(', ')}] as passes, stopped_at as "stoppedAt"
    from judged`,
    parameters,
  );
}

export interface SuppressionRow {
  readonly customerId: string;
  readonly channel: Channel;
  readonly reason: SuppressionReason;
  readonly createdAt: Date;
}

export async function readSuppressions(
  db: Database,
  customerIds: readonly string[],
): Promise<SuppressionRow[]> {
  return db.queryBatched<SuppressionRow>(
    `/* campaigns.suppressions */
    select customer_id as "customerId", channel, reason, created_at as "createdAt" from suppressions
    where customer_id = any($1::uuid[]) order by customer_id, channel`,
    [customerIds],
  );
}

export async function readSegmentKeys(db: Database): Promise<string[]> {
  const rows = await db.query<{ key: string }>(
    `/* campaigns.segmentKeys */ select key from segments where archived_at is null order by key`,
  );
  return rows.map(({ key }) => key);
}
