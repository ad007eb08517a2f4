/** Mutations of campaigns and suppressions in the schema. No SQL. */
import { Customer, CustomerBy, customerIdDescription, globalCustomerId } from '#customers/graphql.ts';
import { reloadCustomer } from '#customers/loaders.ts';
import { requireCustomerId } from '#customers/identity/lookup.ts';
import type { CustomerRow } from '#customers/queries.ts';
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import {
  archiveInput,
  defineKeyTakenError,
  duplicateInput,
  idField,
  keyAndName,
} from '#named-resources/graphql.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { SegmentRuleError } from '#segments/errors.ts';

import { AudienceInput, ChannelEnum } from './graphql-audience.ts';
import { SuppressionReasonEnum } from './graphql-eligibility.ts';
import { CampaignKeyTakenError, UnknownSegmentsError } from './errors.ts';
import { Campaign } from './graphql.ts';
import type { CampaignRow } from './queries.ts';
import {
  archiveCampaign,
  createCampaign,
  duplicateCampaign,
  suppressCustomer,
  unsuppressCustomer,
  updateCampaign,
} from './service.ts';

defineKeyTakenError(CampaignKeyTakenError, 'CampaignKeyTakenError', 'campaign');

builder.objectType(UnknownSegmentsError, {
  name: 'UnknownSegmentsError',
  description: 'The audience names segments that do not exist or are archived.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    keys: t.exposeStringList('keys', { description: 'The keys that no segment has.' }),
  }),
});

const audienceErrors = [InvalidInputError, UnknownSegmentsError, SegmentRuleError];

const CreateCampaignInput = builder.inputType('CreateCampaignInput', {
  description: 'A new campaign.',
  fields: (t) => ({
    ...keyAndName(t),
    content: t.field({
      type: 'JSON',
      required: true,
      description: 'What it says, a JSON object of at most 64 KiB, such as subject and body.',
    }),
    audience: t.field({ type: AudienceInput, required: true, description: 'Audience, channel and limits.' }),
  }),
});

const UpdateCampaignInput = builder.inputType('UpdateCampaignInput', {
  description: 'Changes to a campaign. What is left out stays.',
  fields: (t) => ({
    id: idField(t, 'Campaign'),
    name: t.string({ description: 'Name that users read, 1 to 200 characters.' }),
    content: t.field({ type: 'JSON', description: 'What it says, replaced as a whole.' }),
    audience: t.field({
      type: AudienceInput,
      description: 'Audience, channel and limits, replaced as a whole. The control group stays the same.',
    }),
  }),
});

const SuppressCustomerInput = builder.inputType('SuppressCustomerInput', {
  description: 'A customer and the channel to suppress.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    channel: t.field({ type: ChannelEnum, required: true, description: 'The channel to bar.' }),
    reason: t.field({ type: SuppressionReasonEnum, defaultValue: 'manual', description: 'Why.' }),
  }),
});

const UnsuppressCustomerInput = builder.inputType('UnsuppressCustomerInput', {
  description: 'A customer and the channel to open again.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    channel: t.field({ type: ChannelEnum, required: true, description: 'The channel to open.' }),
  }),
});

/** What a mutation of a campaign answers, named after the mutation. */
function campaignPayload(name: string, description: string) {
  return builder.objectRef<CampaignRow>(name).implement({
    description,
    fields: (t) => ({
      campaign: t.field({
        type: Campaign,
        description: 'The campaign now.',
        resolve: (campaign) => campaign,
      }),
    }),
  });
}

function customerPayload(name: string, description: string) {
  return builder.objectRef<CustomerRow>(name).implement({
    description,
    fields: (t) => ({
      customer: t.field({
        type: Customer,
        description: 'The customer now.',
        resolve: (customer) => customer,
      }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ id }) => globalCustomerId(id),
      }),
    }),
  });
}

const CreateCampaignPayload = campaignPayload('CreateCampaignPayload', 'A campaign was created.');
const UpdateCampaignPayload = campaignPayload('UpdateCampaignPayload', 'A campaign was changed.');
const DuplicateCampaignPayload = campaignPayload('DuplicateCampaignPayload', 'A campaign was copied.');
const ArchiveCampaignPayload = campaignPayload('ArchiveCampaignPayload', 'A campaign was archived.');
const SuppressCustomerPayload = customerPayload('SuppressCustomerPayload', 'A channel was barred.');
const UnsuppressCustomerPayload = customerPayload('UnsuppressCustomerPayload', 'A channel was opened.');

builder.mutationFields((t) => ({
  createCampaign: t.field({
    type: CreateCampaignPayload,
    description: 'Creates a campaign. It sends no message.',
    errors: { types: [...audienceErrors, CampaignKeyTakenError], directResult: true },
    args: { input: t.arg({ type: CreateCampaignInput, required: true, description: 'The campaign.' }) },
    resolve: (_, { input }, { app }) => createCampaign(app, input),
  }),
  updateCampaign: t.field({
    type: UpdateCampaignPayload,
    description: 'Changes a campaign that is not archived.',
    errors: { types: [...audienceErrors, NotFoundError], directResult: true },
    args: { input: t.arg({ type: UpdateCampaignInput, required: true, description: 'The changes.' }) },
    resolve: (_, { input: { id, ...patch } }, { app }) =>
      updateCampaign(app, readGlobalId('Campaign', id), patch),
  }),
  duplicateCampaign: t.field({
    type: DuplicateCampaignPayload,
    description:
      'Creates a campaign with the content and the audience of another. The copy has a control group of its own.',
    errors: { types: [...audienceErrors, NotFoundError, CampaignKeyTakenError], directResult: true },
    args: {
      input: t.arg({
        type: duplicateInput('Campaign', 'campaign'),
        required: true,
        description: 'The campaign.',
      }),
    },
    resolve: (_, { input: { id, ...copy } }, { app }) =>
      duplicateCampaign(app, readGlobalId('Campaign', id), copy),
  }),
  archiveCampaign: t.field({
    type: ArchiveCampaignPayload,
    description: 'Archives a campaign: its key stays taken, and it is listed on request alone. Idempotent.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: archiveInput('Campaign', 'campaign'),
        required: true,
        description: 'The campaign.',
      }),
    },
    resolve: (_, { input }, { app }) => archiveCampaign(app, readGlobalId('Campaign', input.id)),
  }),
  suppressCustomer: t.field({
    type: SuppressCustomerPayload,
    description: 'Bars a channel to a customer, whatever they agreed to, until it is lifted.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: SuppressCustomerInput,
        required: true,
        description: 'The customer and the channel.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const customerId = await requireCustomerId(context.app, input.customer, 'customer');
      await suppressCustomer(context.app, {
        customerId,
        channel: input.channel,
        reason: input.reason ?? 'manual',
      });
      return reloadCustomer(context, customerId);
    },
  }),
  unsuppressCustomer: t.field({
    type: UnsuppressCustomerPayload,
    description: 'Opens a channel to a customer again. Consent is asked for as before.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: UnsuppressCustomerInput,
        required: true,
        description: 'The customer and the channel.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const customerId = await requireCustomerId(context.app, input.customer, 'customer');
      await unsuppressCustomer(context.app, customerId, input.channel);
      return reloadCustomer(context, customerId);
    },
  }),
}));
