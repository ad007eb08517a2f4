import { readFileSync } from 'node:fs';

import { readAttributeCatalog } from '#customers/attributes/catalog.ts';
import { typeOfValue } from '#customers/attributes/types.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const values: readonly unknown[] = [
  'text',
  '',
  '2024-02-29',
  '2023-02-29',
  '2024-04-31',
  '1899-12-31',
  '3000-01-01',
  '2026-1-1',
  '2026-01-01T10:00',
  '2026-01-01T24:00',
  '2026-01-01T10:00:00.123456Z',
  '2026-01-01T10:00+02:00',
  '2026-01-01T10:00:60Z',
  '2026-01-01 10:00',
  '1900-02-29',
  '2000-02-29',
  '2026-01-01\n',
  0,
  -1.5,
  1e300,
  true,
  false,
  [],
  ['a'],
  [1],
  ['a', null],
  [['a']],
  {},
  { a: 1 },
];

test('what customers carried before is typed as what is written later', async () => {
  await app.db.query(
    `insert into customers (id, attributes, created_at, updated_at)
    select id, attributes, now(), now() from unnest($1::uuid[], $2::text[]::jsonb[]) as person (id, attributes)`,
    [
      values.map(() => createId()),
      values.map((value, index) =>
        JSON.stringify({ [`v${String(index).padStart(2, '0')}`]: value, none: null }),
      ),
    ],
  );
  const script = readFileSync('drizzle/0002_own_attributes.sql', 'utf8');

  await app.db.query(script.split('--> statement-breakpoint').at(-1));

  const catalog = await readAttributeCatalog(app.db);
  expect([...catalog.values()].map(({ seenTypes }) => seenTypes)).toEqual(
    values.map((value) => [typeOfValue(value)]),
  );
});
