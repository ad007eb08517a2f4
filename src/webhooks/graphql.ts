/** Webhooks and their deliveries in the schema, to read. No SQL. */
import { ChangeKindEnum } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedObject } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';
import { Segment } from '#segments/graphql.ts';
import { segmentById } from '#segments/loaders.ts';

import { webhookById } from './loaders.ts';
import {
  countDeliveries,
  deliveriesByAge,
  type DeliveryRow,
  readDeliveries,
  webhookResource,
  type WebhookRow,
} from './queries.ts';
import type { DeliveryStatus } from './tables.ts';

export const Webhook = builder.objectRef<WebhookRow>('Webhook');
export const namedWebhook = { type: 'Webhook', noun: 'webhook', field: 'webhook', ref: Webhook };

const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'State of a delivery.',
  values: {
    WAITING: { value: 'waiting', description: 'To be attempted, for the first time or again.' },
    DELIVERED: { value: 'delivered', description: 'The receiver answered 2xx.' },
    DEAD: {
      value: 'dead',
      description: 'Not attempted again: every attempt failed, or the webhook was archived.',
    },
  } as const satisfies Record<string, { value: DeliveryStatus; description: string }>,
});

export const WebhookDelivery = builder.objectRef<DeliveryRow>('WebhookDelivery').implement({
  description: 'An entry of the change log on its way to a webhook.',
  fields: (t) => ({
    id: t.id({
      description: 'The `webhook-id` header of every attempt, by which a receiver knows a repetition.',
      resolve: ({ id }) => `msg_${id}`,
    }),
    type: t.string({
      description: 'Type of the message, such as `customer.changed` or `webhook.test`.',
      resolve: ({ payload }) => payload['type'] as string,
    }),
    payload: t.field({
      type: 'JSON',
      description: 'The message without contact data.',
      resolve: ({ payload }) => payload,
    }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'State of the delivery.' }),
    attemptCount: t.exposeInt('attemptCount', {
      description: 'Attempts so far, since it was last replayed.',
    }),
    lastStatus: t.exposeInt('lastStatus', {
      nullable: true,
      description: 'HTTP status of the last attempt; null without an answer.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Reason why the last attempt had no answer; null where it had one.',
    }),
    ...instants(
      t,
      { createdAt: 'When it was made.' },
      { lastAttemptAt: 'Time of the last attempt; null before the first.' },
    ),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Earliest time of the next attempt; null where there is none.',
      resolve: ({ status, nextAttemptAt }) => (status === 'waiting' ? nextAttemptAt : null),
    }),
  }),
});

defineNamedObject(
  namedWebhook,
  'An address that entries of the change log are posted to, by the Standard Webhooks specification. Entries of one customer arrive in their order; the `webhook-id` header is the same in every attempt.',
  (t) => ({
    url: t.exposeString('url', { description: 'The address.' }),
    kinds: t.field({
      type: [ChangeKindEnum],
      nullable: true,
      description: 'The kinds that are sent; null for all.',
      resolve: ({ kinds }) => kinds,
    }),
    segment: t.field({
      type: Segment,
      nullable: true,
      description: 'Only changes of its members are sent; null for those of all customers.',
      resolve: ({ segmentId }, _, context) =>
        segmentId === null ? null : segmentById(context).load(segmentId),
    }),
    includesContacts: t.exposeBoolean('includesContacts', {
      description: 'Whether messages carry name, e-mail, phone and address of the customer.',
    }),
    ...instants(
      t,
      {},
      {
        pausedAt: 'When it was paused; null while it is not.',
        disabledAt: 'When its receiver answered 410 Gone; null unless it did.',
      },
    ),
    deliveries: t.connection(
      {
        type: WebhookDelivery,
        description: 'The deliveries of the last days, newest first. The dead ones can be replayed.',
        args: { status: t.arg({ type: DeliveryStatusEnum, description: 'Only those of this state.' }) },
        resolve: async ({ id }, { status, ...args }, { db }) => {
          const page = readPage(args, deliveriesByAge.order);
          const rows = await readDeliveries(db, id, status ?? null, page);
          return toConnection(page, rows, deliveriesByAge.cursorOf, () =>
            countDeliveries(db, id, status ?? null),
          );
        },
      },
      { name: 'WebhookDeliveryConnection', description: 'A page of deliveries.' },
      { name: 'WebhookDeliveryEdge', description: 'A delivery and its place in the list.' },
    ),
  }),
);

namedQueries(namedWebhook, 'webhooks', { resource: webhookResource, byId: webhookById });
