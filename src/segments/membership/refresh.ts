/** Brings profiles and memberships up to date with changed people. Knows neither how profiles nor how rules work. */
import type { ChangedFacts } from '#customers/changes.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { refreshProfiles } from '#profiles/service.ts';

import { type PersonChange, refreshMemberships } from './incremental-evaluation.ts';

const BATCH_SIZE = 500;

/**
 * The change listener for wiring: profiles first, then memberships, then the marks that were dealt with, in one
 * transaction. Marks are read before the orders are: one that is made in between is newer, and stays.
 */
export async function settlePeople(app: App, customerIds: readonly string[]): Promise<void> {
  for (let start = 0; start < customerIds.length; start += BATCH_SIZE) {
    const batch = customerIds.slice(start, start + BATCH_SIZE);
    await app.db.transaction(async (transaction) => {
      const marks = await readMarks(transaction, batch);
      const now = app.clock();
      const changes = changesOf(batch, marks);
      await refreshProfiles(transaction, changes.filter(concernsProfile).map(personOf), now);
      await refreshMemberships(transaction, changes, now);
      if (marks.length > 0) await removeMarks(transaction, marks);
    });
  }
}

/** Settles everybody who is still marked, oldest first, such as after a crash between a change and its settling. */
export async function settleLeftovers(app: App, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const rows = await app.db.query<{ customerId: string }>(
      `/* segments.leftovers */
      select customer_id as "customerId" from customer_changes order by changed_at, customer_id limit $1`,
      [BATCH_SIZE],
    );
    if (rows.length === 0) return count;
    await settlePeople(
      app,
      rows.map(({ customerId }) => customerId),
    );
    count += rows.length;
  }
}

/** Whose mark somebody else has dealt with meanwhile may have changed in anything since. */
function changesOf(customerIds: readonly string[], marks: readonly Mark[]): PersonChange[] {
  const factsOf = new Map(marks.map(({ customerId, facts }) => [customerId, facts]));
  return [...new Set(customerIds)].map((customerId) => ({
    customerId,
    facts: factsOf.get(customerId) ?? null,
  }));
}

/** Profiles are made of orders alone, and everybody has one from the first settling on. */
function concernsProfile({ facts }: PersonChange): boolean {
  return facts === null || 'orders' in facts;
}

function personOf({ customerId }: PersonChange): string {
  return customerId;
}

interface Mark {
  readonly customerId: string;
  /** As text, which keeps the microseconds. */
  readonly changedAt: string;
  readonly facts: ChangedFacts;
}

function readMarks(db: Database, customerIds: readonly string[]): Promise<Mark[]> {
  return db.query<Mark>(
    `/* segments.marks */
    select customer_id as "customerId", changed_at::text as "changedAt", facts
    from customer_changes where customer_id = any($1::uuid[])`,
    [customerIds],
  );
}

async function removeMarks(db: Database, marks: readonly Mark[]): Promise<void> {
  await db.query(
    `/* segments.removeMarks */
    delete from customer_changes marked
    using unnest($1::uuid[], $2::timestamptz[], $3::text[]::jsonb[]) as dealt (customer_id, changed_at, facts)
    where marked.customer_id = any($1::uuid[])
      and marked.customer_id = dealt.customer_id and marked.changed_at <= dealt.changed_at
      and marked.facts is not distinct from dealt.facts`,
    [
      marks.map(({ customerId }) => customerId),
      marks.map(({ changedAt }) => changedAt),
      marks.map(({ facts }) => (facts === null ? null : JSON.stringify(facts))),
    ],
  );
}
