/** Consents in the schema, to read and to record. No SQL. */
import { hasScope } from '#platform/auth/viewer.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';
import type { RequestContext } from '#platform/request.ts';

import { requiresColumns } from './columns.ts';
import { showText } from './contact-data/contacts.ts';
import { Customer, CustomerBy, customerIdDescription, globalCustomerId } from './graphql.ts';
import type { ConsentInput as ConsentFields, ConsentRecord } from './input.ts';
import {
  consentHistoryByCustomer,
  consentsByCustomer,
  MAX_CONSENT_HISTORY,
  reloadCustomer,
} from './loaders.ts';
import { requireCustomerId } from './identity/lookup.ts';
import type { ConsentRow, CustomerRow } from './queries.ts';
import { recordConsent } from './service.ts';

const ConsentStatus = builder.enumType('ConsentStatus', {
  description: 'What a customer said to being contacted.',
  values: {
    GRANTED: { value: 'granted', description: 'They agreed.' },
    DENIED: { value: 'denied', description: 'They refused, or took their agreement back.' },
  } as const,
});

const ConsentChange = builder.objectRef<ConsentRecord>('ConsentChange').implement({
  description: 'What a customer said once about a channel and a purpose.',
  fields: (t) => ({
    status: t.expose('status', { type: ConsentStatus, description: 'Whether they agreed.' }),
    source: t.string({
      description: 'Where they said so.',
      resolve: ({ source }, _, { viewer }) => showText(viewer, source),
    }),
    ...instants(t, { recordedAt: 'When they said so.' }),
    proof: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What shows that they did. Null without the scope `pii:read`.',
      resolve: showProof,
    }),
  }),
});

const Consent = builder.objectRef<ConsentRow>('Consent').implement({
  description: 'What holds now for a customer, a channel and a purpose: the newest thing they said.',
  fields: (t) => ({
    channel: t.exposeString('channel', { description: 'Way of contact: `email`, `sms`, `push`, `post`.' }),
    purpose: t.exposeString('purpose', { description: 'Purpose of processing, such as `marketing`.' }),
    status: t.expose('status', {
      type: ConsentStatus,
      description: 'Whether they agree. Of two at one instant the denial holds.',
    }),
    source: t.string({
      description: 'Where they said so.',
      resolve: ({ source }, _, { viewer }) => showText(viewer, source),
    }),
    ...instants(t, { recordedAt: 'When they said so.' }),
    proof: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What shows that they did. Null without the scope `pii:read`.',
      resolve: showProof,
    }),
    history: t.field({
      type: [ConsentChange],
      description: `Everything they said about this channel and purpose, newest first, at most ${MAX_CONSENT_HISTORY}.`,
      resolve: (consent, _, context) =>
        consentHistoryByCustomer(context)
          .load(consent.customerId)
          .then((rows) =>
            rows.filter((row) => row.channel === consent.channel && row.purpose === consent.purpose),
          ),
    }),
  }),
});

function showProof({ proof }: ConsentRecord, _: object, { viewer }: RequestContext): ConsentRecord['proof'] {
  return hasScope(viewer, 'pii:read') ? proof : null;
}

builder.objectField(Customer, 'consents', (t) =>
  t.field({
    type: [Consent],
    description: 'What they agree to now, by channel and purpose.',
    extensions: requiresColumns(),
    resolve: ({ id }, _, context) => consentsByCustomer(context).load(id),
  }),
);

export const ConsentInput = builder.inputType('ConsentInput', {
  description: 'What the customer said about being contacted.',
  fields: (t) => ({
    channel: t.string({
      required: true,
      description:
        'Way of contact, such as `email`, `sms` or `push`, in whatever case: 1 to 50 of a-z, 0-9, underscore, point, hyphen.',
    }),
    purpose: t.string({
      required: true,
      description: 'Purpose of processing, such as `marketing`: written like a channel.',
    }),
    status: t.field({ type: ConsentStatus, required: true, description: 'Whether they agreed.' }),
    source: t.string({ required: true, description: 'Where they said so, at most 100 characters.' }),
    recordedAt: t.field({ type: 'DateTime', description: 'When they said so; now if left out.' }),
    proof: t.field({
      type: 'JSON',
      description: 'What shows that they did: an object of at most 16 KiB, such as a form version.',
    }),
  }),
});

/** @param now when they said it, if the input does not tell */
export function toConsent(input: typeof ConsentInput.$inferInput, now: Date): ConsentFields {
  return {
    ...input,
    recordedAt: input.recordedAt ?? now,
    proof: input.proof as ConsentFields['proof'],
  };
}

/** The payload of a change whose whole answer is the person. */
export function customerPayload(name: string, description: string) {
  return builder.objectRef<{ readonly customer: CustomerRow }>(name).implement({
    description,
    fields: (t) => ({
      customer: t.expose('customer', { type: Customer, description: 'The customer, as they are now.' }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ customer }) => globalCustomerId(customer.id),
      }),
    }),
  });
}

const RecordConsentInput = builder.inputType('RecordConsentInput', {
  description: 'What a customer said about being contacted.',
  fields: (t) => ({
    customer: t.field({
      type: CustomerBy,
      required: true,
      description: 'The customer who gave the consent.',
    }),
    consent: t.field({ type: ConsentInput, required: true, description: 'What they said.' }),
  }),
});

const RecordConsentPayload = customerPayload('RecordConsentPayload', 'The consent was written down.');

builder.mutationField('recordConsent', (t) =>
  t.field({
    type: RecordConsentPayload,
    description:
      'Writes down what a customer said. Of all they said about a channel and a purpose the newest holds; the same again changes nothing.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({
        type: RecordConsentInput,
        required: true,
        description: 'The customer and the consent.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const id = await requireCustomerId(context.app, input.customer, 'customer');
      const kept = await recordConsent(context.app, id, toConsent(input.consent, context.now));
      return { customer: await reloadCustomer(context, kept) };
    },
  }),
);
