/** Moves rows of one customer to another, in tables of every feature. */
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { moveConnections } from '../connections/move.ts';
import { moveConflicts } from '../conflicts/move.ts';
import { moveIdentities } from './identities.ts';
import type { Person } from './customer-facts.ts';
import { consentHistory, consents, recomputeQueue, customerContacts, customerSearch } from '../tables.ts';

/**
 * A table with rows per `customer_id`. Rows of events move to the kept customer, except those that it has already;
 * computed rows and rows that were combined before are deleted.
 */
export interface PersonTable {
  readonly table: PgTable;
  readonly onMerge: 'move' | 'drop';
}

/** Set by wiring: the tables of other features. */
export const personTables = perApp((): PersonTable[] => []);

const ownTables: readonly PersonTable[] = [
  { table: consentHistory, onMerge: 'move' },
  { table: consents, onMerge: 'drop' },
  { table: customerContacts, onMerge: 'drop' },
  { table: customerSearch, onMerge: 'drop' },
  { table: recomputeQueue, onMerge: 'drop' },
];

/** Leaves a row for each absorbed customer that points to the kept one. A constant number of statements. */
export async function moveAbsorbed(
  app: App,
  db: Database,
  people: readonly Person[],
  at: Date,
): Promise<void> {
  const pairs = people.flatMap((person) => person.absorbed.map((dropId) => [person.id, dropId] as const));
  if (pairs.length === 0) return;
  const keepIds = pairs.map(([keepId]) => keepId);
  const dropIds = pairs.map(([, dropId]) => dropId);
  await moveIdentities(db, keepIds, dropIds);
  const keepIdOf = new Map(pairs.map(([keepId, dropId]) => [dropId, keepId]));
  await moveConnections(db, keepIdOf);
  await moveConflicts(db, keepIdOf);
  for (const { table, onMerge } of [...ownTables, ...personTables(app)]) {
    const name = getTableName(table);
    if (onMerge === 'move') await db.query(...copyStatement(name, table, keepIds, dropIds, at));
    await db.query(
      `/* customers.dropFrom.${name} */ delete from ${name} where customer_id = any($1::uuid[])`,
      [dropIds],
    );
  }
  await markMerged(db, keepIds, dropIds, at);
}

/** Insert and delete instead of an update: Citus does not allow a row to change its shard. */
function copyStatement(
  name: string,
  table: PgTable,
  keepIds: readonly string[],
  dropIds: readonly string[],
  at: Date,
): [text: string, parameters: unknown[]] {
  const columns = Object.values(getTableColumns(table))
    .map((column) => column.name)
    .filter((column) => column !== 'customer_id');
  // A row that moves is read out again by readers that follow changes.
  const isStamped = columns.includes('updated_at');
  const valueOf = (column: string) => (column === 'updated_at' ? '$3::timestamptz' : `moved.${column}`);
  const text = `/* customers.copyTo.${name} */
    insert into ${name} (customer_id, ${columns.join(', ')})
    select pair.keep_id, ${columns.map(valueOf).join(', ')}
    from ${name} as moved join unnest($1::uuid[], $2::uuid[]) as pair(keep_id, drop_id)
      on pair.drop_id = moved.customer_id
    where moved.customer_id = any($2::uuid[])
    on conflict do nothing`;
  return [text, isStamped ? [keepIds, dropIds, at] : [keepIds, dropIds]];
}

/** Includes customers merged into a dropped one before, so that one step always leads to the active one. */
async function markMerged(
  db: Database,
  keepIds: readonly string[],
  dropIds: readonly string[],
  at: Date,
): Promise<void> {
  await db.query(
    `/* customers.markMerged */
    update customers as customer
    set merged_into_id = pair.keep_id, updated_at = $3::timestamptz, country = null, language = null, attributes = '{}'
    from unnest($1::uuid[], $2::uuid[]) as pair(keep_id, drop_id)
    where customer.id = pair.drop_id`,
    [keepIds, dropIds, at],
  );
  await db.query(
    `/* customers.followMerged */
    update customers as customer set merged_into_id = pair.keep_id, updated_at = $3::timestamptz
    from unnest($1::uuid[], $2::uuid[]) as pair(keep_id, drop_id)
    where customer.merged_into_id = pair.drop_id`,
    [keepIds, dropIds, at],
  );
}
