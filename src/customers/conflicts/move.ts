/** What becomes of identity conflicts when people become one. Reports none. */
import { or, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

import type { Database } from '#platform/database/database.ts';

import { identityConflicts } from '../tables.ts';

/**
 * Hands the conflicts of absorbed people, on either side, to those who took them in. What was between the two is gone.
 * @param keepIds by the id of the absorbed person
 */
export async function moveConflicts(db: Database, keepIds: ReadonlyMap<string, string>): Promise<void> {
  const isAbsorbed = (column: PgColumn) => sql`${column} = any(${sql.param([...keepIds.keys()])}::uuid[])`;
  const taken = await db.orm
    .delete(identityConflicts)
    .where(or(isAbsorbed(identityConflicts.customerId), isAbsorbed(identityConflicts.otherId)))
    .returning();
  const moved = taken
    .map((conflict) => ({
      ...conflict,
      customerId: keepIds.get(conflict.customerId) ?? conflict.customerId,
      otherId: keepIds.get(conflict.otherId) ?? conflict.otherId,
    }))
    .filter(({ customerId, otherId }) => customerId !== otherId);
  if (moved.length > 0) await db.orm.insert(identityConflicts).values(moved).onConflictDoNothing();
}
