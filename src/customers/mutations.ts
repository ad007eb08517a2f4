/** Changes of people in the schema. No SQL. */
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { builder } from '#graphql/builder.ts';

import { IdentityConflict, OnConflictEnum } from './conflicts/graphql.ts';
import { IdentityConflictError } from './errors.ts';
import { ConsentInput, customerPayload, toConsent } from './graphql-consents.ts';
import {
  Customer,
  CustomerBy,
  customerIdDescription,
  globalCustomerId,
  IdentityKindEnum,
} from './graphql.ts';
import type { IgnoredIdentity } from './input.ts';
import { reloadCustomer } from './loaders.ts';
import { requireCustomerId } from './identity/lookup.ts';
import type { CustomerRow } from './queries.ts';
import {
  type CustomerInput,
  mergeCustomers,
  removeCustomerIdentities,
  setCustomerAttributes,
  upsertCustomers,
  type UpsertOutcome,
} from './service.ts';

const IdentityInput = builder.inputType('IdentityInput', {
  description: 'Something by which a customer is known.',
  fields: (t) => ({
    kind: t.field({ type: IdentityKindEnum, required: true, description: 'What kind it is.' }),
    value: t.string({ required: true, description: 'The id, e-mail or phone; at most 200 characters.' }),
    source: t.string({ description: 'System that issued it: required for `EXTERNAL`, else left out.' }),
  }),
});

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** What an upsert may say of a customer, one or many. */
export const customerFields = (t: InputFields) => ({
  identities: t.field({ type: [IdentityInput], description: 'By what they are known, at most 100.' }),
  name: t.string({ description: 'Their name, at most 200 characters.' }),
  email: t.string({
    description:
      'E-mail address to prefer from now on. It also identifies them. Null takes away all of theirs.',
  }),
  phone: t.string({
    description:
      'Phone number to prefer from now on, with country code unless it is of `country`. It also identifies them. Null takes away all of theirs.',
  }),
  address: t.string({ description: 'Postal address, at most 1,000 characters.' }),
  country: t.string({
    description: 'An ISO 3166-1 code, or a name of the country: `GB`, `GBR`, `UK`, `United Kingdom`.',
  }),
  language: t.string({ description: 'BCP 47 tag, such as `en-GB`.' }),
  attributes: t.field({
    type: 'JSON',
    description:
      'Object of at most 64 KiB, set key by key; null removes a key, and in place of the object all of them. Not for contact data: it is kept as plain text.',
  }),
  createdAt: t.field({
    type: 'DateTime',
    description: 'When the source first knew them; the earliest of all sources is kept.',
  }),
  firstSeenAt: t.field({
    type: 'DateTime',
    description: 'When they were first active; the earliest is kept.',
  }),
  lastSeenAt: t.field({ type: 'DateTime', description: 'When they were last active; the latest is kept.' }),
  consents: t.field({ type: [ConsentInput], description: 'What they said about contact, at most 100.' }),
});

const UpsertCustomerInput = builder.inputType('UpsertCustomerInput', {
  description:
    'A customer, found by any identity, e-mail or phone given here; at least one is needed. A field left out stays as it is. Null clears a name, e-mail, phone, address, country, language or all attributes, and is as left out elsewhere.',
  fields: (t) => ({
    ...customerFields(t),
    onConflict: t.field({
      type: OnConflictEnum,
      required: true,
      defaultValue: 'keep',
      description: 'What to do with an identity that somebody else has whose stronger identities differ.',
    }),
  }),
});

/** @param now when consents were given that do not tell */
export function toCustomerInput(
  input: Omit<typeof UpsertCustomerInput.$inferInput, 'onConflict'>,
  now: Date,
): CustomerInput {
  return {
    ...input,
    identities: input.identities ?? [],
    attributes: input.attributes as CustomerInput['attributes'],
    consents: input.consents?.map((consent) => toConsent(consent, now)),
  };
}

const UpsertOutcomeEnum = builder.enumType('UpsertOutcome', {
  description: 'What an upsert did.',
  values: {
    CREATED: { value: 'created', description: 'No customer had any of these identities: a new customer.' },
    UPDATED: { value: 'updated', description: 'A known customer, of whom something is new.' },
    UNCHANGED: { value: 'unchanged', description: 'A known customer, nothing new.' },
    MERGED: {
      value: 'merged',
      description:
        'The identities belonged to several customers, who are one now: the one known for longest.',
    },
  } as const,
});

interface Upserted {
  readonly customer: CustomerRow;
  readonly outcome: UpsertOutcome['outcome'];
  readonly conflicts: UpsertOutcome['conflicts'];
  readonly ignored: UpsertOutcome['ignored'];
}

export const IgnoredIdentityType = builder.objectRef<IgnoredIdentity>('IgnoredIdentity').implement({
  description: 'A placeholder such as `undefined`, `N/A` or `0000000000` that came as an identity.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Path in the input, such as `identities.0.value`.' }),
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'What kind of identity it came as.' }),
  }),
});

const UpsertCustomerPayload = builder.objectRef<Upserted>('UpsertCustomerPayload').implement({
  description: 'The customer was taken in.',
  fields: (t) => ({
    customer: t.expose('customer', { type: Customer, description: 'The customer, as they are now.' }),
    customerId: t.id({
      description: customerIdDescription,
      resolve: ({ customer }) => globalCustomerId(customer.id),
    }),
    outcome: t.expose('outcome', { type: UpsertOutcomeEnum, description: 'What was done.' }),
    conflicts: t.expose('conflicts', {
      type: [IdentityConflict],
      description: 'Identities that stayed with somebody else; the queue `identityConflicts` has them too.',
    }),
    ignoredIdentities: t.expose('ignored', {
      type: [IgnoredIdentityType],
      description: 'Placeholders, which identify no customer. They were skipped.',
    }),
  }),
});

builder.mutationField('upsertCustomer', (t) =>
  t.field({
    type: UpsertCustomerPayload,
    description: 'Finds a customer by any identity, or makes one, and writes what is new. Idempotent.',
    errors: { types: [InvalidInputError, IdentityConflictError], directResult: true },
    args: { input: t.arg({ type: UpsertCustomerInput, required: true, description: 'The customer.' }) },
    resolve: async (_, { input: { onConflict, ...input } }, context) => {
      const customer = toCustomerInput(input, context.now);
      const [result] = await upsertCustomers(context.app, [customer], { onConflict });
      const { customerId, ...done } = result!;
      return { customer: await reloadCustomer(context, customerId), ...done };
    },
  }),
);

const MergeCustomersInput = builder.inputType('MergeCustomersInput', {
  description: 'Two customers who are one.',
  fields: (t) => ({
    keep: t.field({
      type: CustomerBy,
      required: true,
      description: 'The customer that remains. In a conflict the facts of this customer win.',
    }),
    drop: t.field({
      type: CustomerBy,
      required: true,
      description:
        'The customer to merge into the other. Afterwards the id of this customer finds the other.',
    }),
  }),
});

const MergeCustomersPayload = customerPayload('MergeCustomersPayload', 'The two are one.');

builder.mutationField('mergeCustomers', (t) =>
  t.field({
    type: MergeCustomersPayload,
    description:
      'Joins two customers into one: identities, contact data, consents, orders and events follow. It cannot be undone.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: { input: t.arg({ type: MergeCustomersInput, required: true, description: 'The two customers.' }) },
    resolve: async (_, { input }, context) => {
      const keepId = await requireCustomerId(context.app, input.keep, 'keep');
      await mergeCustomers(context.app, keepId, await requireCustomerId(context.app, input.drop, 'drop'));
      return { customer: await reloadCustomer(context, keepId) };
    },
  }),
);

const RemoveIdentitiesInput = builder.inputType('RemoveIdentitiesInput', {
  description: 'Identities that are not, or no longer, those of a customer.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'Whose.' }),
    identities: t.field({
      type: [IdentityInput],
      required: true,
      description: 'Which, at most 100. Those that are not theirs change nothing.',
    }),
  }),
});

const RemoveIdentitiesPayload = customerPayload('RemoveIdentitiesPayload', 'The identities were taken off.');

builder.mutationField('removeIdentities', (t) =>
  t.field({
    type: RemoveIdentitiesPayload,
    description:
      'Takes identities off a customer, e-mails and phones with their contact data. At least one stays, so that the customer can be found.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: { input: t.arg({ type: RemoveIdentitiesInput, required: true, description: 'Whose, and which.' }) },
    resolve: async (_, { input }, context) => {
      const id = await requireCustomerId(context.app, input.customer, 'customer');
      const kept = await removeCustomerIdentities(context.app, id, input.identities);
      return { customer: await reloadCustomer(context, kept) };
    },
  }),
);

const SetCustomerAttributesInput = builder.inputType('SetCustomerAttributesInput', {
  description: 'Attributes of one customer.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'Whose.' }),
    attributes: t.field({
      type: 'JSON',
      required: true,
      description: 'Object of at most 64 KiB, set key by key; null removes a key.',
    }),
  }),
});

const SetCustomerAttributesPayload = customerPayload(
  'SetCustomerAttributesPayload',
  'The attributes were set.',
);

builder.mutationField('setCustomerAttributes', (t) =>
  t.field({
    type: SetCustomerAttributesPayload,
    description: 'Sets or removes attributes of a customer; the others stay.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({ type: SetCustomerAttributesInput, required: true, description: 'Whose, and what.' }),
    },
    resolve: async (_, { input }, context) => {
      const id = await requireCustomerId(context.app, input.customer, 'customer');
      const kept = await setCustomerAttributes(context.app, id, input.attributes as Record<string, unknown>);
      return { customer: await reloadCustomer(context, kept) };
    },
  }),
);
