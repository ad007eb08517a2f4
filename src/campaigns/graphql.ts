/** Campaigns in the schema: the node and its lists. No SQL. */
import { Customer } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { builder } from '#graphql/builder.ts';

import { AudiencePreview, ChannelEnum, RankByEnum } from './graphql-audience.ts';
import type { Cap } from './audience.ts';
import { campaignById, countsByCampaign } from './loaders.ts';
import {
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
      description: 'Rule that a customer must follow as well.',
    }),
    limit: t.exposeInt('limit', { nullable: true, description: 'Most customers, before the gates.' }),
    rankBy: t.expose('rankBy', {
      type: RankByEnum,
      nullable: true,
      description: 'Ranking by which the limit selects.',
    }),
  }),
});

export const Campaign = builder.objectRef<CampaignRow>('Campaign');
export const namedCampaign = { type: 'Campaign', noun: 'campaign', field: 'campaign', ref: Campaign };

builder.node(Campaign, {
  description: 'A message to an audience over one channel, within consent and caps.',
  id: { resolve: ({ id }) => id, description: 'Global id.' },
  loadMany: (ids, context) => ids.map((id) => campaignById(context).load(id)),
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name in events and rules, unique; never changes.' }),
    name: t.exposeString('name', { description: 'Display name.' }),
    channel: t.expose('channel', { type: ChannelEnum, description: 'The way its messages take.' }),
    purpose: t.exposeString('purpose', { description: 'Purpose that consent is asked for.' }),
    content: t.expose('content', { type: 'JSON', description: 'What it says, such as subject and body.' }),
    audience: t.expose('audience', { type: AudienceRef, description: 'Its audience.' }),
    cap: t.field({
      type: CapRef,
      nullable: true,
      description: 'Most messages to one customer; null is no cap.',
      resolve: (campaign) => toAudience(campaign).cap,
    }),
    holdoutShare: t.exposeFloat('holdoutShare', {
      description: 'Share of customers held out as control group, 0 to 1.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    archivedAt: t.expose('archivedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of archiving; null while it is active.',
    }),
    preview: t.field({
      type: AudiencePreview,
      description: 'How many customers it would reach now, and who stops at which gate. Counted when asked.',
      resolve: async (campaign, _, context) => ({
        audience: toAudience(campaign),
        counts: await countsByCampaign(context).load(campaign),
      }),
    }),
    reachedCustomers: t.connection(
      {
        type: Customer,
        description: 'The customers it would reach now, by id.',
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
        description: 'A page of the customers whom a campaign would reach.',
      },
      { name: 'ReachedCustomerEdge', description: 'A customer reached and their place in the list.' },
    ),
  }),
});

builder.queryField('campaign', (t) =>
  t.field({
    type: Campaign,
    nullable: true,
    description: 'One campaign by its global id; null where there is none.',
    args: {
      id: t.arg.id({ required: true, description: 'Global id of the campaign, or the plain UUID.' }),
    },
    resolve: (_, { id }, context) => campaignById(context).load(readGlobalId('Campaign', id)),
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
      },
      resolve: async (_, { includeArchived, ...args }, { db }) => {
        const page = readPage(args, campaignsByAge.order);
        const rows = await readCampaignPage(db, page, includeArchived ?? false);
        return toConnection(page, rows, campaignsByAge.cursorOf, () =>
          countCampaigns(db, includeArchived ?? false),
        );
      },
    },
    { name: 'CampaignConnection', description: 'A page of campaigns.' },
    { name: 'CampaignEdge', description: 'A campaign and its place in the list.' },
  ),
);
