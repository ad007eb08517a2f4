/** Receives messages: stores acknowledged ones without duplicates, for later processing. Finds no customer. */
import { readEvents } from '#events/event-input.ts';
import { ensureEventPartitions } from '#events/partitions.ts';
import { prepareCustomer } from '#customers/input.ts';
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { type App, perApp } from '#platform/app.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';

import { inboxOf } from './inbox.ts';
import { type AliasPolicy, enqueueMessages, type Origin } from './inbox-rows.ts';
import { type Envelope, type Message, ledgerId, type MessageType, objectOf, readMessage } from './message.ts';
import { applyPlan } from './plans/apply.ts';
import { activePlans, countViolations, type Violation } from './plans/service.ts';
import { type Reject, writeRejects } from './rejects.ts';
import { toCustomer } from './to-customer.ts';
import { toEvent } from './to-event.ts';
import { toOrder } from './to-order.ts';

/** The sender. */
export interface Sender {
  /** Name of the write key: the system that issues the user ids and message ids. */
  readonly source: string;
  readonly mayMerge: boolean;
}

/** A message that was dropped. */
export interface Dropped {
  /** Index of the message in its request, from 0. */
  readonly index: number;
  readonly messageId: string | null;
  /** The expected and the actual value. */
  readonly reason: string;
}

export interface Receipt {
  /** Stored durably, those of earlier requests included. */
  readonly acceptedCount: number;
  /** Of those, the repeated ones. */
  readonly repeatedCount: number;
  readonly dropped: readonly Dropped[];
}

/**
 * Stores valid and invalid messages separately, in one transaction of two statements, with one more for invalid ones and
 * one for violations of tracking plans; then wakes the inbox. A message whose id its source sent before is acknowledged
 * and not stored again.
 * @param type of all of them; undefined reads it from each
 */
export async function receiveMessages(
  app: App,
  sender: Sender,
  values: readonly unknown[],
  type: MessageType | undefined,
  envelope: Envelope,
): Promise<Receipt> {
  const { receivedAt } = envelope;
  const plans = await activePlans(app);
  const violations: Violation[] = [];
  const good = new Map<string, Message>();
  const dropped: Dropped[] = [];
  const rejects: Reject[] = [];
  const onConflict: AliasPolicy = sender.mayMerge ? 'merge' : 'keep';
  for (const [index, value] of values.entries()) {
    if (isSliceSpentByNow()) await nextTurn(undefined);
    try {
      const { message, violation } = applyPlan(plans, readMessage(value, type, envelope));
      checkUsable(app, message, sender.source);
      if (violation !== null) violations.push(violation);
      good.set(ledgerId(sender.source, message.messageId), message);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const reason = `${error.field}: ${error.message}`;
      const messageId = textOf(objectOf(value)?.['messageId']);
      dropped.push({ index, messageId, reason });
      rejects.push({
        id: ledgerId(sender.source, messageId ?? JSON.stringify(value)),
        source: sender.source,
        receivedAt,
        type: type ?? textOf(objectOf(value)?.['type']) ?? 'unknown',
        messageId: messageId ?? '',
        reason,
        onConflict,
        message: value,
      });
    }
  }
  if (good.size === 0 && rejects.length === 0) return { acceptedCount: 0, repeatedCount: 0, dropped };
  // Here, because the transaction that writes them cannot create partitions.
  await ensureEventPartitions(
    app,
    Array.from(good.values(), ({ at }) => Date.parse(at)),
  );
  const newCount = await app.db.transaction(async (tx) => {
    await writeRejects(app, tx, rejects);
    await countViolations(tx, sender.source, violations, receivedAt);
    return storeMessages(app, tx, { source: sender.source, onConflict, receivedAt }, good);
  });
  if (newCount > 0) inboxOf(app).wake(newCount);
  const acceptedCount = values.length - dropped.length;
  return { acceptedCount, repeatedCount: acceptedCount - newCount, dropped };
}

/** @param messages by their id in the ledger @returns how many of them are new */
export async function storeMessages(
  app: App,
  tx: Database,
  origin: Origin,
  messages: ReadonlyMap<string, Message>,
): Promise<number> {
  if (messages.size === 0) return 0;
  const claimed = await tx.query<{ id: string }>(
    // Sorted, so that two requests with the same messages wait in one direction only.
    `/* tracking.claim */
    insert into tracking_messages (id, received_at)
    select id, $2::timestamptz from unnest($1::uuid[]) as message (id) order by id
    on conflict do nothing
    returning id`,
    [[...messages.keys()], origin.receivedAt],
  );
  const isNew = new Set(claimed.map(({ id }) => id));
  const fresh = [...messages].flatMap(([id, message]) => (isNew.has(id) ? [message] : []));
  await enqueueMessages(app, tx, origin, fresh);
  return fresh.length;
}

const NO_HASH = Buffer.alloc(32);
/** For checks alone, which use no hash: keyed hashes are a fifth of the cost of receiving. */
const unkeyed = perApp(({ keyring }): Keyring => ({ ...keyring, hash: () => NO_HASH }));

/** @throws {InvalidInputError} it could never be worked off */
export function checkUsable(app: App, message: Message, source: string): void {
  const now = app.clock();
  prepareCustomer(toCustomer(message, source), unkeyed(app), { policy: identityPolicy(app), now });
  toOrder(message, app.config.currency);
  const event = toEvent(message, source, app.config.tracking.location);
  if (event === null) return;
  const { checks } = readEvents([{ ...event, customerId: null }], now);
  const [fault] = checks.results(1, [null])[0]!.errors;
  if (fault !== undefined) throw new InvalidInputError(fault.field, fault.message);
}

function textOf(value: unknown): string | null {
  const isText = typeof value === 'string' || typeof value === 'number';
  return isText ? String(value).slice(0, 200).toWellFormed().replaceAll('\u0000', '') : null;
}
