import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import type { PgliteDatabase } from '#platform/database/pglite.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { execute } from '../support/query.ts';

const known = {
  name: 'Zuleika Quartermain',
  email: 'Zuleika.Quartermain@Known-Address.example',
  phone: '+44 20 7946 0018',
  address: '77 Unmistakable Crescent',
};
/** Anything that would give these away, however it was spelt. */
const traces = ['zuleika', 'quartermain', 'known-address', '7946', '79460018', 'unmistakable'];

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  const [first, second] = await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'crm', value: known.email }], ...known },
    { identities: [], email: `other-${known.email}`, name: known.name },
  ]);
  await mergeCustomers(app, first!.customerId, second!.customerId);
  await execute(
    app,
    `query ($email: String!) { customer(by: { email: $email }) { displayName email phone } }`,
    {
      email: known.email,
    },
  );
});
afterAll(() => app.close());

test('no column of any table holds contact data in plain text', async () => {
  const columns = await app.db.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column from information_schema.columns c
    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.data_type in ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')
    order by 1, 2`,
  );
  expect(columns.length).toBeGreaterThan(40);

  const found: string[] = [];
  for (const { table, column } of columns) {
    const rows = await app.db.query<{ text: string }>(
      `select "${column}"::text as text from "${table}" where "${column}" is not null`,
    );
    for (const { text } of rows) {
      const readable = text.startsWith(String.raw`\x`)
        ? Buffer.from(text.slice(2), 'hex').toString('latin1')
        : text;
      found.push(
        ...traces
          .filter((trace) => readable.toLowerCase().includes(trace))
          .map((trace) => `${trace} in ${table}.${column}`),
      );
    }
  }
  expect(found).toEqual([]);
});

test.runIf(process.env['TEST_ENGINE'] === 'pglite')(
  'no file of the embedded database, its write-ahead log included, holds contact data in plain text',
  async () => {
    const dump = await (app.db as PgliteDatabase).dump();
    const bytes = Buffer.from(await dump.arrayBuffer())
      .toString('latin1')
      .toLowerCase();

    // The dump is not compressed: what is stored in plain text would be found.
    expect(bytes).toContain('customer_identities');
    expect(traces.filter((trace) => trace.length > 4 && bytes.includes(trace))).toEqual([]);
  },
);
