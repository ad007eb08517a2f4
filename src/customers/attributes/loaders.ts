/** Number of customers of each attribute, counted once for all of them. */
import type { Database } from '#platform/database/database.ts';
import { loadCount } from '#platform/loaders.ts';

/** By the attribute's key. */
export const customerCountByAttribute = loadCount(countCustomers, ({ key }) => key);

/** Scans all customers, and visits every shard. */
function countCustomers(db: Database, keys: readonly string[]): Promise<{ key: string; count: number }[]> {
  return db.query(
    `/* attributes.customerCounts */
    select member.key, count(*) as count
    from customers c cross join lateral jsonb_object_keys(c.attributes) as member (key)
    where c.merged_into_id is null and c.erased_at is null and c.attributes <> '{}' and member.key = any($1::text[])
    group by member.key`,
    [keys],
  );
}
