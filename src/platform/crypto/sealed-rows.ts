/** Sealed values at rest, of every feature, so that one rotation re-seals them all. */
import { type App, perApp } from '../app.ts';
import type { Database } from '../database/database.ts';
import type { Keyring } from './keyring.ts';

/** The sealed values of one table. */
export interface SealedValues {
  /** Values that another key than the active one seals. */
  countStale(db: Database, activeKeyId: string): Promise<number>;
  /** Re-seals some of them. @returns how many; 0 where none is left */
  resealSome(tx: Database, keyring: Keyring): Promise<number>;
}

/** Filled by the entry point with those of every feature. */
export const sealedValues = perApp((): SealedValues[] => []);

export interface SealedTable {
  /** Name of the table, whose columns `key_id` and `sealed` hold the value. */
  readonly table: string;
  /** Columns of its primary key, and their types in SQL. */
  readonly key: Readonly<Record<string, string>>;
  /** The record that the value is bound to, from the key columns as text. */
  readonly bindingOf: (...key: string[]) => string;
  /** Rows of one transaction; a write of the same row waits for it. */
  readonly batchSize: number;
}

interface StaleRow {
  readonly key: readonly string[];
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** Concurrent runs share the rows. */
export function sealedRows({ table, key, bindingOf, batchSize }: SealedTable): SealedValues {
  const columns = Object.keys(key);
  const isStale = 'key_id < $1 or key_id > $1';
  const staleText = `/* sealed.stale */
    select array[${columns.map((column) => `${column}::text`).join(', ')}] as key, key_id as "keyId", sealed
    from ${table} where ${isStale} limit $2 for update skip locked`;
  const resealText = `/* sealed.reseal */
    update ${table} as stored set key_id = $1, sealed = decode(fresh.sealed, 'base64')
    from unnest($2::text[], ${columns.map((column, index) => `$${index + 3}::${key[column]!}[]`).join(', ')})
      as fresh(sealed, ${columns.join(', ')})
    where ${columns.map((column) => `stored.${column} = fresh.${column}`).join(' and ')}`;
  return {
    async countStale(db, activeKeyId) {
      const [row] = await db.query<{ count: number }>(
        `/* sealed.countStale */ select count(*) as count from ${table} where ${isStale}`,
        [activeKeyId],
      );
      return row!.count;
    },
    async resealSome(tx, keyring) {
      const rows = await tx.query<StaleRow>(staleText, [keyring.activeKeyId, batchSize]);
      if (rows.length === 0) return 0;
      const fresh = rows.map((row) => {
        const binding = bindingOf(...row.key);
        return Buffer.from(keyring.seal(keyring.open(row, binding), binding).sealed).toString('base64');
      });
      await tx.query(resealText, [
        keyring.activeKeyId,
        fresh,
        ...columns.map((_, index) => rows.map((row) => row.key[index]!)),
      ]);
      return rows.length;
    },
  };
}

/** Values of all features. */
export async function countStaleValues(app: App, keyring: Keyring): Promise<number> {
  let count = 0;
  for (const values of sealedValues(app)) count += await values.countStale(app.db, keyring.activeKeyId);
  return count;
}
