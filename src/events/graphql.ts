/** Orders and the timeline in the schema. No SQL. */
import { Product } from '#catalog/graphql.ts';
import { productById } from '#catalog/loaders.ts';
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { showText } from '#customers/contact-data/contacts.ts';
import { contactsByCustomer, customerById } from '#customers/loaders.ts';
import { builder } from '#graphql/builder.ts';
import { type PageArguments, readPage, toConnection, withoutLookahead } from '#graphql/connections.ts';
import { projectColumns, oncePerField, selectedNames } from '#graphql/selection.ts';
import { instants } from '#graphql/instants.ts';
import { hasScope } from '#platform/auth/viewer.ts';
import type { RequestContext } from '#platform/request.ts';

import { guestCustomerId } from './guest.ts';
import {
  encodeKey,
  eventByKey,
  eventCountByCustomer,
  eventsByCustomer,
  linesByOrder,
  orderByKey,
  orderCountByCustomer,
  type OrderPage,
  ordersByCustomer,
} from './loaders.ts';
import {
  type EventRow,
  type OrderColumn,
  orderColumns,
  type OrderLineRow,
  type OrderRow,
  ordersByTime,
  eventsByTime,
} from './queries.ts';

export const Order = builder.objectRef<OrderRow>('Order');
export const Event = builder.objectRef<EventRow>('Event');

export const OrderKindEnum = builder.enumType('OrderKind', {
  description: 'Kind of an order.',
  values: {
    SALE: { value: 'sale', description: 'A sale.' },
    RETURN: { value: 'return', description: 'A cancellation or refund: quantities and total are negative.' },
    ADJUSTMENT: { value: 'adjustment', description: 'Book-keeping, such as bad debt or a write-off.' },
  } as const,
});

const OrderLine = builder.objectRef<OrderLineRow>('OrderLine').implement({
  description: 'One product of an order.',
  fields: (t) => ({
    lineNumber: t.exposeInt('lineNumber', { description: 'Number of the line in the order, from 1.' }),
    product: t.field({
      type: Product,
      nullable: true,
      description: 'The product.',
      resolve: ({ productId }, _, context) => productById(context).load(productId),
    }),
    quantity: t.exposeInt('quantity', { description: 'Units, negative for returned ones.' }),
    unitPrice: t.field({
      type: 'Money',
      description: 'Price of one unit, to four decimals.',
      resolve: ({ unitPrice }, _, { app }) => ({ amount: unitPrice, currency: app.config.currency }),
    }),
    amount: t.field({
      type: 'Money',
      description: 'Amount of the line: quantity times unit price, or the total given by its source.',
      resolve: ({ amount }, _, { app }) => ({ amount, currency: app.config.currency }),
    }),
    repeatCount: t.exposeInt('repeatCount', {
      description:
        'Number of times that the source repeated this exact line. It counts once in every amount and sum.',
    }),
  }),
});

builder.node(Order, {
  description: 'A sale, a return or an adjustment, with the number of its source.',
  extensions: { idParts: 2 },
  id: { resolve: encodeKey, description: 'Global id.' },
  loadMany: (keys, context) => keys.map((key) => orderByKey(context).load(key)),
  fields: (t) => ({
    number: t.string({
      description: 'The number in the source.',
      resolve: ({ number }, _, { viewer }) => showText(viewer, number),
    }),
    source: t.string({
      description: 'System that issued the number.',
      resolve: ({ source }, _, { viewer }) => showText(viewer, source),
    }),
    kind: t.expose('kind', { type: OrderKindEnum, description: 'Sale, return or adjustment.' }),
    ...instants(t, { placedAt: 'Time of the order.' }),
    total: t.field({
      type: 'Money',
      description: 'Sum of the lines, negative for returns.',
      resolve: ({ total, currency }) => ({ amount: total, currency }),
    }),
    itemCount: t.exposeInt('itemCount', { description: 'Units over all lines, negative for returns.' }),
    lineCount: t.exposeInt('lineCount', { description: 'Number of lines.' }),
    country: t.exposeString('country', {
      nullable: true,
      description: 'Country of the delivery, ISO 3166-1 alpha-2.',
    }),
    channel: t.string({
      nullable: true,
      description: 'Channel of the order: web, store.',
      resolve: ({ channel }, _, { viewer }) => showText(viewer, channel),
    }),
    ...instants(
      t,
      { updatedAt: 'Time of the last change.' },
      {
        cancelledAt:
          'Time of the cancellation; null unless it was cancelled. A cancelled order is not counted anywhere.',
      },
    ),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer who placed it; null for a sale without a known customer.',
      resolve: ({ customerId }, _, context) =>
        customerId === guestCustomerId ? null : customerById(context).load(customerId),
    }),
    original: t.field({
      type: Order,
      nullable: true,
      description:
        'The sale of a return, if it can be identified: of the same customer, at or before it, with every returned product in at least that quantity; one of exactly these quantities first, then the latest.',
      resolve: ({ customerId, originalOrderId }, _, context) =>
        originalOrderId === null
          ? null
          : orderByKey(context).load(encodeKey({ customerId, id: originalOrderId })),
    }),
    lines: t.field({
      type: [OrderLine],
      description: 'Lines of the order, in the order of the source.',
      resolve: (order, _, context) => linesByOrder(context).load(order),
    }),
  }),
});

/** A free text of a source about a customer, as the caller may see it. */
function showOf<Value>(context: RequestContext, customerId: string, value: Value): Value | Promise<Value> {
  if (value === null || hasScope(context.viewer, 'pii:read')) return value;
  return contactsByCustomer(context)
    .load(customerId)
    .then((contacts) => contacts.within(value));
}

builder.node(Event, {
  description: 'An event of a customer at a time.',
  extensions: { idParts: 2 },
  id: { resolve: encodeKey, description: 'Global id.' },
  loadMany: (keys, context) => keys.map((key) => eventByKey(context).load(key)),
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description:
        'Kind of the event, in snake_case: `order_placed`, `order_returned`, `product_viewed`, `added_to_cart`, `search`, `message_sent`, or any other of a source.',
    }),
    source: t.exposeString('source', { description: 'Source system.' }),
    ...instants(t, {
      occurredAt: 'Time of the event.',
      recordedAt: 'Time of recording.',
      updatedAt: 'Time of recording, or of the merge that moved it to another customer.',
    }),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer whose timeline it is on.',
      resolve: ({ customerId }, _, context) => customerById(context).load(customerId),
    }),
    sessionId: t.string({
      nullable: true,
      description: 'Session of the event; a keyed hash where the source sent contact data.',
      resolve: ({ customerId, sessionId }, _, context) => showOf(context, customerId, sessionId),
    }),
    properties: t.field({
      type: 'JSON',
      description:
        'Further properties from the source, without contact data: e-mail addresses and phone numbers are removed, and without the scope `pii:read` the name of the customer too.',
      resolve: ({ customerId, properties }, _, context) => showOf(context, customerId, properties),
    }),
    product: t.field({
      type: Product,
      nullable: true,
      description: 'The product of the event.',
      resolve: ({ productId }, _, context) =>
        productId === null ? null : productById(context).load(productId),
    }),
    order: t.field({
      type: Order,
      nullable: true,
      description: 'The order of the event.',
      resolve: ({ customerId, orderId }, _, context) =>
        orderId === null ? null : orderByKey(context).load(encodeKey({ customerId, id: orderId })),
    }),
  }),
});

const PLACE = ['customerId', 'id', 'placedAt'] as const;

/** Columns of the fields of `Order`, so that a page reads only those that are selected. */
const ORDER_NEEDS: Readonly<Record<string, readonly OrderColumn[]>> = {
  id: [],
  number: ['number'],
  placedAt: [],
  itemCount: ['itemCount'],
  lineCount: ['lineCount'],
  source: ['source'],
  kind: ['kind'],
  country: ['country'],
  channel: ['channel'],
  cancelledAt: ['cancelledAt'],
  updatedAt: ['updatedAt'],
  lines: [],
  customer: [],
};

const readOrderPage = oncePerField((args: PageArguments, info): OrderPage => {
  const names = selectedNames(info, ['nodes'], ['edges', 'node']);
  const ofTotal = selectedNames(info, ['nodes', 'total'], ['edges', 'node', 'total']);
  const total: readonly OrderColumn[] = ofTotal.has('currency') ? ['total', 'currency'] : ['total'];
  const columns = projectColumns(names, { ...ORDER_NEEDS, total }, orderColumns, PLACE);
  return {
    page: withoutLookahead(readPage(args, ordersByTime.order), selectedNames(info, [])),
    columns,
  };
});

export const OrderEdge = builder.edgeObject({
  type: Order,
  name: 'OrderEdge',
  description: 'An order and its cursor.',
});

export const OrderConnection = builder.connectionObject(
  { type: Order, name: 'OrderConnection', description: 'A page of orders.' },
  OrderEdge,
);

export const EventEdge = builder.edgeObject({
  type: Event,
  name: 'EventEdge',
  description: 'An event and its cursor.',
});

export const EventConnection = builder.connectionObject(
  { type: Event, name: 'EventConnection', description: 'A page of events.' },
  EventEdge,
);

builder.objectField(Customer, 'orders', (t) =>
  t.connection(
    {
      type: Order,
      description: 'Their orders, newest first.',
      extensions: requiresColumns(),
      resolve: async ({ id }, args, context, info) => {
        const orderPage = readOrderPage(args, info);
        const rows = (await ordersByCustomer(context, orderPage).load(id)) as readonly OrderRow[];
        return toConnection(orderPage.page, rows, ordersByTime.cursorOf, () =>
          orderCountByCustomer(context).load(id),
        );
      },
    },
    OrderConnection,
    OrderEdge,
  ),
);

builder.objectField(Customer, 'events', (t) =>
  t.connection(
    {
      type: Event,
      description: 'Their timeline, newest first.',
      extensions: requiresColumns(),
      args: {
        kinds: t.arg.stringList({ description: 'Only events of these kinds, such as `product_viewed`.' }),
      },
      resolve: async ({ id }, args, context) => {
        const page = readPage(args, eventsByTime.order);
        const kinds = args.kinds ?? null;
        const rows = await eventsByCustomer(context, { page, kinds }).load(id);
        return toConnection(page, rows, eventsByTime.cursorOf, () =>
          eventCountByCustomer(context, kinds).load(id),
        );
      },
    },
    EventConnection,
    EventEdge,
  ),
);
