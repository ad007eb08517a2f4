/** Mutations of campaigns and suppressions in the schema. No SQL. */
import { Customer, CustomerBy, customerIdDescription, globalCustomerId } from '#customers/graphql.ts';
import { reloadCustomer } from '#customers/loaders.ts';
import { requireCustomerId } from '#customers/identity/lookup.ts';
import type { CustomerRow } from '#customers/queries.ts';
import { builder } from '#graphql/builder.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { defineMutation } from '#graphql/mutations.ts';
import { idField, keyAndName } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { SegmentRuleError } from '#segments/errors.ts';

import { AudienceInput, ChannelEnum } from './graphql-audience.ts';
import { SuppressionReasonEnum } from './graphql-eligibility.ts';
import { CampaignKeyTakenError, UnknownSegmentsError } from './errors.ts';
import { namedCampaign } from './graphql.ts';
import {
  archiveCampaign,
  createCampaign,
  duplicateCampaign,
  suppressCustomer,
  unsuppressCustomer,
  updateCampaign,
} from './service.ts';

builder.objectType(UnknownSegmentsError, {
  name: 'UnknownSegmentsError',
  description: 'The audience names segments that do not exist or are archived.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    keys: t.exposeStringList('keys', { description: 'The keys that no segment has.' }),
  }),
});

const audienceErrors = [UnknownSegmentsError, SegmentRuleError];

const CreateCampaignInput = builder.inputType('CreateCampaignInput', {
  description: 'A new campaign.',
  fields: (t) => ({
    ...keyAndName(t),
    content: t.field({
      type: 'JSON',
      required: true,
      description: 'Content, a JSON object of at most 64 KiB, such as subject and body.',
    }),
    audience: t.field({ type: AudienceInput, required: true, description: 'Audience, channel and limits.' }),
  }),
});

const UpdateCampaignInput = builder.inputType('UpdateCampaignInput', {
  description: 'Changes of a campaign. A field left out keeps its value.',
  fields: (t) => ({
    id: idField(t, 'Campaign'),
    name: t.string({ description: 'Display name, 1 to 200 characters.' }),
    content: t.field({ type: 'JSON', description: 'Content, replaced completely.' }),
    audience: t.field({
      type: AudienceInput,
      description: 'Audience, channel and limits, replaced completely. The control group stays the same.',
    }),
  }),
});

const SuppressCustomerInput = builder.inputType('SuppressCustomerInput', {
  description: 'A customer and the channel to suppress.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    channel: t.field({ type: ChannelEnum, required: true, description: 'The channel to suppress.' }),
    reason: t.field({ type: SuppressionReasonEnum, defaultValue: 'manual', description: 'Why.' }),
  }),
});

const UnsuppressCustomerInput = builder.inputType('UnsuppressCustomerInput', {
  description: 'A customer and the suppressed channel.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    channel: t.field({ type: ChannelEnum, required: true, description: 'The suppressed channel.' }),
  }),
});

const mutations = namedMutations(namedCampaign, CampaignKeyTakenError);

mutations.create({
  description: 'Creates a campaign. It sends no message.',
  done: 'A campaign was created.',
  errors: audienceErrors,
  input: CreateCampaignInput,
  resolve: (input, { app }) => createCampaign(app, input),
});

mutations.update({
  description: 'Changes a campaign that is not archived.',
  done: 'A campaign was changed.',
  errors: audienceErrors,
  input: UpdateCampaignInput,
  resolve: (id, changes, { app }) => updateCampaign(app, id, changes),
});

mutations.duplicate({
  description:
    'Creates a copy of a campaign with its content and audience. The copy has its own control group.',
  done: 'A campaign was copied.',
  errors: audienceErrors,
  resolve: (id, copy, { app }) => duplicateCampaign(app, id, copy),
});

mutations.archive({
  description: 'Archives a campaign: its key stays taken, and it is listed only on request. Idempotent.',
  done: 'A campaign was archived.',
  resolve: (id, { app }) => archiveCampaign(app, id),
});

function customerPayload(name: string, description: string) {
  return builder.objectRef<CustomerRow>(name).implement({
    description,
    fields: (t) => ({
      customer: t.field({
        type: Customer,
        description: 'The customer after the change.',
        resolve: (customer) => customer,
      }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ id }) => globalCustomerId(id),
      }),
    }),
  });
}

defineMutation('suppressCustomer', {
  description:
    'Suppresses a channel for a customer, regardless of consent, until the suppression is removed.',
  payload: customerPayload('SuppressCustomerPayload', 'A channel was suppressed.'),
  errors: [InvalidInputError, NotFoundError],
  input: SuppressCustomerInput,
  inputDescription: 'The customer and the channel.',
  resolve: async ({ customer, channel, reason }, context) => {
    const customerId = await requireCustomerId(context.app, customer, 'customer');
    await suppressCustomer(context.app, { customerId, channel, reason: reason ?? 'manual' });
    return reloadCustomer(context, customerId);
  },
});

defineMutation('unsuppressCustomer', {
  description: 'Removes the suppression of a channel for a customer. Consent is still required.',
  payload: customerPayload('UnsuppressCustomerPayload', 'The suppression was removed.'),
  errors: [InvalidInputError, NotFoundError],
  input: UnsuppressCustomerInput,
  inputDescription: 'The customer and the channel.',
  resolve: async ({ customer, channel }, context) => {
    const customerId = await requireCustomerId(context.app, customer, 'customer');
    await unsuppressCustomer(context.app, customerId, channel);
    return reloadCustomer(context, customerId);
  },
});
