/** The customers of new rows: locked while these are written, with updated times of activity. Creates no customer. */
import type { Database } from '#platform/database/database.ts';

export interface LockedCustomer {
  readonly id: string;
  readonly mergedIntoId: string | null;
  readonly isErased: boolean;
  readonly firstSeenAt: Date | null;
  readonly lastSeenAt: Date | null;
}

/** In the order of ids, so that two writers never deadlock. */
function lockRows(tx: Database, ids: readonly string[]): Promise<LockedCustomer[]> {
  return tx.query(
    `/* events.lockPeople */
    select id, merged_into_id as "mergedIntoId", erased_at is not null as "isErased",
      first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"
    from customers where id = any($1::uuid[]) order by id for no key update`,
    [ids],
  );
}

/** Locked customers, by any id that leads to them. */
export type LockedCustomers = ReadonlyMap<string, LockedCustomer>;

/** The id of a merged customer leads to the one that it was merged into; unknown and erased ones are missing. */
export async function lockCustomers(tx: Database, ids: ReadonlySet<string>): Promise<LockedCustomers> {
  const people = new Map<string, LockedCustomer>();
  if (ids.size === 0) return people;
  const rows = await lockRows(tx, [...ids]);
  const targets = new Set(rows.flatMap(({ mergedIntoId }) => (mergedIntoId === null ? [] : [mergedIntoId])));
  const merged = targets.size === 0 ? [] : await lockRows(tx, [...targets]);
  const living = new Map([...rows, ...merged].map((row) => [row.id, row]));
  for (const { id, mergedIntoId } of rows) {
    const person = living.get(mergedIntoId ?? id);
    if (person !== undefined && !person.isErased) people.set(id, person);
  }
  return people;
}

/** Earliest and latest activity of each customer. */
export class SeenRanges {
  readonly #spans = new Map<string, { fromMs: number; toMs: number }>();

  add(customerId: string, atMs: number): void {
    const span = this.#spans.get(customerId);
    if (span === undefined) {
      this.#spans.set(customerId, { fromMs: atMs, toMs: atMs });
    } else {
      if (atMs < span.fromMs) span.fromMs = atMs;
      if (atMs > span.toMs) span.toMs = atMs;
    }
  }

  /**
   * Widens the activity times of the customers' rows; rows that include them already are not written. Times after `at`,
   * by a sender's clock, become `at`.
   */
  async save(tx: Database, people: LockedCustomers, at: Date): Promise<void> {
    const byId = new Map([...people.values()].map((person) => [person.id, person]));
    const held = [...this.#spans].map(([id, { fromMs, toMs }]) => {
      const span = { fromMs: Math.min(fromMs, at.getTime()), toMs: Math.min(toMs, at.getTime()) };
      return [id, span] as const;
    });
    const wider = held.filter(([id, { fromMs, toMs }]) => {
      const { firstSeenAt, lastSeenAt } = byId.get(id)!;
      return (
        firstSeenAt === null ||
        lastSeenAt === null ||
        fromMs < firstSeenAt.getTime() ||
        toMs > lastSeenAt.getTime()
      );
    });
    if (wider.length === 0) return;
    await tx.query(
      `/* events.widenSightings */
      update customers c
      set first_seen_at = least(c.first_seen_at, span.from_at), last_seen_at = greatest(c.last_seen_at, span.to_at),
        updated_at = $4::timestamptz
      from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as span(id, from_at, to_at)
      where c.id = span.id and c.id = any($1::uuid[])`,
      [
        wider.map(([id]) => id),
        wider.map(([, { fromMs }]) => new Date(fromMs).toISOString()),
        wider.map(([, { toMs }]) => new Date(toMs).toISOString()),
        at,
      ],
    );
  }
}
