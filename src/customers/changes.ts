/** The queue of customers whose facts changed, so that profiles and memberships are computed again. */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

/** Recomputes the derived data of these customers. */
export type ChangeListener = (customerIds: readonly string[]) => Promise<void>;

/**
 * Kinds of facts that changed, such as `traits`, `consents`, `orders` or `event.product_viewed`, each with the id of the
 * event that changed it, where one did. Null where anything may have changed.
 */
export type ChangedFacts = Readonly<Record<string, string | null>> | null;

/** Set by wiring: profiles first, then memberships. */
export const changeListeners = perApp((): ChangeListener[] => []);

/**
 * Call in the transaction of the change: if the process dies afterwards, a job processes the row. Without `factsOf`
 * anything may have changed.
 */
export async function enqueueChange(
  db: Database,
  customerIds: readonly string[],
  at: Date,
  factsOf: (customerId: string) => ChangedFacts = () => null,
): Promise<void> {
  if (customerIds.length === 0) return;
  // Sorted, so that concurrent writers lock the rows in the same order.
  const ids = [...new Set(customerIds)].toSorted();
  const facts = ids.map(factsOf).map((changed) => (changed === null ? null : JSON.stringify(changed)));
  // `null || jsonb` is null in SQL: a row that already means "anything may have changed" keeps that meaning.
  await db.query(
    `/* customers.enqueueChange */
    insert into recompute_queue (customer_id, changed_at, facts)
    select id, $2::timestamptz, facts from unnest($1::uuid[], $3::text[]::jsonb[]) as changed (id, facts)
    on conflict (customer_id) do update
    set changed_at = excluded.changed_at, facts = recompute_queue.facts || excluded.facts`,
    [ids, at, facts],
  );
}

/** Call after the commit: the caller's next read then sees profiles and memberships that include the change. */
export async function flushChanges(app: App, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  for (const listener of changeListeners(app)) await listener(customerIds);
}
