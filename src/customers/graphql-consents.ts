/** Consents in the schema. No SQL. */
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
  description: 'Decision of a customer about being contacted.',
  values: {
    GRANTED: { value: 'granted', description: 'They agreed.' },
    DENIED: { value: 'denied', description: 'They refused or withdrew.' },
  } as const,
});

const ConsentChange = builder.objectRef<ConsentRecord>('ConsentChange').implement({
  description: 'One decision of a customer about a channel and a purpose.',
  fields: (t) => ({
    status: t.expose('status', { type: ConsentStatus, description: 'Whether they agreed.' }),
    source: t.string({
      description: 'Source of the decision.',
      resolve: ({ source }, _, { viewer }) => showText(viewer, source),
    }),
    ...instants(t, { recordedAt: 'Time of the decision.' }),
    proof: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Evidence of the decision. Null without the scope `pii:read`.',
      resolve: showProof,
    }),
  }),
});

const Consent = builder.objectRef<ConsentRow>('Consent').implement({
  description: 'Current consent of a customer for a channel and a purpose: the newest decision.',
  fields: (t) => ({
    channel: t.exposeString('channel', {
      description: 'Channel of contact: `email`, `sms`, `push`, `post`.',
    }),
    purpose: t.exposeString('purpose', { description: 'Purpose of processing, such as `marketing`.' }),
    status: t.expose('status', {
      type: ConsentStatus,
      description: 'Whether they agree. Of two decisions at one instant the denial wins.',
    }),
    source: t.string({
      description: 'Source of the decision.',
      resolve: ({ source }, _, { viewer }) => showText(viewer, source),
    }),
    ...instants(t, { recordedAt: 'Time of the decision.' }),
    proof: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Evidence of the decision. Null without the scope `pii:read`.',
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
    description: 'Current consents, by channel and purpose.',
    extensions: requiresColumns(),
    resolve: ({ id }, _, context) => consentsByCustomer(context).load(id),
  }),
);

export const ConsentInput = builder.inputType('ConsentInput', {
  description: 'A decision of the customer about being contacted.',
  fields: (t) => ({
    channel: t.string({
      required: true,
      description:
        'Channel of contact, such as `email`, `sms` or `push`, in any case: 1 to 50 of a-z, 0-9, underscore, point, hyphen.',
    }),
    purpose: t.string({
      required: true,
      description: 'Purpose of processing, such as `marketing`: written like a channel.',
    }),
    status: t.field({ type: ConsentStatus, required: true, description: 'Whether they agreed.' }),
    source: t.string({ required: true, description: 'Source of the decision, at most 100 characters.' }),
    recordedAt: t.field({ type: 'DateTime', description: 'Time of the decision; now by default.' }),
    proof: t.field({
      type: 'JSON',
      description: 'Evidence of the decision: an object of at most 16 KiB, such as a form version.',
    }),
  }),
});

/** @param now time of the decision by default */
export function toConsent(input: typeof ConsentInput.$inferInput, now: Date): ConsentFields {
  return {
    ...input,
    recordedAt: input.recordedAt ?? now,
    proof: input.proof as ConsentFields['proof'],
  };
}

/** A payload that contains only the customer. */
export function customerPayload(name: string, description: string) {
  return builder.objectRef<{ readonly customer: CustomerRow }>(name).implement({
    description,
    fields: (t) => ({
      customer: t.expose('customer', { type: Customer, description: 'The customer after the change.' }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ customer }) => globalCustomerId(customer.id),
      }),
    }),
  });
}

const RecordConsentInput = builder.inputType('RecordConsentInput', {
  description: 'A decision of a customer about being contacted.',
  fields: (t) => ({
    customer: t.field({
      type: CustomerBy,
      required: true,
      description: 'The customer who gave the consent.',
    }),
    consent: t.field({ type: ConsentInput, required: true, description: 'The decision.' }),
  }),
});

const RecordConsentPayload = customerPayload('RecordConsentPayload', 'The consent was recorded.');

builder.mutationField('recordConsent', (t) =>
  t.field({
    type: RecordConsentPayload,
    description:
      'Records a decision of a customer. The newest decision for a channel and a purpose is current. Idempotent.',
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
