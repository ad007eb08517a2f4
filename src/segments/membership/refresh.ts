/** Refreshes profiles and then memberships of changed customers. */
import type { ChangedFacts } from '#customers/changes.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { refreshProfiles } from '#profiles/service.ts';

import { type CustomerChange, refreshMemberships } from './incremental-evaluation.ts';

const BATCH_SIZE = 500;

/**
 * The change listener for wiring: one transaction computes profiles, then memberships, then removes the processed rows of
 * the queue. The queue is read before the orders are: a row that is written in between is newer, and stays.
 */
export async function refreshDerivedData(app: App, customerIds: readonly string[]): Promise<void> {
  for (let start = 0; start < customerIds.length; start += BATCH_SIZE) {
    const batch = customerIds.slice(start, start + BATCH_SIZE);
    await app.db.transaction(async (transaction) => {
      const queued = await readQueuedChanges(transaction, batch);
      const now = app.clock();
      const changes = changesOf(batch, queued);
      await refreshProfiles(transaction, changes.filter(concernsProfile).map(customerOf), now);
      await refreshMemberships(transaction, changes, now);
      if (queued.length > 0) await removeQueuedChanges(transaction, queued);
    });
  }
}

/** Drains the queue, oldest first, such as after a crash between a change and its processing. */
export async function drainChangeQueue(app: App, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const rows = await app.db.query<{ customerId: string }>(
      `/* segments.queuedCustomers */
      select customer_id as "customerId" from recompute_queue order by changed_at, customer_id limit $1`,
      [BATCH_SIZE],
    );
    if (rows.length === 0) return count;
    await refreshDerivedData(
      app,
      rows.map(({ customerId }) => customerId),
    );
    count += rows.length;
  }
}

/** If another worker removed the row meanwhile, what changed is unknown: anything may have. */
function changesOf(customerIds: readonly string[], queued: readonly QueuedChange[]): CustomerChange[] {
  const factsOf = new Map(queued.map(({ customerId, facts }) => [customerId, facts]));
  return [...new Set(customerIds)].map((customerId) => ({
    customerId,
    facts: factsOf.get(customerId) ?? null,
  }));
}

/** Profiles are computed only from orders, and each customer has one from the first refresh on. */
function concernsProfile({ facts }: CustomerChange): boolean {
  return facts === null || 'orders' in facts;
}

function customerOf({ customerId }: CustomerChange): string {
  return customerId;
}

interface QueuedChange {
  readonly customerId: string;
  /** As text, to preserve the microseconds. */
  readonly changedAt: string;
  readonly facts: ChangedFacts;
}

function readQueuedChanges(db: Database, customerIds: readonly string[]): Promise<QueuedChange[]> {
  return db.query<QueuedChange>(
    `/* segments.queuedChanges */
    select customer_id as "customerId", changed_at::text as "changedAt", facts
    from recompute_queue where customer_id = any($1::uuid[])`,
    [customerIds],
  );
}

async function removeQueuedChanges(db: Database, queued: readonly QueuedChange[]): Promise<void> {
  await db.query(
    `/* segments.removeQueuedChanges */
    delete from recompute_queue queued
    using unnest($1::uuid[], $2::timestamptz[], $3::text[]::jsonb[]) as processed (customer_id, changed_at, facts)
    where queued.customer_id = any($1::uuid[])
      and queued.customer_id = processed.customer_id and queued.changed_at <= processed.changed_at
      and queued.facts is not distinct from processed.facts`,
    [
      queued.map(({ customerId }) => customerId),
      queued.map(({ changedAt }) => changedAt),
      queued.map(({ facts }) => (facts === null ? null : JSON.stringify(facts))),
    ],
  );
}
