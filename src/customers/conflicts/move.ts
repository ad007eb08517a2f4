/** Moves identity conflicts when customers are merged. Reports none. */
import { or, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

import type { Database } from '#platform/database/database.ts';

import { identityConflicts } from '../tables.ts';

/**
 * Moves the conflicts of absorbed customers, on either side, to the kept ones. Conflicts between the two are deleted.
 * @param keepIds by the id of the absorbed customer
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
