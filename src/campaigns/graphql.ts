/** Campaigns in the schema: the node and its lists. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { defineNamedNode } from '#named-resources/graphql.ts';
import { findByIdOrKey, namedBy } from '#named-resources/queries.ts';

import { AudiencePreview, ChannelEnum, RankByEnum } from './graphql-audience.ts';
import type { Cap } from './audience.ts';
import { campaignById, countsByCampaign } from './loaders.ts';
import {
  campaignResource,
  type CampaignRow,
  countCampaigns,
  readCampaignPage,
  readReachedPage,
  toAudience,
  reachedById,
  campaignsByAge,
} from './queries.ts';
import type { AudienceDefinition } from './tables.ts';

const CapRef = builder.objectRef<Cap>('Cap').implement({
  description:
    'Frequency cap: maximum number of messages to one customer within a number of days, over all campaigns and channels.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'Messages.' }),
    days: t.exposeInt('days', { description: 'Days up to the present.' }),
  }),
});

const AudienceRef = builder.objectRef<AudienceDefinition>('Audience').implement({
  description: 'Audience of a campaign, before any gate.',
  fields: (t) => ({
    includeSegments: t.exposeStringList('includeSegments', {
      description:
        'Keys of segments. A customer must be in at least one of them; an empty list includes all customers.',
    }),
    excludeSegments: t.exposeStringList('excludeSegments', {
      description: 'Keys of segments of which a customer must be in none.',
    }),
    rule: t.exposeString('rule', {
      nullable: true,
      description: 'Rule that a customer must match as well.',
    }),
    limit: t.exposeInt('limit', {
      nullable: true,
      description: 'Maximum number of customers, before the gates.',
    }),
    rankBy: t.expose('rankBy', {
      type: RankByEnum,
      nullable: true,
      description: 'Ranking by which the limit selects.',
    }),
  }),
});

export const Campaign = builder.objectRef<CampaignRow>('Campaign');
export const namedCampaign = { type: 'Campaign', noun: 'campaign', field: 'campaign', ref: Campaign };

defineNamedNode(
  namedCampaign,
  campaignById,
  'A message to an audience over one channel, within consent and caps.',
  (t) => ({
    channel: t.expose('channel', { type: ChannelEnum, description: 'Channel of its messages.' }),
    purpose: t.exposeString('purpose', { description: 'Purpose that consent is required for.' }),
    content: t.expose('content', { type: 'JSON', description: 'Content, such as subject and body.' }),
    audience: t.expose('audience', { type: AudienceRef, description: 'Its audience.' }),
    cap: t.field({
      type: CapRef,
      nullable: true,
      description: 'Maximum number of messages to one customer; null is no cap.',
      resolve: (campaign) => toAudience(campaign).cap,
    }),
    holdoutShare: t.exposeFloat('holdoutShare', {
      description: 'Share of customers held out as control group, 0 to 1.',
    }),
    preview: t.field({
      type: AudiencePreview,
      description:
        'Number of customers that it would reach now, and those stopped at each gate. Computed on demand.',
      resolve: async (campaign, _, context) => ({
        audience: toAudience(campaign),
        counts: await countsByCampaign(context).load(campaign),
      }),
    }),
    reachedCustomers: t.connection(
      {
        type: Customer,
        description: 'The customers that it would reach now, by id.',
        resolve: async (campaign, args, context) => {
          const page = readPage(args, reachedById.order);
          const ids = await readReachedPage(context.db, toAudience(campaign), page, context.now);
          const people = await Promise.all(ids.map((id) => customerById(context).load(id)));
          return toConnection(
            page,
            people.filter((person) => person !== null),
            reachedById.cursorOf,
            async () => (await countsByCampaign(context).load(campaign)).reached,
          );
        },
      },
      {
        name: 'ReachedCustomerConnection',
        description: 'A page of the customers that a campaign would reach.',
      },
      { name: 'ReachedCustomerEdge', description: 'A reached customer and the cursor.' },
    ),
  }),
);

const CampaignBy = namedBy(namedCampaign);
const campaignReads = { resource: campaignResource, byId: campaignById };

builder.queryField('campaign', (t) =>
  t.field({
    type: Campaign,
    nullable: true,
    description: 'One campaign, archived or not; null where there is none.',
    args: {
      by: t.arg({ type: CampaignBy, description: 'How to find it.' }),
      id: t.arg.id({ description: 'Short form of `by: { id }`.' }),
    },
    resolve: (_, { by, id }, context) => {
      if ((by == null) === (id == null)) throw badInput('Give exactly one of `by` and `id`.');
      return findByIdOrKey(context, 'Campaign', campaignReads, by ?? { id });
    },
  }),
);

builder.queryField('campaigns', (t) =>
  t.connection(
    {
      type: Campaign,
      description: 'The campaigns, newest first.',
      args: {
        includeArchived: t.arg.boolean({
          defaultValue: false,
          description: 'Includes archived campaigns.',
        }),
        updatedSince: t.arg({
          type: 'DateTime',
          description: 'Instead those that changed then or later, archived ones too.',
        }),
      },
      resolve: async (_, { includeArchived, updatedSince, ...args }, { db }) => {
        const page = readPage(args, campaignsByAge.order);
        const filter = { includeArchived: includeArchived ?? false, updatedSince: updatedSince ?? null };
        const rows = await readCampaignPage(db, page, filter);
        return toConnection(page, rows, campaignsByAge.cursorOf, () => countCampaigns(db, filter));
      },
    },
    { name: 'CampaignConnection', description: 'A page of campaigns.' },
    { name: 'CampaignEdge', description: 'A campaign and its cursor.' },
  ),
);
