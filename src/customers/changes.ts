/** Marks people whose facts changed, so that what is computed from them follows. Computes nothing itself. */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

/** Brings whatever is computed from people's facts up to date for these people. */
export type ChangeListener = (customerIds: readonly string[]) => Promise<void>;

/**
 * Kinds of facts that changed, such as `traits`, `consents`, `orders` or `event.product_viewed`, each with the id of the
 * event that changed it, where one did. Null where anything may have changed.
 */
export type ChangedFacts = Readonly<Record<string, string | null>> | null;

/** Set by wiring: profiles first, then memberships. */
export const changeListeners = perApp((): ChangeListener[] => []);

/**
 * Call in the transaction of the change: whatever happens next, the mark is there and a job finds it. What is not said
 * to be the same may have changed.
 */
export async function markChanged(
  db: Database,
  customerIds: readonly string[],
  at: Date,
  factsOf: (customerId: string) => ChangedFacts = () => null,
): Promise<void> {
  if (customerIds.length === 0) return;
  // Sorted, so that two writers lock the rows in one order.
  const ids = [...new Set(customerIds)].toSorted();
  const facts = ids.map(factsOf).map((changed) => (changed === null ? null : JSON.stringify(changed)));
  // Joined with nothing is nothing: who may have changed in anything stays so.
  await db.query(
    `/* customers.markChanged */
    insert into customer_changes (customer_id, changed_at, facts)
    select id, $2::timestamptz, facts from unnest($1::uuid[], $3::text[]::jsonb[]) as marked (id, facts)
    on conflict (customer_id) do update
    set changed_at = excluded.changed_at, facts = customer_changes.facts || excluded.facts`,
    [ids, at, facts],
  );
}

/** Call after the commit: the caller's next read then sees profiles and memberships that know of the change. */
export async function settleChanges(app: App, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  for (const listener of changeListeners(app)) await listener(customerIds);
}
