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
        'Price of one unit, below 0 in a refund of units that are not given back. This or `total` is given.',
    }),
    total: t.field({
      type: 'Decimal',
      description:
        'Amount of the whole line, kept exactly; the price of one unit is worked out from it where that is not given too.',
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
        'Left out, an order whose lines sum up to less than 0 is a return (units decide where they sum up to 0), any other a sale.',
    }),
    placedAt: t.field({
      type: 'DateTime',
      required: true,
      description: 'When, from 1990 to now; a clock may be 5 minutes ahead.',
    }),
    country: t.string({ description: 'Where it went: an ISO 3166-1 code, or a name of the country.' }),
    channel: t.string({ description: 'Where it was placed, at most 100 characters.' }),
    lines: t.field({ type: [OrderLineInput], required: true, description: '1 to 2,000 lines.' }),
  }),
});

const OrderWriteModeEnum = builder.enumType('OrderWriteMode', {
  description: 'What becomes of an order that is stored already, known by customer, source and number.',
  values: {
    ADD_LINES: { value: 'add-lines', description: 'It gains the lines it lacks. Everything else stays.' },
    REPLACE: {
      value: 'replace',
      description:
        'A correction: its lines, kind, time, country and channel become what is given. A cancelled order is placed again. Where the time changes, `Order.id` does too.',
    },
  } as const,
});

const RecordOrdersInput = builder.inputType('RecordOrdersInput', {
  description: 'Orders to take in.',
  fields: (t) => ({
    orders: t.field({ type: [OrderInputType], required: true, description: 'At most 1,000 orders.' }),
    mode: t.field({
      type: OrderWriteModeEnum,
      required: true,
      defaultValue: 'add-lines',
      description: 'What becomes of an order that is stored already.',
    }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'What to do where some orders cannot be used.',
    }),
  }),
});

const OrderResult = builder.objectRef<ItemResult<OrderOutcome>>('OrderRecord').implement({
  description: 'What became of one order of the list.',
  interfaces: [ItemResultInterface],
  fields: (t) => ({
    order: t.field({
      type: Order,
      nullable: true,
      description: 'The order as it is now; null where it was skipped.',
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
    description: 'What became of the orders.',
    fields: (t) => ({
      results: t.expose('results', { type: [OrderResult], description: 'In the order given.' }),
    }),
  });

builder.mutationField('recordOrders', (t) =>
  t.field({
    type: RecordOrdersPayload,
    description:
      'Takes orders in by customer, source and number, all or none unless `onError` says otherwise, and creates unknown customers. An order that is there only gains the lines it lacks, or with the mode REPLACE becomes what is given: the same input a second time changes nothing.',
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
  description: 'Something a customer did.',
  fields: (t) => ({
    customer: t.field({
      type: CustomerBy,
      required: true,
      description:
        'The customer. A customer who is not found by e-mail, phone, external or anonymous id is created.',
    }),
    kind: t.string({
      required: true,
      description: 'What happened, in snake_case, at most 63 characters, such as `product_viewed`.',
    }),
    source: t.string({ required: true, description: 'System that it comes from.' }),
    sourceId: t.string({
      description:
        "The source's own id of the event, by which it is known again. Left out, an event that says the same at the same time is the same.",
    }),
    occurredAt: t.field({
      type: 'DateTime',
      description: 'When, from 1990 to now; a clock may be 5 minutes ahead. Left out, now.',
    }),
    sessionId: t.string({ description: 'Visit it was a part of, at most 200 characters.' }),
    sku: t.string({ description: 'The product it was about.' }),
    properties: t.field({
      type: 'JSON',
      description:
        'Anything else, an object of at most 64 KiB. Not for contact data; e-mail addresses are cut out.',
    }),
  }),
});

const TrackEventsInput = builder.inputType('TrackEventsInput', {
  description: 'Events to take in.',
  fields: (t) => ({
    events: t.field({ type: [EventInputType], required: true, description: 'At most 1,000 events.' }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: 'reject_all',
      description: 'What to do where some events cannot be used.',
    }),
  }),
});

const EventResult = builder.objectRef<ItemResult<WrittenEvent>>('EventRecord').implement({
  description: 'What became of one event of the list.',
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
      description: 'Whose timeline it is on; null where it was skipped.',
      resolve: ({ written }, _, context) =>
        written === null ? null : customerById(context).load(written.customerId),
    }),
  }),
});

const TrackEventsPayload = builder
  .objectRef<{ results: readonly ItemResult<WrittenEvent>[] }>('TrackEventsPayload')
  .implement({
    description: 'What became of the events.',
    fields: (t) => ({
      results: t.expose('results', { type: [EventResult], description: 'In the order given.' }),
    }),
  });

builder.mutationField('trackEvents', (t) =>
  t.field({
    type: TrackEventsPayload,
    description:
      'Takes events in, all or none unless `onError` says otherwise, and creates unknown customers. The same input a second time changes nothing.',
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
      return { results: await recordEventsEach(app, events, input.onError) };
    },
  }),
);
