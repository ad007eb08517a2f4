/** Sends what waits, and decides what becomes of what was not taken. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { openContact } from '#customers/contact-data/sealing.ts';
import { readSealedContacts } from '#customers/queries.ts';
import { changeFeed } from '#changes/feed.ts';
import type { App } from '#platform/app.ts';
import { eq } from 'drizzle-orm';

import { enqueueDeliveries } from './enqueue.ts';
import { type DeliveryRow, readDueDeliveries, webhookResource, type WebhookRow } from './queries.ts';
import { signMessage } from './secrets.ts';
import { type Reply, sendMessage } from './send.ts';
import { webhookDeliveries, webhooks } from './tables.ts';

/** From one attempt to the next, about three days in all; then the delivery is dead. */
const BACKOFF_MS = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map(
  (seconds) => seconds * 1_000,
);
export const MAX_ATTEMPTS = BACKOFF_MS.length + 1;
const MAX_RETRY_AFTER_MS = 86_400_000;
const MAX_AT_ONCE_PER_WEBHOOK = 10;
/** Attempts become due without anything happening. */
const LOOK_EVERY_MS = 1_000;
const GONE = 410;

/** Delivers as entries come, for about `forMs`; what is under way then is waited for. */
export async function deliverWebhooks(app: App, signal: AbortSignal, forMs: number): Promise<void> {
  const feed = changeFeed(app);
  await feed.end();
  const busy = new Map<string, Promise<void>>();
  const until = performance.now() + forMs;
  while (!signal.aborted && performance.now() < until) {
    const queued = await enqueueDeliveries(app);
    const due = await readDueDeliveries(app.db, app.clock(), [...busy.keys()], MAX_AT_ONCE_PER_WEBHOOK);
    for (const delivery of due) {
      const sending = deliver(app, delivery)
        .catch((error: unknown) => app.log.error({ error }, 'a delivery could not be written down'))
        .then(() => void busy.delete(delivery.id));
      busy.set(delivery.id, sending);
    }
    if (queued > 0) continue;
    const waiting = new AbortController();
    await Promise.race([
      ...busy.values(),
      feed.grows(AbortSignal.any([signal, waiting.signal])),
      sleep(LOOK_EVERY_MS, undefined, { signal: waiting.signal }).catch(() => {}),
    ]);
    waiting.abort();
  }
  await Promise.all(busy.values());
}

/** One attempt. Killed in between it is made again, with the same `webhook-id`. */
export async function deliver(app: App, delivery: DeliveryRow): Promise<void> {
  const [webhook] = await webhookResource.byIds(app.db, [delivery.webhookId]);
  if (webhook === undefined) return;
  let reply: Reply | null = null;
  let error: string | null = null;
  try {
    reply = await send(app, webhook, delivery);
  } catch (thrown) {
    error = (thrown as Error).message.slice(0, 500);
  }
  await writeOutcome(app, delivery, reply, error);
}

async function send(app: App, webhook: WebhookRow, delivery: DeliveryRow): Promise<Reply> {
  const at = app.clock();
  const id = `msg_${delivery.id}`;
  const body = JSON.stringify(await withContacts(app, webhook, delivery));
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'c360-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signMessage(app.keyring, webhook, { id, at, body }),
  };
  return sendMessage({ url: webhook.url, headers, body }, { privateHosts: app.config.webhookPrivateHosts });
}

/** Contact data as of now, opened for the one message and kept nowhere. */
async function withContacts(
  app: App,
  { includesContacts }: WebhookRow,
  { customerId, payload }: DeliveryRow,
): Promise<object> {
  if (!includesContacts || customerId === null) return payload;
  const contacts: Record<string, string> = {};
  for (const contact of await readSealedContacts(app.db, [customerId])) {
    contacts[contact.kind] ??= openContact(app.keyring, contact);
  }
  return { ...payload, data: { ...(payload['data'] as object), contacts } };
}

async function writeOutcome(
  app: App,
  delivery: DeliveryRow,
  reply: Reply | null,
  error: string | null,
): Promise<void> {
  const now = app.clock();
  const attemptCount = delivery.attemptCount + 1;
  const attempt = { attemptCount, lastAttemptAt: now, lastStatus: reply?.status ?? null, lastError: error };
  const isTaken = reply !== null && reply.status >= 200 && reply.status < 300;
  await app.db.orm
    .update(webhookDeliveries)
    .set({
      ...attempt,
      ...(isTaken
        ? { status: 'delivered' as const }
        : attemptCount >= MAX_ATTEMPTS
          ? { status: 'dead' as const }
          : { nextAttemptAt: new Date(now.getTime() + delayOf(attemptCount, reply?.retryAfterMs ?? 0)) }),
    })
    .where(eq(webhookDeliveries.id, delivery.id));
  if (reply?.status === GONE) {
    await app.db.orm
      .update(webhooks)
      .set({ disabledAt: now, updatedAt: now })
      .where(eq(webhooks.id, delivery.webhookId));
    app.log.warn({ webhookId: delivery.webhookId }, 'a webhook is gone, and was disabled');
  }
}

/** With a jitter of a fifth, so that receivers that were down are not called by everything at once. */
function delayOf(attemptCount: number, retryAfterMs: number): number {
  const backoff = BACKOFF_MS[attemptCount - 1]! * (0.8 + randomInt(4_000) / 10_000);
  return Math.max(backoff, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}
