/** Marks people whose facts changed, so that what is computed from them follows. Computes nothing itself. */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

/** Brings whatever is computed from people's facts up to date for these people. */
export type ChangeListener = (customerIds: readonly string[]) => Promise<void>;

/** Set by wiring: profiles first, then memberships. */
export const changeListeners = perApp((): ChangeListener[] => []);

/** Call in the transaction of the change: whatever happens next, the mark is there and a job finds it. */
export async function markChanged(db: Database, customerIds: readonly string[], at: Date): Promise<void> {
  if (customerIds.length === 0) return;
  // Sorted, so that two writers lock the rows in one order.
  await db.query(
    `/* customers.markChanged */
    insert into customer_changes (customer_id, changed_at)
    select id, $2::timestamptz from (select distinct unnest($1::uuid[]) as id order by 1) as marked
    on conflict (customer_id) do update set changed_at = excluded.changed_at`,
    [customerIds, at],
  );
}

/** Call after the commit: the caller's next read then sees profiles and memberships that know of the change. */
export async function settleChanges(app: App, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  for (const listener of changeListeners(app)) await listener(customerIds);
}
