/** The mutation that cancels an order. No SQL. */
import { CustomerBy } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { decodeGlobalId } from '#graphql/global-id.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { WriteOutcome } from '#graphql/items.ts';

import { cancelOrder, type OrderLookup } from './cancellation.ts';
import { Order } from '../graphql.ts';
import { encodeKey, orderByKey } from '../loaders.ts';
import type { OrderOutcome } from '../service.ts';

const OrderNumberInput = builder.inputType('OrderNumberInput', {
  description: 'An order by its number in the source.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, description: 'The customer who placed it; none by default.' }),
    source: t.string({ required: true, description: 'System that issued the number.' }),
    number: t.string({ required: true, description: 'The number.' }),
  }),
});

const OrderBy = builder.inputType('OrderBy', {
  description: 'An order: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Global id, as in `Order.id`.' }),
    number: t.field({ type: OrderNumberInput, description: 'Customer, source and number.' }),
  }),
});

const CancelOrderInput = builder.inputType('CancelOrderInput', {
  description: 'The order to cancel.',
  fields: (t) => ({
    order: t.field({ type: OrderBy, required: true, description: 'The order.' }),
    cancelledAt: t.field({
      type: 'DateTime',
      description: 'Time of the cancellation: not before the order and not in the future; now by default.',
    }),
  }),
});

const CancelOrderPayload = builder.objectRef<OrderOutcome>('CancelOrderPayload').implement({
  description: 'Outcome of the cancellation.',
  fields: (t) => ({
    outcome: t.expose('outcome', {
      type: WriteOutcome,
      description: 'UPDATED, or UNCHANGED where it was cancelled before.',
    }),
    order: t.field({
      type: Order,
      nullable: true,
      description: 'The order after the change.',
      resolve: ({ customerId, orderId }, _, context) =>
        orderByKey(context).load(encodeKey({ customerId, id: orderId })),
    }),
  }),
});

builder.mutationField('cancelOrder', (t) =>
  t.field({
    type: CancelOrderPayload,
    description:
      'Cancels an order. It stays readable, with `cancelledAt`, and is excluded from profiles, lists, segments, predictions and sales. Recording the same order again leaves it cancelled; `recordOrders` with the mode REPLACE reinstates it.',
    errors: { types: [InvalidInputError, NotFoundError], directResult: true },
    args: { input: t.arg({ type: CancelOrderInput, required: true, description: 'The order.' }) },
    resolve: (_, { input: { order, cancelledAt } }, { app, now }) =>
      cancelOrder(app, toLookup(order), cancelledAt ?? now),
  }),
);

function toLookup({ id, number }: typeof OrderBy.$inferInput): OrderLookup {
  if (id != null) {
    const { typename, id: key } = decodeGlobalId(id);
    return { key: typename === 'Order' ? key : '' };
  }
  const { customer, source, number: orderNumber } = number;
  return { customer: customer ?? null, source, number: orderNumber };
}
