/** Audiences in the schema: the input, the preview and its gates. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { DomainError } from '#platform/errors.ts';
import { SegmentRuleError } from '#segments/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import { type Audience, fillAudience } from './audience.ts';
import { type GateName, gates } from './gates.ts';
import { type AudienceCounts, countAudiences, readReachedSample } from './queries.ts';
import { assertUsable } from './service.ts';

const MAX_SAMPLE = 20;
/** Salt of the control group of an audience without a campaign. */
const PREVIEW_SALT = 'preview';

export const ChannelEnum = builder.enumType('Channel', {
  description: 'Channel of a message.',
  values: {
    EMAIL: { value: 'email', description: 'To an e-mail address.' },
    SMS: { value: 'sms', description: 'To a phone number.' },
    PUSH: { value: 'push', description: 'To a device: an external id that the system `push` issued.' },
  } as const,
});

export const RankByEnum = builder.enumType('AudienceRank', {
  description:
    'Ranking of a limited audience: the customers with the highest value are selected; ties are broken by id.',
  values: {
    REVENUE: { value: 'revenue', description: 'Highest revenue, sales minus returns.' },
    ORDER_COUNT: { value: 'order_count', description: 'Most orders.' },
    AVERAGE_ORDER_VALUE: { value: 'average_order_value', description: 'Highest average order value.' },
    RECENCY: { value: 'recency', description: 'Most recent last order.' },
  } as const,
});

export const GateEnum = builder.enumType('AudienceGate', {
  description: 'Condition that a customer must pass before a message is sent, in this order.',
  values: Object.fromEntries(
    gates.map(({ name, description }) => [name, { value: name, description }]),
  ) as Record<GateName, { value: GateName; description: string }>,
});

const CapInput = builder.inputType('CapInput', {
  description:
    'Frequency cap: maximum number of messages to one customer within a number of days, over all campaigns and channels.',
  fields: (t) => ({
    count: t.int({ required: true, description: 'Messages, at least 1.' }),
    days: t.int({ required: true, description: 'Days up to the present, 1 to 366.' }),
  }),
});

export const AudienceInput = builder.inputType('AudienceInput', {
  description: 'Customers to reach, the channel and the limits. An empty audience is all customers.',
  fields: (t) => ({
    includeSegments: t.stringList({
      description:
        'Keys of segments, at most 50. A customer must be in at least one of them; an empty list includes all customers.',
    }),
    excludeSegments: t.stringList({
      description: 'Keys of segments of which a customer must be in none. At most 50.',
    }),
    rule: t.string({ description: 'Rule in the segment language that a customer must match as well.' }),
    limit: t.int({ description: 'Maximum number of customers before the gates. Requires `rankBy`.' }),
    rankBy: t.field({ type: RankByEnum, description: 'Ranking by which the limit selects.' }),
    channel: t.field({ type: ChannelEnum, defaultValue: 'email', description: 'Channel of the messages.' }),
    purpose: t.string({ defaultValue: 'marketing', description: 'Purpose that consent is required for.' }),
    cap: t.field({
      type: CapInput,
      description: 'Maximum number of messages to one customer; null is no cap.',
    }),
    holdoutShare: t.float({
      defaultValue: 0,
      description:
        'Share of customers held out as control group, 0 to 1. The group does not change over time.',
    }),
  }),
});

const GateCount = builder
  .objectRef<{ gate: GateName; stopped: number; remaining: number }>('GateCount')
  .implement({
    description: 'Number of customers stopped by a gate.',
    fields: (t) => ({
      gate: t.expose('gate', { type: GateEnum, description: 'The gate.' }),
      stopped: t.exposeInt('stopped', {
        description: 'Customers stopped by this gate and no earlier one.',
      }),
      remaining: t.exposeInt('remaining', { description: 'Customers left after it.' }),
    }),
  });

export interface Preview {
  readonly audience: Audience;
  readonly counts: AudienceCounts;
}

export const AudiencePreview = builder.objectRef<Preview>('AudiencePreview').implement({
  description:
    'Number of customers that an audience matches and reaches now. Each is counted at the first gate that stops them: the counts of the gates and `reached` add up to `matched`.',
  fields: (t) => ({
    matched: t.int({ description: 'Customers of the audience.', resolve: ({ counts }) => counts.matched }),
    noAddress: t.int({ description: 'Have no address on the channel.', resolve: stoppedAt('ADDRESS') }),
    noConsent: t.int({
      description: 'Have not agreed to the channel and purpose.',
      resolve: stoppedAt('CONSENT'),
    }),
    suppressed: t.int({
      description: 'Are suppressed on the channel.',
      resolve: stoppedAt('SUPPRESSION'),
    }),
    capped: t.int({
      description: 'Have received as many messages as the cap allows.',
      resolve: stoppedAt('CAP'),
    }),
    heldOut: t.int({ description: 'Are the control group.', resolve: stoppedAt('HOLDOUT') }),
    reached: t.int({ description: 'Would get a message.', resolve: ({ counts }) => counts.reached }),
    gates: t.field({
      type: [GateCount],
      description: 'The same counts by gate, in order, as a funnel.',
      resolve: ({ counts }) => toFunnel(counts),
    }),
    sample: t.field({
      type: [Customer],
      description: 'A sample of the reached customers, selected by a hash, so that it is stable.',
      args: { first: t.arg.int({ defaultValue: 5, description: `How many, 0 to ${MAX_SAMPLE}.` }) },
      resolve: ({ audience }, { first }, context) => readSample(audience, first ?? 5, context),
    }),
  }),
});

function stoppedAt(gate: GateName): (preview: Preview) => number {
  return ({ counts }) => counts.stopped.get(gate) ?? 0;
}

/** All counted customers passed the first gate, which is the audience itself. */
function toFunnel({
  matched,
  stopped,
}: AudienceCounts): { gate: GateName; stopped: number; remaining: number }[] {
  let remaining = matched;
  return gates.map(({ name }) => {
    const count = stopped.get(name) ?? 0;
    remaining -= count;
    return { gate: name, stopped: count, remaining };
  });
}

async function readSample(audience: Audience, size: number, context: RequestContext) {
  if (size < 0 || size > MAX_SAMPLE)
    throw badInput(`\`first\` must be between 0 and ${MAX_SAMPLE}, got ${size}.`);
  const ids = await readReachedSample(context.db, audience, size, context.now);
  const customers = await Promise.all(ids.map((id) => customerById(context).load(id)));
  return customers.filter((customer) => customer !== null);
}

/** Turns an error that a mutation returns as data into an error of the query. */
function explainToCaller(error: unknown): never {
  if (error instanceof SegmentRuleError) {
    const places = error.problems.map(
      ({ message, line, column }) => `line ${line}, column ${column}: ${message}`,
    );
    throw badInput(`audience.rule, ${places.join('; ')}`);
  }
  throw error instanceof DomainError ? badInput(error.message) : error;
}

builder.queryField('audiencePreview', (t) =>
  t.field({
    type: AudiencePreview,
    description: 'Number of customers that an audience would reach now, and those stopped at each gate.',
    args: { audience: t.arg({ type: AudienceInput, required: true, description: 'The audience.' }) },
    resolve: async (_, args, { db, now }) => {
      const given = fillAudience(args.audience, PREVIEW_SALT);
      const audience = await assertUsable(db, given).catch(explainToCaller);
      const [counts] = await countAudiences(db, [audience], now);
      return { audience, counts: counts! };
    },
  }),
);
