/** Writes events of the timeline, within the caller's transaction. Validates no input. */
import { enqueueChange } from '#customers/changes.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import { deriveId } from '#platform/ids.ts';

import { type EventInput, withoutContacts } from './event-input.ts';
import { type LockedCustomers, SeenRanges } from './locked-customers.ts';

/** A validated event. Its customer is locked and active. */
export type EventRecord = Omit<EventInput, 'customerId' | 'customer' | 'productId' | 'sku'> & {
  readonly customerId: string;
  readonly productId: string | null;
};

export interface WrittenEvent {
  readonly eventId: string;
  readonly customerId: string;
  readonly outcome: 'created' | 'unchanged';
}

/**
 * Writes the events in a fixed number of statements; existing ones stay unchanged. All event data of a source passes
 * through here, where contact data is removed.
 */
export async function writeEvents(
  tx: Database,
  keyring: Keyring,
  records: readonly EventRecord[],
  people: LockedCustomers,
  at: Date,
): Promise<readonly WrittenEvent[]> {
  const ids = records.map(deriveEventId);
  const kept = records.map((record) => withoutContacts(record, keyring));
  const created = await tx.query<{ id: string; customerId: string }>(
    `/* events.insert */
    insert into events (customer_id, occurred_at, id, kind, source, session_id, product_id, properties, recorded_at,
      updated_at)
    select *, $9::timestamptz, $9::timestamptz from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[],
      $6::text[], $7::uuid[], $8::jsonb[])
    on conflict (customer_id, occurred_at, id) do nothing
    returning id, customer_id as "customerId"`,
    [
      records.map(({ customerId }) => customerId),
      records.map(({ occurredAt }) => occurredAt.toISOString()),
      ids,
      records.map(({ kind }) => kind),
      kept.map(({ source }) => source),
      kept.map(({ sessionId }) => sessionId ?? null),
      records.map(({ productId }) => productId),
      kept.map(({ properties }) => JSON.stringify(properties)),
      at,
    ],
  );
  const isCreated = new Set(created.map(({ id, customerId }) => `${customerId} ${id}`));
  const sightings = new SeenRanges();
  const facts = new Map<string, Record<string, string>>();
  const written = records.map((record, position): WrittenEvent => {
    const { customerId } = record;
    const eventId = ids[position]!;
    // Deleted, so that the second of two equal events in one list counts as unchanged.
    const outcome = isCreated.delete(`${customerId} ${eventId}`) ? 'created' : 'unchanged';
    if (outcome === 'created') {
      sightings.add(customerId, record.occurredAt.getTime());
      facts.set(customerId, { ...facts.get(customerId), [`event.${record.kind}`]: eventId });
    }
    return { eventId, customerId, outcome };
  });
  await sightings.save(tx, people, at);
  await enqueueChange(tx, [...facts.keys()], at, (customerId) => facts.get(customerId)!);
  return written;
}

/** Independent of the customer, so that the same event is recognised after a merge. */
function deriveEventId(event: EventRecord): string {
  const { kind, sessionId, productId, properties } = event;
  const own =
    event.sourceId === undefined
      ? [kind, sessionId ?? '', productId ?? '', JSON.stringify(properties ?? {})]
      : [event.sourceId];
  return deriveId(event.occurredAt.getTime(), event.source, ...own);
}
