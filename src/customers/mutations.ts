/** Changes of customers in the schema. No SQL. */
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
  description: 'An identifier of a customer.',
  fields: (t) => ({
    kind: t.field({ type: IdentityKindEnum, required: true, description: 'Kind of the identity.' }),
    value: t.string({ required: true, description: 'The id, e-mail or phone; at most 200 characters.' }),
    source: t.string({
      description: 'System that issued it: required for `EXTERNAL`, not allowed for other kinds.',
    }),
  }),
});

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** Fields of an upsert of one customer or many. */
export const customerFields = (t: InputFields) => ({
  identities: t.field({ type: [IdentityInput], description: 'Identities of the customer, at most 100.' }),
  name: t.string({ description: 'Their name, at most 200 characters.' }),
  email: t.string({
    description:
      'Preferred e-mail address, which also identifies them. Null removes all of their e-mail addresses.',
  }),
  phone: t.string({
    description:
      'Preferred phone number, with country code unless it is of `country`, which also identifies them. Null removes all of their phone numbers.',
  }),
  address: t.string({ description: 'Postal address, at most 1,000 characters.' }),
  country: t.string({
    description: 'An ISO 3166-1 code, or a name of the country: `GB`, `GBR`, `UK`, `United Kingdom`.',
  }),
  language: t.string({ description: 'BCP 47 tag, such as `en-GB`.' }),
  attributes: t.field({
    type: 'JSON',
    description:
      'Object of at most 64 KiB, merged key by key; null removes a key, and in place of the object all of them. Not for contact data: it is stored as plain text.',
  }),
  createdAt: t.field({
    type: 'DateTime',
    description: 'Time of creation in the source; the earliest of all sources is stored.',
  }),
  firstSeenAt: t.field({
    type: 'DateTime',
    description: 'Time of the first activity; the earliest is stored.',
  }),
  lastSeenAt: t.field({ type: 'DateTime', description: 'Time of the last activity; the latest is stored.' }),
  consents: t.field({ type: [ConsentInput], description: 'Decisions about being contacted, at most 100.' }),
});

const UpsertCustomerInput = builder.inputType('UpsertCustomerInput', {
  description:
    'A customer, matched by any identity, e-mail or phone given here; at least one is required. A missing field stays unchanged. Null clears a name, e-mail, phone, address, country, language or all attributes, and means missing elsewhere.',
  fields: (t) => ({
    ...customerFields(t),
    onConflict: t.field({
      type: OnConflictEnum,
      required: true,
      defaultValue: 'keep',
      description: 'Policy for an identity of another customer whose stronger identities differ.',
    }),
  }),
});

/** @param now time of consents without one */
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
  description: 'Outcome of an upsert.',
  values: {
    CREATED: { value: 'created', description: 'No customer had any of these identities: a new customer.' },
    UPDATED: { value: 'updated', description: 'A known customer, with changes.' },
    UNCHANGED: { value: 'unchanged', description: 'A known customer, without changes.' },
    MERGED: {
      value: 'merged',
      description: 'The identities belonged to several customers, who were merged into the oldest.',
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
  description: 'A placeholder such as `undefined`, `N/A` or `0000000000` in place of an identity.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Path in the input, such as `identities.0.value`.' }),
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'Kind of the identity.' }),
  }),
});

const UpsertCustomerPayload = builder.objectRef<Upserted>('UpsertCustomerPayload').implement({
  description: 'The customer was created or updated.',
  fields: (t) => ({
    customer: t.expose('customer', { type: Customer, description: 'The customer after the change.' }),
    customerId: t.id({
      description: customerIdDescription,
      resolve: ({ customer }) => globalCustomerId(customer.id),
    }),
    outcome: t.expose('outcome', { type: UpsertOutcomeEnum, description: 'Outcome.' }),
    conflicts: t.expose('conflicts', {
      type: [IdentityConflict],
      description: 'Identities that stay with another customer; also in the queue `identityConflicts`.',
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
    description: 'Finds a customer by any identity, or creates one, and writes the changes. Idempotent.',
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
  description: 'Two customers to merge.',
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

const MergeCustomersPayload = customerPayload('MergeCustomersPayload', 'The two were merged.');

builder.mutationField('mergeCustomers', (t) =>
  t.field({
    type: MergeCustomersPayload,
    description:
      'Merges two customers into one: identities, contact data, consents, orders and events follow. It cannot be undone.',
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
  description: 'Identities to remove from a customer.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    identities: t.field({
      type: [IdentityInput],
      required: true,
      description: 'The identities, at most 100; identities of other customers are ignored.',
    }),
  }),
});

const RemoveIdentitiesPayload = customerPayload('RemoveIdentitiesPayload', 'The identities were removed.');

builder.mutationField('removeIdentities', (t) =>
  t.field({
    type: RemoveIdentitiesPayload,
    description:
      'Removes identities of a customer, e-mails and phones with their contact data. At least one must stay, so that the customer can be found.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: RemoveIdentitiesInput,
        required: true,
        description: 'The customer and the identities.',
      }),
    },
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
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    attributes: t.field({
      type: 'JSON',
      required: true,
      description: 'Object of at most 64 KiB, merged key by key; null removes a key.',
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
      input: t.arg({
        type: SetCustomerAttributesInput,
        required: true,
        description: 'The customer and the attributes.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const id = await requireCustomerId(context.app, input.customer, 'customer');
      const kept = await setCustomerAttributes(context.app, id, input.attributes as Record<string, unknown>);
      return { customer: await reloadCustomer(context, kept) };
    },
  }),
);
