/** Writes the change log, within the transaction of the change. Reads nothing. */
import type { Database } from '#platform/database/database.ts';

import type { ChangeKind } from './tables.ts';

/** Notified by each transaction that wrote to the log, at its commit. */
export const CHANGES_CHANNEL = 'c360_changes';

export interface RecordedChange {
  readonly kind: ChangeKind;
  /** Null for a product. */
  readonly customerId: string | null;
  /** The order, segment, list or product; of a merge the absorbed customer. */
  readonly subjectId?: string | null | undefined;
  /** Names and figures, never contact data. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Call in the transaction of the change. One statement, none for an empty list; entries of one transaction keep the
 * order of the list. Readers are woken by the commit.
 */
export async function recordChanges(
  db: Database,
  changes: readonly RecordedChange[],
  at: Date,
): Promise<void> {
  if (changes.length === 0) return;
  await db.query(
    `/* changes.record */
    with written as (
      insert into change_log (kind, customer_id, subject_id, details, recorded_at)
      select kind, customer_id, subject_id, details, $5::timestamptz
      from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[]::jsonb[]) with ordinality
        as change (kind, customer_id, subject_id, details, position)
      order by position
      returning 1 as one
    )
    select pg_notify('${CHANGES_CHANNEL}', '') from (select one from written limit 1) woken`,
    [
      changes.map(({ kind }) => kind),
      changes.map(({ customerId }) => customerId),
      changes.map(({ subjectId }) => subjectId ?? null),
      changes.map(({ details }) => JSON.stringify(details ?? {})),
      at,
    ],
  );
}

/**
 * Removes data of erased customers from the log; the entries stay, so that cursors stay valid. The entry of the erasure
 * itself is unchanged.
 */
export async function blankChanges(db: Database, customerIds: readonly string[]): Promise<void> {
  await db.query(
    `/* changes.blank */
    update change_log set customer_id = null, subject_id = null, details = '{}', is_blanked = true
    where customer_id = any($1::uuid[]) and kind <> 'customer_erased'`,
    [customerIds],
  );
}
