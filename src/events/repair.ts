/** Mends events and orders that were recorded under former rules. */
import { enqueueChange } from '#customers/changes.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { MAX_CLOCK_SKEW_MS } from '#platform/input/instants.ts';

import { withoutContacts } from './event-input.ts';
import { ensureEventPartitions } from './partitions.ts';

/** Small enough that a write of the same customer waits only a few milliseconds. */
const BATCH_SIZE = 1000;

export interface EventFaults {
  readonly checked: number;
  /** Events with an e-mail address or phone number in a property, in a key of one, in the session id or in the source. */
  readonly contactsInEvents: number;
  /** Events, those of orders too, dated after they were recorded. */
  readonly futureEvents: number;
}

export interface RepairOptions {
  /** False counts, and writes nothing. */
  readonly apply: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((checked: number) => void) | undefined;
}

interface StoredEvent {
  readonly customerId: string;
  readonly occurredAt: Date;
  readonly id: string;
  readonly source: string;
  readonly sessionId: string | null;
  readonly orderId: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly recordedAt: Date;
}

/**
 * Reads every event once, in the order of its key. Each batch is a transaction, and what is mended is no fault any
 * more, so that an interrupted run is continued by the next one.
 */
export async function repairEvents(app: App, options: RepairOptions): Promise<EventFaults> {
  const faults = { checked: 0, contactsInEvents: 0, futureEvents: 0 };
  let last: StoredEvent | undefined;
  while (!options.signal?.aborted) {
    const events = await readEventsAfter(app.db, last);
    if (events.length === 0) break;
    const telling = events.flatMap((event) => cutEvent(app, event));
    const future = events.filter(isOfFuture);
    if (options.apply) await writeMended(app, telling, future);
    faults.checked += events.length;
    faults.contactsInEvents += telling.length;
    faults.futureEvents += future.length;
    options.onProgress?.(faults.checked);
    last = events.at(-1);
  }
  return faults;
}

function readEventsAfter(db: Database, last: StoredEvent | undefined): Promise<StoredEvent[]> {
  return last === undefined
    ? db.query<StoredEvent>(repairable('true'), [BATCH_SIZE])
    : db.query<StoredEvent>(
        repairable('(customer_id, occurred_at, id) > ($2::uuid, $3::timestamptz, $4::uuid)'),
        [BATCH_SIZE, last.customerId, last.occurredAt, last.id],
      );
}

function repairable(where: string): string {
  return `/* events.repairable */
    select customer_id as "customerId", occurred_at as "occurredAt", id, source, session_id as "sessionId",
      order_id as "orderId", properties, recorded_at as "recordedAt"
    from events where ${where} order by customer_id, occurred_at, id limit $1`;
}

/** The event without its contact data; nothing where it has none. */
function cutEvent(app: App, event: StoredEvent): readonly StoredEvent[] {
  const cut = withoutContacts(event, app.keyring);
  const isSame =
    cut.source === event.source &&
    cut.sessionId === event.sessionId &&
    JSON.stringify(cut.properties) === JSON.stringify(event.properties);
  return isSame ? [] : [cut];
}

function isOfFuture({ occurredAt, recordedAt }: StoredEvent): boolean {
  return occurredAt.getTime() > recordedAt.getTime() + MAX_CLOCK_SKEW_MS;
}

async function writeMended(
  app: App,
  telling: readonly StoredEvent[],
  future: readonly StoredEvent[],
): Promise<void> {
  const people = [...new Set([...telling, ...future].map(({ customerId }) => customerId))];
  if (people.length === 0) return;
  await ensureEventPartitions(
    app,
    future.map(({ recordedAt }) => recordedAt.getTime()),
  );
  await app.db.transaction(async (tx) => {
    const now = app.clock();
    if (telling.length > 0) await writeTexts(tx, telling, now);
    if (future.length > 0) await moveToRecording(tx, future, now);
    await enqueueChange(tx, people, now);
  });
}

async function writeTexts(tx: Database, events: readonly StoredEvent[], now: Date): Promise<void> {
  await tx.query(
    `/* events.writeCutTexts */
    update events set source = cut.source, session_id = cut.session_id, properties = cut.properties,
      updated_at = $7::timestamptz
    from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[])
      as cut (customer_id, occurred_at, id, source, session_id, properties)
    where events.customer_id = any($1::uuid[]) and events.customer_id = cut.customer_id
      and events.occurred_at = cut.occurred_at and events.id = cut.id`,
    [
      ...keysOf(events),
      events.map(({ source }) => source),
      events.map(({ sessionId }) => sessionId),
      events.map(({ properties }) => JSON.stringify(properties)),
      now,
    ],
  );
}

/** The time at which it was recorded is the latest at which it can have happened. */
async function moveToRecording(tx: Database, events: readonly StoredEvent[], now: Date): Promise<void> {
  const ofOrders = events.filter(({ orderId }) => orderId !== null);
  const orders = [
    ofOrders.map(({ customerId }) => customerId),
    ofOrders.map(({ orderId }) => orderId),
    ofOrders.map(({ recordedAt }) => recordedAt.toISOString()),
  ];
  const moved = `unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as moved (customer_id, id, at)`;
  if (ofOrders.length > 0) {
    await tx.query(
      `/* events.moveOrders */
      update orders set placed_at = moved.at, updated_at = $4::timestamptz from ${moved}
      where orders.customer_id = any($1::uuid[]) and orders.customer_id = moved.customer_id and orders.id = moved.id`,
      [...orders, now],
    );
    await tx.query(
      `/* events.moveOrderLines */
      update order_lines set placed_at = moved.at from ${moved}
      where order_lines.customer_id = any($1::uuid[]) and order_lines.customer_id = moved.customer_id
        and order_lines.order_id = moved.id`,
      orders,
    );
  }
  await tx.query(
    `/* events.moveToRecording */
    update events set occurred_at = recorded_at, updated_at = $4::timestamptz
    from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) as moved (customer_id, occurred_at, id)
    where events.customer_id = any($1::uuid[]) and events.customer_id = moved.customer_id
      and events.occurred_at = moved.occurred_at and events.id = moved.id`,
    [...keysOf(events), now],
  );
}

function keysOf(events: readonly StoredEvent[]): unknown[] {
  return [
    events.map(({ customerId }) => customerId),
    events.map(({ occurredAt }) => occurredAt.toISOString()),
    events.map(({ id }) => id),
  ];
}
