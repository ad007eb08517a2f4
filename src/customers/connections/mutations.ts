/** Changes of connections in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { CustomerBy } from '../graphql.ts';
import { ConnectionKindEnum } from './graphql.ts';
import {
  connectCustomers,
  type ConnectionOutcome,
  disconnectCustomers,
  type Disconnection,
  MAX_CONNECTIONS,
} from './service.ts';

const UNKNOWN =
  'Zero-based indexes of the entries of `connections` whose `from` or `to` matched no customer. They were skipped.';
const MANY = `At most ${MAX_CONNECTIONS}.`;

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** Two people and what connects them. */
const pairFields = (t: InputFields) => ({
  kind: t.field({ type: ConnectionKindEnum, required: true, description: 'What connects them.' }),
  from: t.field({
    type: CustomerBy,
    required: true,
    description: 'The customer who referred or follows the other; for a household, either of the two.',
  }),
  to: t.field({ type: CustomerBy, required: true, description: 'The other customer.' }),
});

const PairInput = builder.inputType('ConnectionPairInput', {
  description: 'Two customers and what connects them.',
  fields: pairFields,
});

const ConnectionInput = builder.inputType('ConnectionInput', {
  description: 'A connection between two customers.',
  fields: (t) => ({
    ...pairFields(t),
    source: t.string({
      required: true,
      description: 'Where it was learned, such as `referral programme`: at most 100 characters.',
    }),
    beganAt: t.field({
      type: 'DateTime',
      description: 'Since when they are connected; null or left out keeps what is known.',
    }),
  }),
});

const ConnectInput = builder.inputType('ConnectCustomersInput', {
  description: 'What connects customers.',
  fields: (t) => ({
    connections: t.field({
      type: [ConnectionInput],
      required: true,
      description: `The connections. ${MANY}`,
    }),
  }),
});

const ConnectPayload = builder.objectRef<readonly ConnectionOutcome[]>('ConnectCustomersPayload').implement({
  description: 'The connections are written down.',
  fields: (t) => ({
    created: t.int({
      description: 'How many are new.',
      resolve: (outcomes) => count(outcomes, 'created'),
    }),
    updated: t.int({
      description: 'How many were there, with another source or beginning.',
      resolve: (outcomes) => count(outcomes, 'updated'),
    }),
    unchanged: t.int({
      description: 'How many were there just so.',
      resolve: (outcomes) => count(outcomes, 'unchanged'),
    }),
    unknown: t.intList({
      description: UNKNOWN,
      resolve: (outcomes) => outcomes.flatMap((outcome, index) => (outcome === 'unknown' ? [index] : [])),
    }),
  }),
});

function count(outcomes: readonly ConnectionOutcome[], wanted: ConnectionOutcome): number {
  return outcomes.filter((outcome) => outcome === wanted).length;
}

builder.mutationField('connectCustomers', (t) =>
  t.field({
    type: ConnectPayload,
    description:
      'Records connections between customers: referrals, households and follows. Idempotent; creates no customer.',
    errors: { types: [InvalidInputError], directResult: true },
    args: { input: t.arg({ type: ConnectInput, required: true, description: 'The connections.' }) },
    resolve: (_, { input }, { app }) => connectCustomers(app, input.connections),
  }),
);

const DisconnectInput = builder.inputType('DisconnectCustomersInput', {
  description: 'Connections that do not hold any more.',
  fields: (t) => ({
    connections: t.field({ type: [PairInput], required: true, description: `The connections. ${MANY}` }),
  }),
});

const DisconnectPayload = builder.objectRef<Disconnection>('DisconnectCustomersPayload').implement({
  description: 'The connections are gone.',
  fields: (t) => ({
    removed: t.exposeInt('removedCount', { description: 'How many were there.' }),
    unknown: t.intList({ description: UNKNOWN, resolve: ({ unknown }) => [...unknown] }),
  }),
});

builder.mutationField('disconnectCustomers', (t) =>
  t.field({
    type: DisconnectPayload,
    description: 'Takes connections between customers back. One that is not there changes nothing.',
    errors: { types: [InvalidInputError], directResult: true },
    args: { input: t.arg({ type: DisconnectInput, required: true, description: 'The connections.' }) },
    resolve: (_, { input }, { app }) => disconnectCustomers(app, input.connections),
  }),
);
