/** The database of the segment benchmark: made by SQL alone, the same for one size whenever it is made. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { upsertProducts } from '#catalog/service.ts';
import { ensureEventPartitions } from '#events/partitions.ts';
import type { App } from '#platform/app.ts';
import { readConfig } from '#platform/config.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { createLog } from '#platform/log.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import postgres from 'postgres';

export interface SegmentShopSize {
  readonly customers: number;
  readonly events: number;
}

export const NOW = new Date('2026-06-01T12:00:00Z');
const PRODUCTS = 500;
const DAYS = 400;

/** An app on the database, which is made where it is not there yet. */
export async function openBenchApp(
  serverUrl: string,
  size: SegmentShopSize,
  onStep: (step: string) => void,
): Promise<App & { close(): Promise<void> }> {
  const name = `c360_segments_${size.customers}_${size.events}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const server = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const [existing] =
    await server`select shobj_description(oid, 'pg_database') as mark from pg_database where datname = ${name}`;
  const migration = await migrationHash();
  const isMade = existing?.['mark'] === migration;
  if (!isMade) {
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.unsafe(`create database ${name}`);
  }
  const db = await openPostgres({ url: url.href, poolSize: 2, statementTimeoutMs: 0 });
  const key = createHash('sha256').update('key of the segment benchmark').digest();
  const app = {
    config: readConfig({ DATABASE_URL: url.href, LOG_LEVEL: 'silent' }),
    db,
    keyring: createKeyring(new Map([['bench', key]]), key),
    log: createLog('silent'),
    clock: () => NOW,
    onClose: [],
    close: () => db.close(),
  };
  if (!isMade) {
    await migrateDatabase(db);
    await fill(app, size, onStep);
    await server.unsafe(`comment on database ${name} is '${migration}'`);
  }
  await server.end();
  return app;
}

/** Another migration needs another database. */
async function migrationHash(): Promise<string> {
  const hash = createHash('sha256');
  const scripts = (await readdir('drizzle')).filter((file) => file.endsWith('.sql')).toSorted();
  for (const script of scripts) hash.update(await readFile(join('drizzle', script)));
  return hash.digest('hex');
}

async function fill(app: App, size: SegmentShopSize, onStep: (step: string) => void): Promise<void> {
  onStep(`${PRODUCTS} products`);
  await upsertProducts(
    app,
    Array.from({ length: PRODUCTS }, (_, index) => ({
      sku: `SKU-${index}`,
      name: `Product ${index}`,
      category: `Department ${index % 8} > Range ${index % 40}`,
      price: (1 + (index % 200) / 4).toFixed(2),
      keywords: [{ keyword: `range${index % 40}`, weight: 1 }],
    })),
  );
  await ensureEventPartitions(app, [NOW.getTime() - DAYS * 86_400_000, NOW.getTime()]);
  onStep(`${size.customers} customers, ${size.events} events`);
  await app.db.execute(tables(size));
  await app.db.execute('vacuum analyze');
  onStep('profiles');
  await recomputeProfiles(app);
  await app.db.execute('vacuum analyze');
}

/** As many as telephone companies know of a customer. */
const attributes = `jsonb_strip_nulls(jsonb_build_object(
    'Churn', case when random() < 0.27 then 'Yes' else 'No' end,
    'tenure', floor(random() * 73), 'MonthlyCharges', round((18 + 100 * random())::numeric, 2),
    'TotalCharges', case when random() > 0.002 then round((18 + 8000 * random())::numeric, 2) end,
    'Contract', (array['Month-to-month', 'One year', 'Two year'])[1 + floor(3 * random())],
    'City', 'City ' || floor(1000 * random()), 'Partner', random() < 0.5,
    'signed', (date '2026-06-01' - floor(2000 * random())::integer)::text,
    'addons', to_jsonb((array['tv', 'backup', 'support', 'films'])[1:floor(5 * random())]),
    'PaymentMethod', 'Electronic check', 'InternetService', 'Fiber optic', 'gender', 'Female',
    'PhoneService', 'Yes', 'MultipleLines', 'No', 'OnlineSecurity', 'No', 'PaperlessBilling', 'Yes'
  ))`;
const attributeTypes = Object.entries({
  string: ['Churn', 'Contract', 'City', 'PaymentMethod', 'InternetService', 'gender', 'PhoneService'],
  number: ['tenure', 'MonthlyCharges', 'TotalCharges'],
  boolean: ['Partner'],
  date: ['signed'],
  string_list: ['addons'],
})
  .flatMap(([type, keys]) => keys.map((key) => `('${key}', '${type}', now())`))
  .join(', ');

/** `random()` from a fixed seed: a few customers do much, most do little. */
function tables({ customers, events }: SegmentShopSize): string {
  const now = `timestamptz '${NOW.toISOString()}'`;
  const customer = `md5('customer' || (floor(${customers} * random() * random()))::int)::uuid`;
  const instant = `${now} - ${DAYS} * random() * interval '1 day'`;
  return `
select setseed(0.36);
create table numbered_products as select id, (row_number() over (order by sku))::int - 1 as number from products;
insert into customers (id, country, language, created_at, updated_at, first_seen_at, last_seen_at, attributes)
select md5('customer' || i)::uuid, (array['GB','DE','FR','NL','ES','IE','SE','PL'])[1 + floor(8 * random() * random())],
  (array['en','de','fr'])[1 + i % 3], ${now} - ${DAYS} * interval '1 day', ${now}, ${now} - ${DAYS} * interval '1 day', ${instant}, ${attributes}
from generate_series(0, ${customers} - 1) i;
insert into attribute_types (key, type, first_seen_at) values ${attributeTypes};
insert into consents (customer_id, channel, purpose, status, source, recorded_at)
select md5('customer' || i)::uuid, 'email', 'marketing', case when random() < 0.6 then 'granted' else 'denied' end, 'bench', ${now}
from generate_series(0, ${customers} - 1) i where i % 5 < 4;
insert into orders (customer_id, id, source, number, kind, placed_at, currency, total, item_count, line_count, country, channel)
select ${customer}, md5('order' || i)::uuid, 'bench', i::text, 'sale', ${instant}, 'GBP', round((5 + 95 * random())::numeric, 2), 4, 2, 'GB', 'web'
from generate_series(1, ${customers} * 3) i;
insert into order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price, amount, placed_at)
select o.customer_id, o.id, line, product.id, 2, o.total / 4, o.total / 2, o.placed_at
from orders o cross join generate_series(1, 2) line
join numbered_products product on product.number = abs(hashtext(o.number || line)) % ${PRODUCTS};
insert into events (customer_id, occurred_at, id, kind, source, product_id, properties, recorded_at)
select ${customer}, ${instant}, md5('event' || i)::uuid,
  (array['product_viewed','product_viewed','product_viewed','page_viewed','page_viewed','added_to_cart','message_sent','message_sent','message_opened','message_clicked'])[1 + i % 10],
  'bench', product.id, case when i % 10 >= 6 then jsonb_build_object('channel', 'email', 'campaign', 'c' || i % 7) else '{}' end, ${now}
from generate_series(1, ${events}) i
join numbered_products product on product.number = i % ${PRODUCTS};
drop table numbered_products;`;
}
