/** Writes and rules for webhooks: the only code that inserts into `webhooks`. */
import { changeFeed } from '#changes/feed.ts';
import type { ChangeKind } from '#changes/tables.ts';
import { checkKey, checkTexts } from '#named-resources/names.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';
import { readText } from '#platform/input/text.ts';
import { and, eq, inArray, lt } from 'drizzle-orm';

import { deliver } from './deliver.ts';
import { type DeliveryRow, webhookResource, type WebhookRow } from './queries.ts';
import { createSecret, replaceSecret, sealSecret } from './secrets.ts';
import { checkAddress } from './send.ts';
import { webhookDeliveries } from './tables.ts';

const MAX_URL_LENGTH = 2_000;
const DAY_MS = 86_400_000;

export interface WebhookInput {
  readonly url: string;
  readonly kinds: readonly ChangeKind[] | null;
  readonly segmentId: string | null;
  readonly includesContacts: boolean;
}

export interface CreateWebhookInput extends WebhookInput {
  readonly key: string;
  readonly name: string;
}

/** Omitted fields stay as they are. */
export type UpdateWebhookInput = {
  readonly [Name in keyof WebhookInput]?: WebhookInput[Name] | undefined;
} & {
  readonly name?: string | undefined;
};

/** A secret is shown once, and is sealed from then on. */
export interface WebhookWithSecret {
  readonly webhook: WebhookRow;
  readonly secret: string;
}

/**
 * Gets what happens from now on.
 * @throws {InvalidInputError | WebhookKeyTakenError}
 */
export async function createWebhook(app: App, input: CreateWebhookInput): Promise<WebhookWithSecret> {
  const { key, name, url, kinds, segmentId, includesContacts } = input;
  checkKey(key);
  checkTexts({ name });
  checkUrl(app, url);
  const now = app.clock();
  const id = createId(now.getTime());
  const secret = createSecret();
  const position = await changeFeed(app).now();
  const webhook = await webhookResource.insert(app.db, {
    id,
    key,
    name,
    url,
    kinds: kinds === null ? null : [...kinds],
    segmentId,
    includesContacts,
    secrets: [sealSecret(app.keyring, id, secret)],
    cursorTransaction: position.transactionId,
    cursorId: position.id,
    createdAt: now,
    updatedAt: now,
  });
  return { webhook, secret };
}

/** One that was disabled is called again where it gets another URL. @throws {InvalidInputError | NotFoundError} */
export function updateWebhook(app: App, id: string, input: UpdateWebhookInput): Promise<WebhookRow> {
  const { name, url, kinds, segmentId, includesContacts } = input;
  checkTexts({ name });
  if (url !== undefined) checkUrl(app, url);
  return webhookResource.update(app.db, id, {
    name,
    url,
    kinds: kinds == null ? kinds : [...kinds],
    segmentId,
    includesContacts,
    disabledAt: url === undefined ? undefined : null,
    updatedAt: app.clock(),
  });
}

/** While it is paused its deliveries wait. Resuming also enables one whose receiver said it was gone. @throws {NotFoundError} */
export function pauseWebhook(app: App, id: string, isPaused: boolean): Promise<WebhookRow> {
  const now = app.clock();
  return webhookResource.update(
    app.db,
    id,
    isPaused ? { pausedAt: now, updatedAt: now } : { pausedAt: null, disabledAt: null, updatedAt: now },
  );
}

/** Its waiting deliveries are dead from then on. Idempotent. @throws {NotFoundError} */
export function archiveWebhook(app: App, id: string): Promise<WebhookRow> {
  return app.db.transaction((tx) =>
    webhookResource.archive(tx, id, app.clock(), async () => {
      await tx.orm
        .update(webhookDeliveries)
        .set({ status: 'dead' })
        .where(and(eq(webhookDeliveries.webhookId, id), eq(webhookDeliveries.status, 'waiting')));
    }),
  );
}

/** The former secret signs beside the new one for a day. @throws {NotFoundError} */
export function rotateSecret(app: App, id: string): Promise<WebhookWithSecret> {
  return app.db.transaction(async (tx) => {
    const { secrets } = await webhookResource.lock(tx, id);
    const now = app.clock();
    const secret = createSecret();
    const webhook = await webhookResource.update(tx, id, {
      secrets: replaceSecret(secrets, sealSecret(app.keyring, id, secret), now),
      updatedAt: now,
    });
    return { webhook, secret };
  });
}

/** Sends a message of the type `webhook.test` at once. @returns what became of it @throws {NotFoundError} */
export async function testWebhook(app: App, id: string): Promise<DeliveryRow> {
  const [webhook] = await webhookResource.byIds(app.db, [id]);
  if (webhook === undefined || webhook.archivedAt !== null) {
    throw new NotFoundError(`There is no active webhook with the id ${id}.`);
  }
  const now = app.clock();
  const deliveryId = createId(now.getTime());
  const [delivery] = await app.db.orm
    .insert(webhookDeliveries)
    .values({
      id: deliveryId,
      webhookId: id,
      // Of no transaction; what makes it different from other tests is its id.
      transactionId: '0',
      changeId: -Number.parseInt(deliveryId.replaceAll('-', '').slice(-12), 16),
      kind: 'webhook_test',
      payload: { type: 'webhook.test', timestamp: now, data: {} },
      // Not one that waits: it is tried once.
      status: 'dead',
      attemptCount: 0,
      nextAttemptAt: now,
      createdAt: now,
    })
    .returning();
  await deliver(app, delivery!);
  const [sent] = await app.db.orm
    .select()
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.id, deliveryId));
  return sent!;
}

/**
 * Sends dead deliveries again, with the ids they had.
 * @param deliveryIds null for all of the webhook
 * @returns how many
 */
export async function replayDeliveries(
  app: App,
  webhookId: string,
  deliveryIds: readonly string[] | null,
): Promise<number> {
  const replayed = await app.db.orm
    .update(webhookDeliveries)
    .set({ status: 'waiting', attemptCount: 0, nextAttemptAt: app.clock() })
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        eq(webhookDeliveries.status, 'dead'),
        ...(deliveryIds === null ? [] : [inArray(webhookDeliveries.id, [...deliveryIds])]),
      ),
    )
    .returning({ id: webhookDeliveries.id });
  return replayed.length;
}

/** Removes deliveries that are as old as entries of the change log may become. */
export async function forgetDeliveries(app: App): Promise<void> {
  const cutoff = new Date(app.clock().getTime() - app.config.changeRetentionDays * DAY_MS);
  await app.db.orm.delete(webhookDeliveries).where(lt(webhookDeliveries.createdAt, cutoff));
}

/** @throws {InvalidInputError} names that resolve to private addresses are found out when they are called */
function checkUrl({ config }: App, text: string): void {
  readText('url', text, MAX_URL_LENGTH);
  if (!URL.canParse(text)) throw new InvalidInputError('url', 'expected a URL');
  try {
    checkAddress(new URL(text), config.webhookPrivateHosts);
  } catch (error) {
    throw new InvalidInputError('url', (error as Error).message);
  }
}
