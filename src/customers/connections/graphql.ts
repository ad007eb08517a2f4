/** Connections between customers in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { type PageArguments, readPage, toConnection } from '#graphql/connections.ts';
import { oncePerField, selectedNames } from '#graphql/selection.ts';

import { customerColumnsFor, requiresColumns } from '../columns.ts';
import { showText } from '../contact-data/contacts.ts';
import { Customer } from '../graphql.ts';
import { customerWith } from '../loaders.ts';
import type { CustomerColumn, CustomerRow } from '../queries.ts';
import type { ConnectionDirection, ConnectionKind } from './connection.ts';
import { connectionCountByCustomer, connectionsByCustomer } from './loaders.ts';
import { type ConnectionPage, type ConnectionRow, connectionsByRecording } from './queries.ts';

export const ConnectionKindEnum = builder.enumType('ConnectionKind', {
  description: 'Kind of a connection between two customers.',
  values: {
    REFERRAL: { value: 'referral', description: 'One referred the other.' },
    HOUSEHOLD: { value: 'household', description: 'They live or buy together.' },
    FOLLOW: { value: 'follow', description: 'One follows the activity of the other.' },
  } as const satisfies Record<string, { value: ConnectionKind; description: string }>,
});

const ConnectionDirectionEnum = builder.enumType('ConnectionDirection', {
  description: 'Direction of a connection, from the customer whose list it is in.',
  values: {
    OUTGOING: { value: 'outgoing', description: 'The customer referred or follows the other.' },
    INCOMING: { value: 'incoming', description: 'The customer was referred or is followed by the other.' },
    MUTUAL: { value: 'mutual', description: 'Without direction, as in a household.' },
  } as const satisfies Record<string, { value: ConnectionDirection; description: string }>,
});

/** The other customer, with the connection. */
interface ConnectedCustomer extends CustomerRow {
  readonly connection: ConnectionRow;
}

interface ConnectionArguments extends PageArguments {
  readonly kinds?: readonly ConnectionKind[] | null | undefined;
}

interface Wanted {
  readonly list: ConnectionPage;
  /** Columns to read of the other customers. */
  readonly columns: readonly CustomerColumn[];
}

const readWanted = oncePerField(({ kinds, ...page }: ConnectionArguments, info): Wanted => ({
  list: {
    page: readPage(page, connectionsByRecording.order),
    kinds: kinds == null ? null : [...new Set(kinds)].toSorted(),
  },
  columns: customerColumnsFor(info, selectedNames(info, ['nodes'], ['edges', 'node'])),
}));

builder.objectField(Customer, 'connections', (t) =>
  t.connection(
    {
      type: Customer,
      description:
        'Customers connected with this one, last recorded first; a customer with two connections appears twice.',
      args: {
        kinds: t.arg({ type: [ConnectionKindEnum], description: 'Only connections of these kinds.' }),
      },
      extensions: requiresColumns(),
      resolve: async ({ id }, args, context, info) => {
        const { list, columns } = readWanted(args, info);
        const rows = await connectionsByCustomer(context, list).load(id);
        const people = await customerWith(context, columns).loadMany(rows.map(({ otherId }) => otherId));
        const connected = rows.flatMap((connection, index): ConnectedCustomer[] => {
          const other = people[index];
          if (other instanceof Error) throw other;
          return other == null ? [] : [{ ...other, connection }];
        });
        return toConnection(
          list.page,
          connected,
          ({ connection }) => connectionsByRecording.cursorOf(connection),
          () => connectionCountByCustomer(context, list.kinds).load(id),
        );
      },
    },
    { name: 'ConnectedCustomerConnection', description: 'A page of connected customers.' },
    {
      name: 'ConnectedCustomerEdge',
      description: 'A connected customer, with the connection.',
      fields: (t) => ({
        kind: t.field({
          type: ConnectionKindEnum,
          description: 'Kind of the connection.',
          resolve: ({ node }) => node.connection.kind,
        }),
        direction: t.field({
          type: ConnectionDirectionEnum,
          description: 'Direction.',
          resolve: ({ node }) => node.connection.direction,
        }),
        source: t.string({
          description: 'Source: a form, a programme, another system.',
          resolve: ({ node }, _, { viewer }) => showText(viewer, node.connection.source),
        }),
        beganAt: t.field({
          type: 'DateTime',
          nullable: true,
          description: 'Start of the connection; null where the source did not say.',
          resolve: ({ node }) => node.connection.beganAt,
        }),
        recordedAt: t.field({
          type: 'DateTime',
          description: 'Time of the first recording.',
          resolve: ({ node }) => node.connection.recordedAt,
        }),
      }),
    },
  ),
);
