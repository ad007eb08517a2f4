/** Customers in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { GlobalId } from '#graphql/global-id.ts';
import { oncePerField, selectedNames } from '#graphql/selection.ts';
import { instants } from '#graphql/instants.ts';
import { hasScope } from '#platform/auth/viewer.ts';
import type { RequestContext } from '#platform/request.ts';

import { customerColumnsFor, requiresColumns } from './columns.ts';
import { showText } from './contact-data/contacts.ts';
import type { ContactKind } from './input.ts';
import {
  contactsByCustomer,
  customerById,
  customerByIdentity,
  customerWith,
  identitiesByCustomer,
} from './loaders.ts';
import { type CustomerLookup, lookupIdentity, readCustomerId } from './identity/lookup.ts';
import type { CustomerColumn, CustomerRow, IdentityRow } from './queries.ts';

export const Customer = builder.objectRef<CustomerRow>('Customer');

/** The field `customerId` of payloads, for callers that may write customers but not read `Customer`. */
export const customerIdDescription = 'Global id of the customer. Needs no scope beside that of the mutation.';

export function globalCustomerId(customerId: string): string {
  return new GlobalId('Customer:', customerId).toString();
}

export const IdentityKindEnum = builder.enumType('IdentityKind', {
  description: 'Kind of an identity.',
  values: {
    EMAIL: { value: 'email', description: 'An e-mail address.' },
    PHONE: { value: 'phone', description: 'A phone number.' },
    EXTERNAL: { value: 'external', description: 'An id in another system, such as a CRM or a shop.' },
    ANONYMOUS: { value: 'anonymous', description: 'An id of a device or a browser.' },
  } as const,
});

export const Identity = builder.objectRef<IdentityRow>('Identity').implement({
  description: 'An identifier of a customer. Each belongs to at most one customer.',
  fields: (t) => ({
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'Kind of the identity.' }),
    source: t.string({
      nullable: true,
      description: 'System that issued an external id; null for the other kinds.',
      resolve: ({ source }, _, { viewer }) => (source === '' ? null : showText(viewer, source)),
    }),
    value: t.string({
      nullable: true,
      description:
        'The identifier. E-mails and phones are masked without the scope `pii:read`; null for an external id that is itself an e-mail address or a phone number, of which only a hash is stored.',
      resolve: async ({ value, customerId, hash }, _, context) => {
        if (value !== null && hasScope(context.viewer, 'pii:read')) return value;
        const contacts = await contactsByCustomer(context).load(customerId);
        return value === null ? contacts.byHash(hash) : contacts.within(value);
      },
    }),
    ...instants(t, { createdAt: 'Time of the first recording.' }),
  }),
});

function showContact(kind: ContactKind) {
  return ({ id }: CustomerRow, _: object, context: RequestContext): Promise<string | null> =>
    contactsByCustomer(context)
      .load(id)
      .then((contacts) => contacts.preferred(kind));
}

builder.node(Customer, {
  description: 'A customer.',
  id: { resolve: (customer) => customer.id, description: 'Global id.', extensions: requiresColumns() },
  loadMany: (ids, context) => ids.map((id) => customerById(context).load(id)),
  fields: (t) => ({
    displayName: t.string({
      nullable: true,
      description: 'Their name. Without the scope `pii:read` its initials: `A. L.`.',
      extensions: requiresColumns(),
      resolve: showContact('name'),
    }),
    email: t.string({
      nullable: true,
      description: 'Preferred e-mail address. Without the scope `pii:read` masked: `a…@e…`.',
      extensions: requiresColumns(),
      resolve: showContact('email'),
    }),
    phone: t.string({
      nullable: true,
      description: 'Preferred phone number, E.164. Without the scope `pii:read` masked: `+44 … 18`.',
      extensions: requiresColumns(),
      resolve: showContact('phone'),
    }),
    address: t.string({
      nullable: true,
      description: 'Postal address, lines separated by line feeds. Without the scope `pii:read` just `…`.',
      extensions: requiresColumns(),
      resolve: showContact('address'),
    }),
    country: t.exposeString('country', {
      nullable: true,
      extensions: requiresColumns('country'),
      description: 'ISO 3166-1 alpha-2 code of the country.',
    }),
    language: t.exposeString('language', {
      nullable: true,
      extensions: requiresColumns('language'),
      description: 'BCP 47 tag, such as `en-GB`.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      extensions: requiresColumns('updatedAt'),
      description:
        'When anything that a source says of them was last changed: traits, attributes, contact data, consents, identities, first and last activity.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      extensions: requiresColumns('createdAt'),
      description: 'When the customer became known: the earliest of all sources.',
    }),
    firstSeenAt: t.expose('firstSeenAt', {
      type: 'DateTime',
      extensions: requiresColumns('firstSeenAt'),
      nullable: true,
      description: 'When they were first active.',
    }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      extensions: requiresColumns('lastSeenAt'),
      nullable: true,
      description: 'When they were last active.',
    }),
    identities: t.field({
      type: [Identity],
      description: 'Their identities, oldest first.',
      extensions: requiresColumns(),
      resolve: ({ id }, _, context) => identitiesByCustomer(context).load(id),
    }),
    attributes: t.field({
      type: 'JSON',
      description:
        'Custom attributes, by name. Contact data belongs in the fields that seal it; without the scope `pii:read`, text that looks like contact data is removed.',
      extensions: requiresColumns('attributes'),
      resolve: ({ id, attributes }, _, context) => {
        const object = JSON.parse(attributes) as unknown;
        if (attributes === '{}' || hasScope(context.viewer, 'pii:read')) return object;
        return contactsByCustomer(context)
          .load(id)
          .then((contacts) => contacts.within(object));
      },
    }),
  }),
});

const ExternalIdInput = builder.inputType('ExternalIdInput', {
  description: 'An id in another system.',
  fields: (t) => ({
    source: t.string({ required: true, description: 'System that issued it, such as `crm`.' }),
    id: t.string({ required: true, description: 'The id there.' }),
  }),
});

export const CustomerBy = builder.inputType('CustomerBy', {
  description: 'Which customer: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({
      description:
        'Global id as in `Customer.id`, or the plain UUID. The id of a merged customer finds the one that it was merged into.',
    }),
    email: t.string({ description: 'Any of their e-mail addresses, in any case.' }),
    phone: t.string({ description: 'Any of their phone numbers, with country code: `+44 20 7946 0018`.' }),
    externalId: t.field({ type: ExternalIdInput, description: 'Their id in another system.' }),
    anonymousId: t.string({ description: 'Id of a device or browser of theirs.' }),
  }),
});

builder.queryField('customer', (t) =>
  t.field({
    type: Customer,
    nullable: true,
    description: 'One customer; null if none has this identity.',
    args: { by: t.arg({ type: CustomerBy, required: true, description: 'How to find them.' }) },
    resolve: (_, args, context, info) => findCustomer(args.by, context, readColumns(args, info)),
  }),
);

const readColumns = oncePerField((_arguments: object, info) =>
  customerColumnsFor(info, selectedNames(info, [])),
);

/** The columns include `id`. */
export function findCustomer(
  by: CustomerLookup,
  context: RequestContext,
  columns: readonly CustomerColumn[],
): Promise<CustomerRow | null> {
  const identity = lookupIdentity(by, context.app.keyring);
  if (identity !== null) return customerByIdentity(context, columns).load(identity);
  return customerWith(context, columns).load(readCustomerId(by.id ?? '', 'by.id'));
}
