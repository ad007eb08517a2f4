/** The currency of the amounts in a database, which cannot be read as another one. */
import { eq, sql } from 'drizzle-orm';

import { ConfigError } from '#platform/config.ts';
import type { Database } from '#platform/database/database.ts';
import { prepareStatement } from '#platform/database/orm.ts';
import { installation } from '#platform/tables.ts';

const KEY = 'currency';

/**
 * Compares CURRENCY with that of the database, and stores it where none is stored or there are no amounts.
 * @throws {ConfigError} the database has amounts in another currency; nothing was changed.
 */
export function checkCurrency(db: Database, currency: string): Promise<void> {
  return db.transaction(async (tx) => {
    const inserted = await tx.query(
      `/* events.leaveCurrency */
      insert into installation (key, value) values ($1, $2) on conflict do nothing returning key`,
      [KEY, currency],
    );
    const stored = inserted.length === 0 ? await readCurrency(tx) : await findOtherCurrency(tx, currency);
    if (stored === null || stored === currency) return;
    if (await hasAmounts(tx)) {
      throw new ConfigError(
        `CURRENCY: this database holds amounts in ${stored}, which cannot be read as ${currency}. Start with CURRENCY=${stored}, or with another database`,
      );
    }
    await tx.orm.update(installation).set({ value: currency }).where(eq(installation.key, KEY));
  });
}

async function readCurrency(tx: Database): Promise<string | null> {
  const [row] = await readInstallation(tx, { key: KEY });
  return row?.value ?? null;
}

const readInstallation = prepareStatement('events.currency', (orm) =>
  orm
    .select({ value: installation.value })
    .from(installation)
    .where(eq(installation.key, sql.placeholder('key'))),
);

/** Of a database that was filled before its currency was stored. Visits every shard, once. */
async function findOtherCurrency(tx: Database, currency: string): Promise<string | null> {
  const [row] = await tx.query<{ currency: string }>(
    `/* events.otherCurrency */ select o.currency from orders o where o.currency <> $1 limit 1`,
    [currency],
  );
  return row?.currency ?? null;
}

/** Visits every shard, where CURRENCY was changed. */
async function hasAmounts(tx: Database): Promise<boolean> {
  const products = await tx.query(
    `/* events.pricedProduct */ select 1 from products where price is not null limit 1`,
  );
  if (products.length > 0) return true;
  const orders = await tx.query(`/* events.anyOrder */ select 1 from orders limit 1`);
  return orders.length > 0;
}
