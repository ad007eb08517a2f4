/** Eligibility of a customer in the schema: verdicts of the gates, and suppressions. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { instants } from '#graphql/instants.ts';

import { ChannelEnum, GateEnum } from './graphql-audience.ts';
import { type GateName, gates } from './gates.ts';
import { Campaign } from './graphql.ts';
import { suppressionsByCustomer, type Verdict, verdictByCustomer } from './loaders.ts';
import { type SuppressionRow, toAudience } from './queries.ts';

interface GateVerdict {
  readonly gate: GateName;
  readonly passes: boolean;
  readonly reason: string;
}

const GateVerdictRef = builder.objectRef<GateVerdict>('GateVerdict').implement({
  description: 'Verdict of one gate for one customer.',
  fields: (t) => ({
    gate: t.expose('gate', { type: GateEnum, description: 'The gate.' }),
    passes: t.exposeBoolean('passes', { description: 'Whether the customer passes.' }),
    reason: t.exposeString('reason', { description: 'The reason, in a sentence.' }),
  }),
});

const EligibilityRef = builder.objectRef<Verdict>('Eligibility').implement({
  description: 'Whether a campaign may reach a customer now, gate by gate.',
  fields: (t) => ({
    campaign: t.expose('campaign', { type: Campaign, description: 'The campaign.' }),
    isReached: t.boolean({
      description: 'Whether the customer passes every gate.',
      resolve: ({ person }) => person.stoppedAt === null,
    }),
    stoppedAt: t.field({
      type: GateEnum,
      nullable: true,
      description: 'The first gate that stops the customer; null if none does.',
      resolve: ({ person }) => person.stoppedAt,
    }),
    gates: t.field({
      type: [GateVerdictRef],
      description: 'Every gate in order, including those after the one that stops.',
      resolve: ({ campaign, person }) => {
        const audience = toAudience(campaign);
        return gates.map(({ name, explain }, index) => ({
          gate: name,
          passes: person.passes[index]!,
          reason: explain(person, audience),
        }));
      },
    }),
  }),
});

export const SuppressionReasonEnum = builder.enumType('SuppressionReason', {
  description: 'Reason of a suppression.',
  values: {
    UNSUBSCRIBED: { value: 'unsubscribed', description: 'Unsubscribed from a message.' },
    BOUNCED: { value: 'bounced', description: 'Messages bounced permanently.' },
    COMPLAINED: { value: 'complained', description: 'Reported a message as spam.' },
    MANUAL: { value: 'manual', description: 'Suppressed manually or by another system.' },
  } as const,
});

const SuppressionRef = builder.objectRef<SuppressionRow>('Suppression').implement({
  description: 'A channel on which a customer must not be reached, regardless of consent.',
  fields: (t) => ({
    channel: t.expose('channel', { type: ChannelEnum, description: 'The channel.' }),
    reason: t.expose('reason', { type: SuppressionReasonEnum, description: 'Why.' }),
    ...instants(t, { createdAt: 'Since when.' }),
  }),
});

builder.objectFields(Customer, (t) => ({
  suppressions: t.field({
    type: [SuppressionRef],
    description: 'Suppressed channels of the customer, by name.',
    extensions: requiresColumns(),
    resolve: ({ id }, _, context) => suppressionsByCustomer(context).load(id),
  }),
  eligibility: t.field({
    type: EligibilityRef,
    description: 'Whether a campaign may reach the customer now, with the verdict of every gate.',
    args: {
      campaign: t.arg.id({ required: true, description: 'Global id of the campaign, or the plain UUID.' }),
    },
    resolve: async ({ id }, { campaign }, context) => {
      const campaignId = readGlobalId('Campaign', campaign, 'campaign');
      const verdict = await verdictByCustomer(context, campaignId).load(id);
      if (verdict === null) throw badInput(`There is no campaign ${campaignId}.`);
      return verdict;
    },
  }),
}));
