/** Writes of orders and events in the schema. No SQL. */
import { InvalidItemsError, type ItemResult } from '#platform/input/item-errors.ts';
import { checkListSize, ItemResultInterface, OnErrorEnum } from '#graphql/items.ts';
import { Customer, CustomerBy } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import { builder } from '#graphql/builder.ts';

import { Event, Order, OrderKindEnum } from './graphql.ts';
import type { WrittenEvent } from './event-writer.ts';
import { encodeKey, eventByKey, orderByKey } from './loaders.ts';
import { type OrderOutcome, recordEventsEach, recordOrdersEach } from './service.ts';

const OrderLineInput = builder.inputType('OrderLineInput', {
  description: 'One product of an order.',
  fields: (t) => ({
    sku: t.string({ required: true, description: "The shop's own code of a known product." }),
    quantity: t.int({
      required: true,
      description: 'Units, 1 to 1,000,000; negative for returned ones.',
    }),
    unitPrice: t.field({
      type: 'Decimal',
      description:
        'Price of one unit, negative in a refund of units that are not returned. This or `total` is required.',
    }),
    total: t.field({
      type: 'Decimal',
      description:
        'Amount of the complete line, stored exactly; the unit price is derived from it where missing.',
    }),
  }),
});

const OrderInputType = builder.inputType('OrderInput', {
  description: 'A sale, a return or an adjustment.',
  fields: (t) => ({
    customer: t.field({
      type: CustomerBy,
      description:
        'The customer who placed it; none by default. A customer who is not found by e-mail, phone, external or anonymous id is created.',
    }),
    source: t.string({ required: true, description: 'System that issued the number, such as `webshop`.' }),
    number: t.string({ required: true, description: 'The number, at most 200 characters.' }),
    kind: t.field({
      type: OrderKindEnum,
      description:
        'By default an order whose lines sum up to less than 0 is a return (by units if the sum is 0), any other a sale.',
    }),
    placedAt: t.field({
      type: 'DateTime',
      required: true,
      description: 'Time, from 1990 to now; a clock may be 5 minutes ahead.',
    }),
    country: t.string({
      description: 'Country of the delivery: an ISO 3166-1 code, or a name of the country.',
    }),
    channel: t.string({ description: 'Channel of the order, at most 100 characters.' }),
    lines: t.field({ type: [OrderLineInput], required: true, description: '1 to 2,000 lines.' }),
  }),
});

const OrderWriteModeEnum = builder.enumType('OrderWriteMode', {
  description: 'Policy for an order that is stored already, identified by customer, source and number.',
  values: {
    ADD_LINES: { value: 'add-lines', description: 'Missing lines are added. Everything else stays.' },
    REPLACE: {
      value: 'replace',
      description:
        'A correction: lines, kind, time, country and channel are replaced. A cancelled order is reinstated. If the time changes, `Order.id` does too.',
    },
  } as const,
});

const RecordOrdersInput = builder.inputType('RecordOrdersInput', {
  description: 'Orders to record.',
  fields: (t) => ({
    orders: t.field({ type: [OrderInputType], required: true, description: 'At most 1,000 orders.' }),
    mode: t.field({
      type: OrderWriteModeEnum,
      required: true,
      defaultValue: 'add-lines',
      description: 'Policy for stored orders.',
    }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'Policy for invalid orders.',
    }),
  }),
});

const OrderResult = builder.objectRef<ItemResult<OrderOutcome>>('OrderRecord').implement({
  description: 'Outcome for one order of the list.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    order: t.field({
      type: Order,
      nullable: true,
      description: 'The order after the change; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null
          ? null
          : orderByKey(context).load(encodeKey({ customerId: written.customerId, id: written.orderId })),
    }),
  }),
});

const RecordOrdersPayload = builder
  .objectRef<{ results: readonly ItemResult<OrderOutcome>[] }>('RecordOrdersPayload')
  .implement({
    description: 'Outcomes of the orders.',
    fields: (t) => ({
      results: t.expose('results', { type: [OrderResult], description: 'In the order given.' }),
    }),
  });

builder.mutationField('recordOrders', (t) =>
  t.field({
    type: RecordOrdersPayload,
    description:
      'Records orders by customer, source and number, all or none unless `onError` says otherwise, and creates unknown customers. A stored order only gains missing lines, or with the mode REPLACE is replaced. Idempotent.',
    errors: { types: [InvalidItemsError], directResult: true },
    args: { input: t.arg({ type: RecordOrdersInput, required: true, description: 'The orders.' }) },
    resolve: async (_, { input }, { app }) => {
      checkListSize(input.orders, 1000, 'orders');
      const orders = input.orders.map((order) => ({
        ...order,
        customerId: null,
        kind: order.kind ?? undefined,
      }));
      return { results: await recordOrdersEach(app, orders, { mode: input.mode, onError: input.onError }) };
    },
  }),
);

const EventInputType = builder.inputType('EventInput', {
  description: 'An event of a customer.',
  fields: (t) => ({
    customer: t.field({
      type: CustomerBy,
      required: true,
      description:
        'The customer. A customer who is not found by e-mail, phone, external or anonymous id is created.',
    }),
    kind: t.string({
      required: true,
      description: 'Kind of the event, in snake_case, at most 63 characters, such as `product_viewed`.',
    }),
    source: t.string({ required: true, description: 'Source system.' }),
    sourceId: t.string({
      description:
        "The source's id of the event, which makes it idempotent. Without it, an event with the same content at the same time is the same one.",
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'Time, from 1990 to now; a clock may be 5 minutes ahead. Now by default.',
    }),
    sessionId: t.string({ description: 'Session of the event, at most 200 characters.' }),
    sku: t.string({ description: 'The product of the event.' }),
    properties: t.field({
      type: 'JSON',
      description:
        'Further properties, an object of at most 64 KiB. Not for contact data; e-mail addresses are removed.',
    }),
  }),
});

const TrackEventsInput = builder.inputType('TrackEventsInput', {
  description: 'Events to record.',
  fields: (t) => ({
    events: t.field({ type: [EventInputType], required: true, description: 'At most 1,000 events.' }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'Policy for invalid events.',
    }),
  }),
});

const EventResult = builder.objectRef<ItemResult<WrittenEvent>>('EventRecord').implement({
  description: 'Outcome for one event of the list.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    event: t.field({
      type: Event,
      nullable: true,
      description: 'The event; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null
          ? null
          : eventByKey(context).load(encodeKey({ customerId: written.customerId, id: written.eventId })),
    }),
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer of the timeline; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null ? null : customerById(context).load(written.customerId),
    }),
  }),
});

const TrackEventsPayload = builder
  .objectRef<{ results: readonly ItemResult<WrittenEvent>[] }>('TrackEventsPayload')
  .implement({
    description: 'Outcomes of the events.',
    fields: (t) => ({
      results: t.expose('results', { type: [EventResult], description: 'In the order given.' }),
    }),
  });

builder.mutationField('trackEvents', (t) =>
  t.field({
    type: TrackEventsPayload,
    description:
      'Records events, all or none unless `onError` says otherwise, and creates unknown customers. Idempotent.',
    errors: { types: [InvalidItemsError], directResult: true },
    args: { input: t.arg({ type: TrackEventsInput, required: true, description: 'The events.' }) },
    resolve: async (_, { input }, { app, now }) => {
      checkListSize(input.events, 1000, 'events');
      const events = input.events.map((event) => ({
        ...event,
        customerId: null,
        sourceId: event.sourceId ?? undefined,
        occurredAt: event.occurredAt ?? now,
        sku: event.sku ?? undefined,
        properties: (event.properties ?? undefined) as Record<string, unknown> | undefined,
      }));
      return { results: await recordEventsEach(app, events, { onError: input.onError }) };
    },
  }),
);
