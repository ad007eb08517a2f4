/** Conflicts of identity in the schema: the queue, and what is decided about it. No SQL. */
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
    'What to do with an identity that would join customers whom stronger identities tell apart, such as a phone that two ids of one CRM share.',
  values: {
    KEEP: {
      value: 'keep',
      description:
        'The identity stays where it is, the customers stay two, and the conflict goes to the queue.',
    },
    REJECT: { value: 'reject', description: 'Nothing is written; the answer is `IdentityConflictError`.' },
    MERGE: { value: 'merge', description: 'They become one customer: the one known for longest.' },
  } as const satisfies Record<string, { value: OnConflict; description: string }>,
});

const ConflictReasonEnum = builder.enumType('IdentityConflictReason', {
  description: 'Why an identity does not join two customers.',
  values: {
    CONTRADICTION: {
      value: 'contradiction',
      description: 'Stronger identities differ, such as two ids of one source.',
    },
    LIMIT: { value: 'limit', description: 'One customer would have more identities of a kind than allowed.' },
  } as const,
});

const ConflictStatusEnum = builder.enumType('IdentityConflictStatus', {
  description: 'Whether a conflict waits for a decision.',
  values: {
    OPEN: { value: 'open', description: 'No customer decided yet.' },
    KEPT_APART: { value: 'kept_apart', description: 'The two are different customers, for good.' },
  } as const satisfies Record<string, { value: ConflictStatus; description: string }>,
});

export const IdentityConflict = builder.objectRef<ConflictRow>('IdentityConflict');

builder.node(IdentityConflict, {
  description:
    'An identity that a customer came with and that stayed with somebody else. The same again is one.',
  id: { resolve: encodeConflictKey, description: 'Global id.' },
  loadMany: (keys, context) => keys.map((key) => conflictByKey(context).load(key.toLowerCase())),
  fields: (t) => ({
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'What kind of identity it is.' }),
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
      description: 'The customer of the record that brought the identity, and does not have it.',
      resolve: ({ customerId }, _, context) => customerById(context).load(customerId),
    }),
    owner: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer who has the identity; null if none has it.',
      resolve: ({ otherId }, _, context) => (otherId === null ? null : customerById(context).load(otherId)),
    }),
    reason: t.expose('reason', {
      type: ConflictReasonEnum,
      description: 'Why the identity does not join them.',
    }),
    status: t.expose('status', { type: ConflictStatusEnum, description: 'Whether it waits for a decision.' }),
    ...instants(
      t,
      { firstSeenAt: 'When it came up.', lastSeenAt: 'When it came up last.' },
      { resolvedAt: 'When it was decided; null while it is open.' },
    ),
  }),
});

builder.queryField('identityConflicts', (t) =>
  t.connection(
    {
      type: IdentityConflict,
      description: 'Conflicts of identity, newest first.',
      args: {
        status: t.arg({
          type: ConflictStatusEnum,
          required: true,
          defaultValue: 'open',
          description: 'Those of this status.',
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
    { name: 'IdentityConflictEdge', description: 'A conflict and its place in the order.' },
  ),
);

const ConflictingIdentityType = builder.objectRef<ConflictingIdentity>('ConflictingIdentity').implement({
  description: 'An identity that would have joined customers whom stronger identities tell apart.',
  fields: (t) => ({
    kind: t.expose('kind', { type: IdentityKindEnum, description: 'What kind it is.' }),
    source: t.string({
      nullable: true,
      description: 'System that issued an external id; null for the other kinds.',
      resolve: ({ source }) => (source === '' ? null : source),
    }),
    reason: t.expose('reason', { type: ConflictReasonEnum, description: 'Why it does not join them.' }),
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
      description: 'Each identity that contradicts.',
    }),
  }),
});

const ConflictActionEnum = builder.enumType('IdentityConflictAction', {
  description: 'What to do about a conflict of identity.',
  values: {
    KEEP_APART: {
      value: 'keep_apart',
      description: 'They are two customers; the identity stays where it is.',
    },
    MERGE: {
      value: 'merge',
      description:
        'The two are merged into the older one. If no customer has the identity, the customer gets it.',
    },
  } as const satisfies Record<string, { value: ConflictAction; description: string }>,
});

const ResolveIdentityConflictInput = builder.inputType('ResolveIdentityConflictInput', {
  description: 'A decision about a conflict.',
  fields: (t) => ({
    conflict: t.id({ required: true, description: 'Which: `IdentityConflict.id`.' }),
    action: t.field({ type: ConflictActionEnum, required: true, description: 'What to do.' }),
  }),
});

interface Resolved {
  readonly customer: CustomerRow;
  readonly conflict: ConflictRow | null;
}

const ResolveIdentityConflictPayload = builder
  .objectRef<Resolved>('ResolveIdentityConflictPayload')
  .implement({
    description: 'The conflict is decided.',
    fields: (t) => ({
      customer: t.expose('customer', {
        type: Customer,
        description: 'The customer of the record that brought the identity, after the resolution.',
      }),
      customerId: t.id({
        description: customerIdDescription,
        resolve: ({ customer }) => globalCustomerId(customer.id),
      }),
      conflict: t.expose('conflict', {
        type: IdentityConflict,
        nullable: true,
        description: 'The conflict as it is now; null where the two are one, since it is gone.',
      }),
    }),
  });

builder.mutationField('resolveIdentityConflict', (t) =>
  t.field({
    type: ResolveIdentityConflictPayload,
    description: 'Decides a conflict of identity: two customers for good, or one.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: {
      input: t.arg({ type: ResolveIdentityConflictInput, required: true, description: 'What is decided.' }),
    },
    resolve: async (_, { input }, context) => {
      const key = readConflictId(input.conflict);
      const customerId = await resolveConflict(context.app, key, input.action);
      const customer = await reloadCustomer(context, customerId);
      return { customer, conflict: await conflictByKey(context).load(encodeConflictKey(key)) };
    },
  }),
);
