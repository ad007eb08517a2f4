/** Identity conflicts in the schema: the queue, and decisions. No SQL. */
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { ErrorInterface } from '#graphql/errors.ts';
import { instants } from '#graphql/instants.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { type ConflictingIdentity, IdentityConflictError } from '../errors.ts';
import { Customer, customerIdDescription, globalCustomerId, Identity, IdentityKindEnum } from '../graphql.ts';
import type { OnConflict } from '../identity/identity-policy.ts';
import { customerById, reloadCustomer } from '../loaders.ts';
import type { CustomerRow } from '../queries.ts';
import { conflictByKey } from './loaders.ts';
import {
  type ConflictRow,
  type ConflictStatus,
  countConflicts,
  readConflictPage,
  conflictsByAge,
} from './rows.ts';
import { type ConflictAction, encodeConflictKey, readConflictId, resolveConflict } from './service.ts';

export const OnConflictEnum = builder.enumType('OnConflict', {
  description:
    'Policy for an identity that would merge customers whose stronger identities differ, such as a phone that two ids of one CRM share.',
  values: {
    KEEP: {
      value: 'keep',
      description:
        'The identity keeps its owner, the customers stay separate, and the conflict goes to the queue.',
    },
    REJECT: { value: 'reject', description: 'Nothing is written; the answer is `IdentityConflictError`.' },
    MERGE: { value: 'merge', description: 'They are merged into the older customer.' },
  } as const satisfies Record<string, { value: OnConflict; description: string }>,
});

const ConflictReasonEnum = builder.enumType('IdentityConflictReason', {
  description: 'Why an identity does not merge two customers.',
  values: {
    CONTRADICTION: {
      value: 'contradiction',
      description: 'Stronger identities differ, such as two ids of one source.',
    },
    LIMIT: { value: 'limit', description: 'One customer would have more identities of a kind than allowed.' },
  } as const,
});

const ConflictStatusEnum = builder.enumType('IdentityConflictStatus', {
  description: 'Status of a conflict.',
  values: {
    OPEN: { value: 'open', description: 'Not decided yet.' },
    KEPT_APART: { value: 'kept_apart', description: 'Decided: the two are different customers.' },
  } as const satisfies Record<string, { value: ConflictStatus; description: string }>,
});

export const IdentityConflict = builder.objectRef<ConflictRow>('IdentityConflict');

builder.node(IdentityConflict, {
  description:
    'An identity in the input of a customer that belongs to another one. A repeated conflict is the same one.',
  id: { resolve: encodeConflictKey, description: 'Global id.' },
  loadMany: (keys, context) => keys.map((key) => conflictByKey(context).load(key.toLowerCase())),
  fields: (t) => ({
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'Kind of the identity.' }),
    source: t.string({
      nullable: true,
      description: 'System that issued an external id; null for the other kinds.',
      resolve: ({ source }) => (source === '' ? null : source),
    }),
    identity: t.field({
      type: Identity,
      description: 'The identity; masked as everywhere.',
      resolve: ({ kind, source, value, hash, customerId, otherId, firstSeenAt }) => ({
        customerId: otherId ?? customerId,
        kind,
        source,
        value,
        hash,
        createdAt: firstSeenAt,
      }),
    }),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer of the record with the identity, who does not own it.',
      resolve: ({ customerId }, _, context) => customerById(context).load(customerId),
    }),
    owner: t.field({
      type: Customer,
      nullable: true,
      description: 'The owner of the identity; null if it has none.',
      resolve: ({ otherId }, _, context) => (otherId === null ? null : customerById(context).load(otherId)),
    }),
    reason: t.expose('reason', {
      type: ConflictReasonEnum,
      description: 'Why the identity does not merge them.',
    }),
    status: t.expose('status', { type: ConflictStatusEnum, description: 'Status of the conflict.' }),
    ...instants(
      t,
      { firstSeenAt: 'Time of the first occurrence.', lastSeenAt: 'Time of the last occurrence.' },
      { resolvedAt: 'Time of the decision; null while it is open.' },
    ),
  }),
});

builder.queryField('identityConflicts', (t) =>
  t.connection(
    {
      type: IdentityConflict,
      description: 'Identity conflicts, newest first.',
      args: {
        status: t.arg({
          type: ConflictStatusEnum,
          required: true,
          defaultValue: 'open',
          description: 'Only those with this status.',
        }),
      },
      resolve: async (_, { status, ...args }, { db }) => {
        const page = readPage(args, conflictsByAge.order);
        return toConnection(page, await readConflictPage(db, status, page), conflictsByAge.cursorOf, () =>
          countConflicts(db, status),
        );
      },
    },
    { name: 'IdentityConflictConnection', description: 'A page of conflicts.' },
    { name: 'IdentityConflictEdge', description: 'A conflict and its cursor.' },
  ),
);

const ConflictingIdentityType = builder.objectRef<ConflictingIdentity>('ConflictingIdentity').implement({
  description: 'An identity that would have merged customers whose stronger identities differ.',
  fields: (t) => ({
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'Kind of the identity.' }),
    source: t.string({
      nullable: true,
      description: 'System that issued an external id; null for the other kinds.',
      resolve: ({ source }) => (source === '' ? null : source),
    }),
    reason: t.expose('reason', { type: ConflictReasonEnum, description: 'Why it does not merge them.' }),
    owner: t.field({
      type: Customer,
      nullable: true,
      description: 'Share of customers with a value; null if none has one.',
      resolve: ({ otherId }, _, context) => (otherId === null ? null : customerById(context).load(otherId)),
    }),
  }),
});

builder.objectType(IdentityConflictError, {
  name: 'IdentityConflictError',
  description: 'The identities contradict each other, and nothing was written.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    conflicts: t.expose('conflicts', {
      type: [ConflictingIdentityType],
      description: 'Each contradicting identity.',
    }),
  }),
});

const ConflictActionEnum = builder.enumType('IdentityConflictAction', {
  description: 'Decision about an identity conflict.',
  values: {
    KEEP_APART: {
      value: 'keep_apart',
      description: 'They are two customers; the identity keeps its owner.',
    },
    MERGE: {
      value: 'merge',
      description:
        'The two are merged into the older one. If the identity has no owner, the customer gets it.',
    },
  } as const satisfies Record<string, { value: ConflictAction; description: string }>,
});

const ResolveIdentityConflictInput = builder.inputType('ResolveIdentityConflictInput', {
  description: 'A decision about a conflict.',
  fields: (t) => ({
    conflict: t.id({ required: true, description: 'Id as in `IdentityConflict.id`.' }),
    action: t.field({ type: ConflictActionEnum, required: true, description: 'The decision.' }),
  }),
});

interface Resolved {
  readonly customer: CustomerRow;
  readonly conflict: ConflictRow | null;
}

const ResolveIdentityConflictPayload = builder
  .objectRef<Resolved>('ResolveIdentityConflictPayload')
  .implement({
    description: 'The conflict was decided.',
    fields: (t) => ({
      customer: t.expose('customer', {
        type: Customer,
        description: 'The customer of the record with the identity, after the decision.',
      }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ customer }) => globalCustomerId(customer.id),
      }),
      conflict: t.expose('conflict', {
        type: IdentityConflict,
        nullable: true,
        description: 'The conflict after the decision; null after a merge, which removes it.',
      }),
    }),
  });

builder.mutationField('resolveIdentityConflict', (t) =>
  t.field({
    type: ResolveIdentityConflictPayload,
    description: 'Decides an identity conflict: permanently two customers, or a merge.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({ type: ResolveIdentityConflictInput, required: true, description: 'The decision.' }),
    },
    resolve: async (_, { input }, context) => {
      const key = readConflictId(input.conflict);
      const customerId = await resolveConflict(context.app, key, input.action);
      const customer = await reloadCustomer(context, customerId);
      return { customer, conflict: await conflictByKey(context).load(encodeConflictKey(key)) };
    },
  }),
);
