/** Subscriptions to the change log. No SQL. */
import { builder } from '#graphql/builder.ts';
import { readGlobalId } from '#graphql/global-id.ts';

import { Change, ChangeKindEnum } from './graphql.ts';
import { subscribeToChanges } from './subscribe.ts';
import type { ChangeKind } from './tables.ts';

builder.subscriptionType({
  description:
    'All subscriptions, over server-sent events (a POST that accepts `text/event-stream`, one connection for each) or over WebSocket (graphql-transport-ws, the key as `authorization` in the connection parameters). Each event is answered with the rights of the caller, and carries a `cursor` to continue from after a broken connection.',
});

export const afterDescription =
  'Cursor of an entry of `changes` or of an earlier event, to go on after it; from now on unless given. Where entries after it are gone, the error code is CURSOR_EXPIRED.';

builder.subscriptionField('changes', (t) =>
  t.field({
    type: Change,
    description: 'Entries of the change log as they are written, in its order, none skipped.',
    args: {
      kinds: t.arg({ type: [ChangeKindEnum], description: 'Only these kinds; all unless given.' }),
      customer: t.arg.id({ description: 'Only entries of this customer: global id or plain UUID.' }),
      after: t.arg.string({ description: afterDescription }),
    },
    subscribe: (_, { kinds, customer, after }, context) =>
      subscribeToChanges(context, { kinds: kinds ?? null, customerId: readCustomer(customer) }, after),
    resolve: (change) => change,
  }),
);

const CUSTOMER_KINDS: readonly ChangeKind[] = [
  'customer_created',
  'customer_changed',
  'customer_merged',
  'customer_split',
  'customer_erased',
  'consent_recorded',
  'order_placed',
  'order_returned',
  'order_adjusted',
  'order_changed',
  'order_cancelled',
];

builder.subscriptionField('customerChanged', (t) =>
  t.field({
    type: Change,
    description:
      'Changes of customers: kinds that begin with CUSTOMER or ORDER, and CONSENT_RECORDED. `customer` of the event is the customer as of now.',
    args: {
      customer: t.arg.id({ description: 'Only this customer: global id or plain UUID; all unless given.' }),
      after: t.arg.string({ description: afterDescription }),
    },
    subscribe: (_, { customer, after }, context) =>
      subscribeToChanges(context, { kinds: CUSTOMER_KINDS, customerId: readCustomer(customer) }, after),
    resolve: (change) => change,
  }),
);

export function readCustomer(customer: string | null | undefined): string | null {
  return customer == null ? null : readGlobalId('Customer', customer, 'customer');
}
