/** The lock of everything that rules name: segments, lists, clusters. */
import type { Database } from '#platform/database/database.ts';

/**
 * One change at a time until the transaction ends: two rules that are fine alone could make a cycle together, and a rule
 * could come to name what is archived meanwhile.
 */
export async function lockRules(transaction: Database): Promise<void> {
  await transaction.query('/* segments.lockRules */ select pg_advisory_xact_lock(361, 0)');
}
