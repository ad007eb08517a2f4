/** Mutations of webhooks in the schema. No SQL. */
import { ChangeKindEnum } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { defineMutation } from '#graphql/mutations.ts';
import { idField, keyAndName } from '#named-resources/graphql.ts';
import { namedMutations } from '#named-resources/mutations.ts';
import type { IdOrKey } from '#named-resources/queries.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';
import type { RequestContext } from '#platform/request.ts';
import { SegmentBy } from '#segments/graphql.ts';
import { findSegment } from '#segments/lookup.ts';

import { WebhookKeyTakenError } from './errors.ts';
import { namedWebhook, Webhook, WebhookDelivery } from './graphql.ts';
import type { DeliveryRow, WebhookRow } from './queries.ts';
import {
  archiveWebhook,
  createWebhook,
  pauseWebhook,
  replayDeliveries,
  rotateSecret,
  testWebhook,
  updateWebhook,
  type WebhookWithSecret,
} from './service.ts';

const URL_DESCRIPTION =
  'An https address of the internet; hosts of WEBHOOK_PRIVATE_HOSTS may be private, and use http.';
const CONTACTS_DESCRIPTION = 'Whether messages carry name, e-mail, phone and address of the customer.';

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A new webhook.',
  fields: (t) => ({
    ...keyAndName(t),
    url: t.string({ required: true, description: URL_DESCRIPTION }),
    kinds: t.field({ type: [ChangeKindEnum], description: 'The kinds to send; all unless given.' }),
    segment: t.field({ type: SegmentBy, description: 'Send only what happens to members of this segment.' }),
    includesContacts: t.boolean({ defaultValue: false, description: CONTACTS_DESCRIPTION }),
  }),
});

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'Changes to a webhook. Omitted fields stay as they are.',
  fields: (t) => ({
    id: idField(t, 'Webhook'),
    name: t.string({ description: 'Display name, 1 to 200 characters.' }),
    url: t.string({
      description: `${URL_DESCRIPTION} A webhook that was disabled is enabled by another one.`,
    }),
    kinds: t.field({ type: [ChangeKindEnum], description: 'The kinds to send; null for all.' }),
    segment: t.field({
      type: SegmentBy,
      description: 'Only changes of its members; null for all customers.',
    }),
    includesContacts: t.boolean({ description: CONTACTS_DESCRIPTION }),
  }),
});

const mutations = namedMutations(namedWebhook, WebhookKeyTakenError);

function secretPayload(name: string, description: string) {
  return builder.objectRef<WebhookWithSecret>(name).implement({
    description,
    fields: (t) => ({
      webhook: t.expose('webhook', { type: Webhook, description: 'The webhook as it is now.' }),
      secret: t.exposeString('secret', {
        description: 'The secret to verify signatures with, `whsec_…`. It is shown this once.',
      }),
    }),
  });
}

mutations.create({
  description: 'Creates a webhook. It gets what happens from now on.',
  done: 'A webhook was created.',
  payload: secretPayload,
  input: CreateWebhookInput,
  resolve: async ({ segment, kinds, includesContacts, ...input }, context) =>
    createWebhook(context.app, {
      ...input,
      kinds: kinds ?? null,
      includesContacts: includesContacts ?? false,
      segmentId: segment == null ? null : await readSegment(segment, context),
    }),
});

mutations.update({
  description: 'Changes a webhook that is not archived.',
  done: 'A webhook was changed.',
  input: UpdateWebhookInput,
  resolve: async (id, { segment, name, url, kinds, includesContacts }, context) =>
    updateWebhook(context.app, id, {
      name: name ?? undefined,
      url: url ?? undefined,
      kinds,
      includesContacts: includesContacts ?? undefined,
      segmentId: segment == null ? segment : await readSegment(segment, context),
    }),
});

mutations.archive({
  description: 'Archives a webhook: nothing more is sent to it, and its key stays taken. Idempotent.',
  done: 'A webhook was archived.',
  resolve: (id, { app }) => archiveWebhook(app, id),
});

function idInput(name: string, description: string) {
  return builder.inputType(name, { description, fields: (t) => ({ id: idField(t, 'Webhook') }) });
}

function webhookPayload(name: string, description: string) {
  return builder.objectRef<WebhookRow>(name).implement({
    description,
    fields: (t) => ({
      webhook: t.field({ type: Webhook, description: 'The webhook as it is now.', resolve: (row) => row }),
    }),
  });
}

for (const isPaused of [true, false]) {
  const [verb, Verb] = isPaused ? ['pause', 'Pause'] : ['resume', 'Resume'];
  defineMutation(`${verb}Webhook`, {
    description: isPaused
      ? 'Pauses a webhook: its deliveries wait. Idempotent.'
      : 'Resumes a webhook that was paused, or disabled since its receiver answered 410: what waits is sent.',
    payload: webhookPayload(`${Verb}WebhookPayload`, `A webhook was ${verb}d.`),
    errors: [InvalidInputError, NotFoundError],
    input: idInput(`${Verb}WebhookInput`, `The webhook to ${verb}.`),
    inputDescription: 'The webhook.',
    resolve: ({ id }, { app }) => pauseWebhook(app, readGlobalId('Webhook', id), isPaused),
  });
}

defineMutation('rotateWebhookSecret', {
  description: 'Gives a webhook a new secret. The former one signs beside it for 24 hours.',
  payload: secretPayload('RotateWebhookSecretPayload', 'A webhook has a new secret.'),
  errors: [InvalidInputError, NotFoundError],
  input: idInput('RotateWebhookSecretInput', 'The webhook to give a new secret.'),
  inputDescription: 'The webhook.',
  resolve: ({ id }, { app }) => rotateSecret(app, readGlobalId('Webhook', id)),
});

defineMutation('testWebhook', {
  description: 'Sends a message of the type `webhook.test` once, at once, and answers what became of it.',
  payload: builder.objectRef<DeliveryRow>('TestWebhookPayload').implement({
    description: 'A test was sent.',
    fields: (t) => ({
      delivery: t.field({
        type: WebhookDelivery,
        description: 'The delivery: DELIVERED, or DEAD with the reason.',
        resolve: (delivery) => delivery,
      }),
    }),
  }),
  errors: [InvalidInputError, NotFoundError],
  input: idInput('TestWebhookInput', 'The webhook to test.'),
  inputDescription: 'The webhook.',
  resolve: ({ id }, { app }) => testWebhook(app, readGlobalId('Webhook', id)),
});

defineMutation('replayWebhookDeliveries', {
  description: 'Sends dead deliveries of a webhook again, with the ids that they had.',
  payload: builder.objectRef<number>('ReplayWebhookDeliveriesPayload').implement({
    description: 'Deliveries wait again.',
    fields: (t) => ({ replayed: t.int({ description: 'Number of deliveries.', resolve: (count) => count }) }),
  }),
  errors: [InvalidInputError],
  input: builder.inputType('ReplayWebhookDeliveriesInput', {
    description: 'The deliveries to send again.',
    fields: (t) => ({
      webhook: t.id({ required: true, description: 'Global id as in `Webhook.id`, or the plain UUID.' }),
      deliveries: t.idList({
        description: 'Ids as in `WebhookDelivery.id`, at most 1,000; all dead ones unless given.',
      }),
    }),
  }),
  inputDescription: 'The webhook and its deliveries.',
  resolve: ({ webhook, deliveries }, { app }) =>
    replayDeliveries(
      app,
      readGlobalId('Webhook', webhook),
      deliveries == null ? null : deliveries.map(readDeliveryId),
    ),
});

function readDeliveryId(text: string, _index: number, all: readonly string[]): string {
  const id = text.startsWith('msg_') ? text.slice('msg_'.length) : text;
  if (all.length <= 1_000 && isUuid(id)) return id.toLowerCase();
  throw new InvalidInputError('deliveries', 'expected at most 1,000 ids as in WebhookDelivery.id');
}

async function readSegment(by: IdOrKey, context: RequestContext): Promise<string> {
  const segment = await findSegment(context, by);
  if (segment === null) throw new InvalidInputError('segment', 'there is no such segment');
  return segment.id;
}
