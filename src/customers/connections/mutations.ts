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

/** Two customers and their connection. */
const pairFields = (t: InputFields) => ({
  kind: t.field({ type: ConnectionKindEnum, required: true, description: 'Kind of the connection.' }),
  from: t.field({
    type: CustomerBy,
    required: true,
    description: 'The customer who referred or follows the other; for a household, either of the two.',
  }),
  to: t.field({ type: CustomerBy, required: true, description: 'The other customer.' }),
});

const PairInput = builder.inputType('ConnectionPairInput', {
  description: 'Two customers and their connection.',
  fields: pairFields,
});

const ConnectionInput = builder.inputType('ConnectionInput', {
  description: 'A connection between two customers.',
  fields: (t) => ({
    ...pairFields(t),
    source: t.string({
      required: true,
      description: 'Source, such as `referral programme`: at most 100 characters.',
    }),
    beganAt: t.field({
      type: 'DateTime',
      description: 'Start of the connection; null or no value keeps the known one.',
    }),
  }),
});

const ConnectInput = builder.inputType('ConnectCustomersInput', {
  description: 'Connections between customers.',
  fields: (t) => ({
    connections: t.field({
      type: [ConnectionInput],
      required: true,
      description: `The connections. ${MANY}`,
    }),
  }),
});

const ConnectPayload = builder.objectRef<readonly ConnectionOutcome[]>('ConnectCustomersPayload').implement({
  description: 'The connections were recorded.',
  fields: (t) => ({
    created: t.int({
      description: 'Number of new connections.',
      resolve: (outcomes) => count(outcomes, 'created'),
    }),
    updated: t.int({
      description: 'Number of changed connections: another source or start.',
      resolve: (outcomes) => count(outcomes, 'updated'),
    }),
    unchanged: t.int({
      description: 'Number of unchanged connections.',
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
  description: 'Connections to remove.',
  fields: (t) => ({
    connections: t.field({ type: [PairInput], required: true, description: `The connections. ${MANY}` }),
  }),
});

const DisconnectPayload = builder.objectRef<Disconnection>('DisconnectCustomersPayload').implement({
  description: 'The connections were removed.',
  fields: (t) => ({
    removed: t.exposeInt('removedCount', { description: 'Number of removed connections.' }),
    unknown: t.intList({ description: UNKNOWN, resolve: ({ unknown }) => [...unknown] }),
  }),
});

builder.mutationField('disconnectCustomers', (t) =>
  t.field({
    type: DisconnectPayload,
    description: 'Removes connections between customers. Idempotent.',
    errors: { types: [InvalidInputError], directResult: true },
    args: { input: t.arg({ type: DisconnectInput, required: true, description: 'The connections.' }) },
    resolve: (_, { input }, { app }) => disconnectCustomers(app, input.connections),
  }),
);
