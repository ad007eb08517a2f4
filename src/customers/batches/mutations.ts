/** Changes of many customers in the schema. No SQL. */
import type { OutputRef } from '@pothos/core';

import { builder } from '#graphql/builder.ts';
import { checkListSize, ItemResultInterface, OnErrorEnum } from '#graphql/items.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { IDEMPOTENCY_HOURS, type KeyedCall } from '#platform/idempotency.ts';
import { InvalidItemsError, type ItemResult } from '#platform/input/item-errors.ts';
import { forgetReads, type RequestContext } from '#platform/request.ts';

import { IdentityConflict, OnConflictEnum } from '../conflicts/graphql.ts';
import { conflictByKey } from '../conflicts/loaders.ts';
import type { ConflictRow } from '../conflicts/rows.ts';
import { IdentityConflictError } from '../errors.ts';
import { ConsentInput, toConsent } from '../graphql-consents.ts';
import { Customer, CustomerBy, customerIdDescription, globalCustomerId } from '../graphql.ts';
import { customerById } from '../loaders.ts';
import { customerFields, IgnoredIdentityType, toCustomerInput } from '../mutations.ts';
import { MAX_BATCH_ROWS } from './batch.ts';
import { type ChangedRow, recordConsentsEach, setAttributesEach } from './changes.ts';
import { type UpsertedRow, upsertCustomersEach } from './upsert.ts';

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** Options of a batch. */
const batchFields = (t: InputFields) => ({
  onError: t.field({
    type: OnErrorEnum,
    required: true,
    defaultValue: 'reject_all',
    description: 'Policy for invalid rows.',
  }),
  idempotencyKey: t.string({
    description: `Name of this call, at most 200 characters, such as a UUID. Sent again with the same input within ${IDEMPOTENCY_HOURS} hours, the call writes nothing and answers what it answered; with another input it is refused.`,
  }),
});

function callOf(
  operation: string,
  input: { readonly idempotencyKey?: string | null | undefined },
  { viewer }: RequestContext,
): KeyedCall | null {
  const { idempotencyKey: key } = input;
  return key == null ? null : { operation, caller: viewer.id, key, input };
}

type Result<Row extends ChangedRow | UpsertedRow> = ItemResult<Row>;

const customerOf = ({ written }: Result<ChangedRow | UpsertedRow>, _: object, context: RequestContext) =>
  written === null ? null : customerById(context).load(written.customerId);

const customerIdOf = ({ written }: Result<ChangedRow | UpsertedRow>) =>
  written === null ? null : globalCustomerId(written.customerId);

const CUSTOMER = 'The customer, as they are now; null where the row was skipped.';
const CUSTOMER_ID = `${customerIdDescription} Null where the row was skipped.`;

const CustomerUpsert = builder.objectRef<Result<UpsertedRow>>('CustomerUpsert').implement({
  description: 'Outcome for one row of customers.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    customer: t.field({ type: Customer, nullable: true, description: CUSTOMER, resolve: customerOf }),
    customerId: t.id({ nullable: true, description: CUSTOMER_ID, resolve: customerIdOf }),
    conflicts: t.field({
      type: [IdentityConflict],
      description: 'Identities that stay with another customer; also in the queue `identityConflicts`.',
      resolve: async ({ written }, _, context) => {
        const rows = await conflictByKey(context).loadMany(written?.conflictKeys ?? []);
        return rows.filter((row): row is ConflictRow => row !== null && !(row instanceof Error));
      },
    }),
    ignoredIdentities: t.field({
      type: [IgnoredIdentityType],
      description: 'Placeholders, which identify no customer. They were skipped.',
      resolve: ({ written }) => written?.ignored ?? [],
    }),
  }),
});

function resultsPayload<Row>(name: string, type: OutputRef<ItemResult<Row>>) {
  return builder.objectRef<{ readonly results: readonly ItemResult<Row>[] }>(name).implement({
    description: 'Outcomes of the rows.',
    fields: (t) => ({
      results: t.expose('results', { type: [type], description: 'One of each row, in the order given.' }),
    }),
  });
}

const CustomerInput = builder.inputType('CustomerInput', {
  description:
    'A customer of a batch, found by any identity, e-mail or phone given here; at least one is needed. A field left out stays as it is. Null clears a name, e-mail, phone, address, country, language or all attributes, and is as left out elsewhere.',
  fields: customerFields,
});

const UpsertCustomersInput = builder.inputType('UpsertCustomersInput', {
  description: 'Customers to take in.',
  fields: (t) => ({
    customers: t.field({
      type: [CustomerInput],
      required: true,
      description: `At most ${MAX_BATCH_ROWS}. A row with an identity of an earlier row cannot be used.`,
    }),
    onConflict: t.field({
      type: OnConflictEnum,
      required: true,
      defaultValue: 'keep',
      description:
        'Policy for an identity of another customer whose stronger identities differ. With `REJECT` and `onError: SKIP` only its row is skipped.',
    }),
    ...batchFields(t),
  }),
});

builder.mutationField('upsertCustomers', (t) =>
  t.field({
    type: resultsPayload('UpsertCustomersPayload', CustomerUpsert),
    description:
      'Finds each customer by any identity, or makes one, and writes what is new: all in one transaction, all or none unless `onError` says otherwise. The same input a second time changes nothing.',
    errors: {
      types: [InvalidInputError, InvalidItemsError, IdentityConflictError],
      directResult: true,
    },
    args: { input: t.arg({ type: UpsertCustomersInput, required: true, description: 'The customers.' }) },
    resolve: async (_, { input }, context) => {
      checkListSize(input.customers, MAX_BATCH_ROWS, 'customers');
      const customers = input.customers.map((customer) => toCustomerInput(customer, context.now));
      const { onConflict, onError } = input;
      const call = callOf('upsertCustomers', input, context);
      const results = await upsertCustomersEach(context.app, customers, { onConflict, onError, call });
      forgetReads(context);
      return { results };
    },
  }),
);

const CustomerUpdate = builder.objectRef<Result<ChangedRow>>('CustomerUpdate').implement({
  description: 'Outcome for one row of changes.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    customer: t.field({ type: Customer, nullable: true, description: CUSTOMER, resolve: customerOf }),
    customerId: t.id({ nullable: true, description: CUSTOMER_ID, resolve: customerIdOf }),
  }),
});

const CustomerConsentInput = builder.inputType('CustomerConsentInput', {
  description: 'A decision of one customer about being contacted.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    consent: t.field({ type: ConsentInput, required: true, description: 'The decision.' }),
  }),
});

const RecordConsentsInput = builder.inputType('RecordConsentsInput', {
  description: 'Consents to write down.',
  fields: (t) => ({
    consents: t.field({
      type: [CustomerConsentInput],
      required: true,
      description: `At most ${MAX_BATCH_ROWS}; a customer may have several.`,
    }),
    ...batchFields(t),
  }),
});

builder.mutationField('recordConsents', (t) =>
  t.field({
    type: resultsPayload('RecordConsentsPayload', CustomerUpdate),
    description:
      'Writes down what customers said, all or none unless `onError` says otherwise. Of all that one said about a channel and a purpose the newest holds. Give `recordedAt` or an idempotency key, so that the same call again changes nothing.',
    errors: { types: [InvalidInputError, InvalidItemsError], directResult: true },
    args: { input: t.arg({ type: RecordConsentsInput, required: true, description: 'The consents.' }) },
    resolve: async (_, { input }, context) => {
      checkListSize(input.consents, MAX_BATCH_ROWS, 'consents');
      const rows = input.consents.map(({ customer, consent }) => ({
        customer,
        consent: toConsent(consent, context.now),
      }));
      const call = callOf('recordConsents', input, context);
      const results = await recordConsentsEach(context.app, rows, { onError: input.onError, call });
      forgetReads(context);
      return { results };
    },
  }),
);

const CustomerAttributesInput = builder.inputType('CustomerAttributesInput', {
  description: 'Attributes of one customer.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'The customer.' }),
    attributes: t.field({
      type: 'JSON',
      required: true,
      description: 'Object of at most 64 KiB, set key by key; null removes a key.',
    }),
  }),
});

const SetCustomersAttributesInput = builder.inputType('SetCustomersAttributesInput', {
  description: 'Attributes of many customers.',
  fields: (t) => ({
    customers: t.field({
      type: [CustomerAttributesInput],
      required: true,
      description: `At most ${MAX_BATCH_ROWS}, each customer once.`,
    }),
    ...batchFields(t),
  }),
});

builder.mutationField('setCustomersAttributes', (t) =>
  t.field({
    type: resultsPayload('SetCustomersAttributesPayload', CustomerUpdate),
    description:
      'Sets or removes attributes of known customers, all or none unless `onError` says otherwise; the others stay. The same input a second time changes nothing.',
    errors: { types: [InvalidInputError, InvalidItemsError], directResult: true },
    args: {
      input: t.arg({
        type: SetCustomersAttributesInput,
        required: true,
        description: 'The customer and the attributes.',
      }),
    },
    resolve: async (_, { input }, context) => {
      checkListSize(input.customers, MAX_BATCH_ROWS, 'customers');
      const rows = input.customers.map(({ customer, attributes }) => ({
        customer,
        attributes: attributes as Record<string, unknown>,
      }));
      const call = callOf('setCustomersAttributes', input, context);
      const results = await setAttributesEach(context.app, rows, { onError: input.onError, call });
      forgetReads(context);
      return { results };
    },
  }),
);
