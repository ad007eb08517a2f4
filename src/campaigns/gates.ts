/**
 * The gates between an audience and its messages, in order: their conditions and explanations. A customer is counted at
 * the first gate that stops them. Runs no statement.
 */
import type { Audience } from './audience.ts';
import type { Channel, RankBy, SuppressionReason } from './tables.ts';

/** Facts of a customer for the gates: columns of the CTE `facts` in gate-query.ts. */
export interface PersonFacts {
  readonly isIncluded: boolean;
  readonly isExcluded: boolean;
  readonly followsRule: boolean;
  readonly isWithinLimit: boolean;
  readonly hasAddress: boolean;
  readonly consentStatus: 'granted' | 'denied' | null;
  readonly consentAt: Date | null;
  readonly suppression: SuppressionReason | null;
  readonly suppressedAt: Date | null;
  /** Messages sent within the cap's window. */
  readonly sentCount: number;
  /** Value in [0, 1) that selects the control group. */
  readonly bucket: number;
}

export type GateName = 'MATCHED' | 'ADDRESS' | 'CONSENT' | 'SUPPRESSION' | 'CAP' | 'HOLDOUT';

export interface Gate {
  readonly name: GateName;
  readonly description: string;
  /** Condition over the columns of `facts`, never null. */
  readonly passes: (audience: Audience, parameter: (value: unknown) => string) => string;
  readonly explain: (facts: PersonFacts, audience: Audience) => string;
}

const addressWords: Readonly<Record<Channel, string>> = {
  email: 'an e-mail address',
  sms: 'a phone number',
  push: 'a device that takes push messages',
};

const rankWords: Readonly<Record<RankBy, string>> = {
  revenue: 'the highest revenue',
  order_count: 'the most orders',
  average_order_value: 'the highest average order value',
  recency: 'the most recent last order',
};

const reasonWords: Readonly<Record<SuppressionReason, string>> = {
  unsubscribed: 'unsubscribed',
  bounced: 'messages bounced',
  complained: 'complained',
  manual: 'suppressed by hand',
};

export const gates: readonly Gate[] = [
  {
    name: 'MATCHED',
    description: 'Belongs to the audience: its segments, its rule and, where there is one, its limit.',
    passes: () => 'is_included and not is_excluded and follows_rule and is_within_limit',
    explain: explainMatch,
  },
  {
    name: 'ADDRESS',
    description: 'Can be reached on the channel: e-mail address, phone number or push device.',
    passes: () => 'has_address',
    explain: ({ hasAddress }, { channel }) =>
      `${hasAddress ? 'Has' : 'Does not have'} ${addressWords[channel]}.`,
  },
  {
    name: 'CONSENT',
    description: 'Has agreed to the channel and purpose, and not withdrawn.',
    passes: () => "coalesce(consent_status = 'granted', false)",
    explain: explainConsent,
  },
  {
    name: 'SUPPRESSION',
    description: 'Is not on the list of suppressed customers of the channel.',
    passes: () => 'suppression is null',
    explain: ({ suppression, suppressedAt }, { channel }) =>
      suppression === null
        ? `Is not suppressed on ${channel}.`
        : `Must not be reached on ${channel} since ${day(suppressedAt)}: ${reasonWords[suppression]}.`,
  },
  {
    name: 'CAP',
    description: 'Has received fewer messages of any campaign than the cap allows within its days.',
    passes: ({ cap }, parameter) => (cap === null ? 'true' : `sent_count < ${parameter(cap.count)}::integer`),
    explain: ({ sentCount }, { cap }) =>
      cap === null
        ? 'There is no cap.'
        : `Got ${sentCount} of at most ${cap.count} messages within the last ${cap.days} days.`,
  },
  {
    name: 'HOLDOUT',
    description: 'Is not in the control group, which a salted hash of the customer selects.',
    passes: ({ holdoutShare }, parameter) => `bucket >= ${parameter(holdoutShare)}::double precision`,
    explain: ({ bucket }, { holdoutShare }) =>
      bucket < holdoutShare
        ? `Is held out as control group: place ${bucket.toFixed(4)} is below the share ${holdoutShare}.`
        : `Is not held out: place ${bucket.toFixed(4)} is not below the share ${holdoutShare}.`,
  },
];

function explainMatch(facts: PersonFacts, audience: Audience): string {
  if (!facts.isIncluded) return `Is in none of the segments ${audience.includeSegments.join(', ')}.`;
  if (facts.isExcluded) return `Is in an excluded segment, one of ${audience.excludeSegments.join(', ')}.`;
  if (!facts.followsRule) return 'Does not follow the rule of the audience.';
  if (!facts.isWithinLimit && audience.rankBy !== null) {
    return `Is not among the ${audience.limit} people with ${rankWords[audience.rankBy]}.`;
  }
  return 'Belongs to the audience.';
}

function explainConsent({ consentStatus, consentAt }: PersonFacts, { channel, purpose }: Audience): string {
  if (consentStatus === null)
    return `Was never asked for, or never gave, consent to ${purpose} by ${channel}.`;
  const verb = consentStatus === 'granted' ? 'Agreed to' : 'Declined';
  return `${verb} ${purpose} by ${channel} on ${day(consentAt)}.`;
}

function day(at: Date | null): string {
  return at === null ? 'an unknown day' : at.toISOString().slice(0, 10);
}
