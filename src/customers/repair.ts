/** Mends consents and instants of customers that were recorded under former rules. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { MAX_CLOCK_SKEW_MS } from '#platform/input/instants.ts';

import { enqueueChange } from './changes.ts';

const BATCH_SIZE = 500;

export interface CustomerFaults {
  /** Consents, and entries of their history, dated in the future. */
  readonly futureConsents: number;
  /** Customers created, first seen or last seen in the future. */
  readonly futureSightings: number;
}

interface Options {
  readonly apply: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Each batch is a transaction, and what is mended is no fault any more: an interrupted run is continued by the next. */
export async function repairCustomers(app: App, options: Options): Promise<CustomerFaults> {
  const now = app.clock();
  const latest = new Date(now.getTime() + MAX_CLOCK_SKEW_MS);
  const faults = await countFaults(app.db, latest);
  for (const mend of options.apply ? [mendConsents, mendSightings] : []) {
    let isDone = false;
    while (!isDone && !options.signal?.aborted) {
      isDone = await app.db.transaction(async (tx) => {
        const people = await mend(tx, latest, now);
        await enqueueChange(tx, people, now);
        return people.length === 0;
      });
    }
  }
  return faults;
}

async function countFaults(db: Database, latest: Date): Promise<CustomerFaults> {
  const [counts] = await db.query<CustomerFaults>(
    `/* customers.countFutureFacts */
    select (select count(*)::int from consents where recorded_at > $1)
        + (select count(*)::int from consent_history where recorded_at > $1) as "futureConsents",
      (select count(*)::int from customers
        where created_at > $1 or first_seen_at > $1 or last_seen_at > $1) as "futureSightings"`,
    [latest],
  );
  return counts!;
}

/**
 * A consent whose time cannot be true outlives no other: it is set before those of its customer whose time can be, and
 * the latest of them holds. Where it is the only one it holds, as of the customer's creation.
 */
async function mendConsents(tx: Database, latest: Date, now: Date): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    `/* customers.withFutureConsents */
    select customer_id as id from consent_history where recorded_at > $1
    union select customer_id from consents where recorded_at > $1
    order by id limit $2`,
    [latest, BATCH_SIZE],
  );
  const people = rows.map(({ id }) => id);
  if (people.length === 0) return people;
  await tx.query(
    `/* customers.moveFutureConsents */
    update consent_history as history set recorded_at = least(known.created_at, known.first_at - interval '1 millisecond')
    from (
      select c.id, least(c.created_at, $3::timestamptz) as created_at, (
        select min(h.recorded_at) from consent_history h
        where h.customer_id = any($1::uuid[]) and h.customer_id = c.id and h.recorded_at <= $2
      ) as first_at
      from customers c where c.id = any($1::uuid[])
    ) as known
    where history.customer_id = any($1::uuid[]) and history.customer_id = known.id and history.recorded_at > $2`,
    [people, latest, now],
  );
  await tx.query(
    `/* customers.settleFutureConsents */
    update consents set status = last.status, source = last.source, proof = last.proof, recorded_at = last.recorded_at
    from (
      select distinct on (customer_id, channel, purpose) customer_id, channel, purpose, status, source, proof, recorded_at
      from consent_history where customer_id = any($1::uuid[])
      order by customer_id, channel, purpose, recorded_at desc, id desc
    ) as last
    where consents.customer_id = any($1::uuid[]) and consents.customer_id = last.customer_id
      and consents.channel = last.channel and consents.purpose = last.purpose and consents.recorded_at > $2`,
    [people, latest],
  );
  // Without a history there is none to choose from.
  await tx.query(
    `/* customers.holdFutureConsents */
    update consents set recorded_at = $3 where customer_id = any($1::uuid[]) and recorded_at > $2`,
    [people, latest, now],
  );
  return people;
}

/** The last write of the row is the latest time at which the customer can have been seen. */
async function mendSightings(tx: Database, latest: Date, now: Date): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    `/* customers.seenInFuture */
    select id from customers where created_at > $1 or first_seen_at > $1 or last_seen_at > $1
    order by id limit $2`,
    [latest, BATCH_SIZE],
  );
  const people = rows.map(({ id }) => id);
  if (people.length === 0) return people;
  const held = (column: string) => `${column} = least(${column}, updated_at, $2::timestamptz)`;
  // Null stays null, which least() would pass over.
  const heldIfKnown = (column: string) =>
    `${column} = case when ${column} is not null then least(${column}, updated_at, $2::timestamptz) end`;
  await tx.query(
    `/* customers.holdSightings */
    update customers set ${held('created_at')}, ${heldIfKnown('first_seen_at')}, ${heldIfKnown('last_seen_at')},
      updated_at = $2::timestamptz
    where id = any($1::uuid[])`,
    [people, now],
  );
  return people;
}
