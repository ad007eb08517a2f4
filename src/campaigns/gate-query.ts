/** The common statement of previews, lists of customers and eligibility. */
import { compileRule } from '#segments/vocabulary/rule.ts';

import type { Audience } from './audience.ts';
import { gates } from './gates.ts';
import type { Channel, RankBy } from './tables.ts';

const DAY_MS = 86_400_000;

const ranks: Readonly<Record<RankBy, string>> = {
  revenue: 'p.revenue',
  order_count: 'p.order_count',
  average_order_value: 'p.average_order_value',
  recency: 'p.last_order_at',
};

/** Joins at most one row to each customer who has an address on the channel. */
const addressed: Readonly<Record<Channel, (only: string) => string>> = {
  email: () => preferredContact('email'),
  sms: () => preferredContact('phone'),
  // A device is an external id that the system `push` issued. Identities are distributed by value, so this subquery is
  // independent.
  push: (only) => `left join (
        select distinct customer_id from customer_identities where kind = 'external' and source = 'push'${only}
      ) as addressed on addressed.customer_id = people.id`,
};

function preferredContact(kind: 'email' | 'phone'): string {
  return `left join customer_contacts as addressed on addressed.customer_id = people.id
        and addressed.kind = '${kind}' and addressed.position = 0`;
}

export interface GateQueryOptions {
  readonly now: Date;
  /** Evaluates only these customers, in or out of the audience; null evaluates the complete audience. */
  readonly customerIds: readonly string[] | null;
  /** Parameters of the complete statement, to which this part appends. */
  readonly parameters: unknown[];
}

/** Shared state of the parts of one statement. */
interface Draft {
  readonly audience: Audience;
  readonly options: GateQueryOptions;
  /** Adds a value and returns its placeholder. */
  readonly bind: (value: unknown) => string;
  /** Restricts a column of ids to the given customers, if any. */
  readonly only: (column: string) => string;
}

/**
 * CTEs that end in `judged`: a row per customer with the columns of `PersonFacts`, `passes_0` and on for the gates in
 * their order, and `stopped_at`, the first gate that stops the customer, null for a reached one.
 */
export function judgeAudience(audience: Audience, options: GateQueryOptions): string {
  const { parameters, customerIds } = options;
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const ids = customerIds === null ? null : bind(customerIds);
  const only = (column: string) => (ids === null ? '' : ` and ${column} = any(${ids}::uuid[])`);
  const draft: Draft = { audience, options, bind, only };
  const conditions = gates.map((gate) => gate.passes(audience, bind));
  const stops = conditions.map((condition, index) => `when not (${condition}) then '${gates[index]!.name}'`);

  return `with people as (
      ${selectPeople(draft)}
    ), facts as (
      ${selectFacts(draft)}
    ), judged as (
      select id, is_included, is_excluded, follows_rule, is_within_limit, has_address, consent_status, consent_at,
        suppression, suppressed_at, sent_count, bucket,
        ${conditions.map((condition, index) => `${condition} as passes_${index}`).join(', ')},
        case ${stops.join(' ')} end as stopped_at
      from facts
    )`;
}

/** The customers to evaluate, with each condition of the audience. */
function selectPeople({ audience, options, bind, only }: Draft): string {
  const { now, customerIds, parameters } = options;
  const { includeSegments, excludeSegments, limit, rankBy } = audience;
  const included = includeSegments.length === 0 ? 'true' : isInSegment(bind(includeSegments));
  const excluded = excludeSegments.length === 0 ? 'false' : isInSegment(bind(excludeSegments));
  const population = customerIds === null || limit !== null ? 'all' : 'few';
  const rule =
    audience.rule === null
      ? { sql: 'true', parameters: [] }
      : compileRule(audience.rule, { now, firstParameter: parameters.length + 1, scope: population });
  parameters.push(...rule.parameters);

  const everybody = `customers c left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null`;
  // A limit ranks the complete audience, whichever customers are requested; the id breaks ties, so that the result is
  // stable.
  const best =
    limit === null || rankBy === null
      ? null
      : `order by ${ranks[rankBy]} desc nulls last, c.id limit ${bind(limit)}::integer`;
  const matched = `select c.id from ${everybody}
      and ${included} and not ${excluded} and (${rule.sql}) ${best ?? ''}`;
  if (customerIds === null) {
    return `select id, true as is_included, false as is_excluded, true as follows_rule, true as is_within_limit
      from (${matched}) as matched`;
  }
  return `select c.id, ${included} as is_included, ${excluded} as is_excluded,
        coalesce(${rule.sql}, false) as follows_rule,
        ${best === null ? 'true' : `c.id in (${matched})`} as is_within_limit
      from ${everybody}${only('c.id')}`;
}

function isInSegment(keys: string): string {
  return `exists (select from segment_memberships m where m.customer_id = c.id
        and m.segment_id in (select id from segments where key = any(${keys}::text[]) and archived_at is null))`;
}

/** The facts that the gates need of each customer. */
function selectFacts({ audience, options: { now }, bind, only }: Draft): string {
  const { cap, channel, purpose, salt } = audience;
  const channelPlace = `${bind(channel)}::text`;
  // A message exactly as old as the window is outside of it.
  const sent =
    cap === null
      ? ''
      : `left join lateral (
        select count(*)::integer as count from events
        where customer_id = people.id and kind = 'message_sent'
          and occurred_at > ${bind(daysBefore(now, cap.days))}::timestamptz and occurred_at <= ${bind(now)}::timestamptz
      ) as sent on true`;
  return `select people.id, is_included, is_excluded, follows_rule, is_within_limit,
        addressed.customer_id is not null as has_address,
        consent.status as consent_status, consent.recorded_at as consent_at,
        barred.reason as suppression, barred.created_at as suppressed_at,
        ${cap === null ? '0' : 'sent.count'} as sent_count, ${placeInControl(bind(salt))} as bucket
      from people
      ${addressed[channel](only('customer_id'))}
      left join consents as consent on consent.customer_id = people.id
        and consent.channel = ${channelPlace} and consent.purpose = ${bind(purpose)}::text
      left join suppressions as barred on barred.customer_id = people.id and barred.channel = ${channelPlace}
      ${sent}`;
}

/**
 * A value in [0, 1) for each customer: the first 32 bits of SHA-256(salt ':' id) over 2^32. Below the share, they are
 * the control group: always the same customers, different ones for another salt.
 */
function placeInControl(salt: string): string {
  const digest = `encode(sha256(convert_to(${salt}::text || ':' || people.id::text, 'UTF8')), 'hex')`;
  return `('x' || left(${digest}, 8))::bit(32)::bigint::double precision / 4294967296`;
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}
