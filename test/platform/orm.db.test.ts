import { prepareStatement } from '#platform/database/orm.ts';
import { installation } from '#platform/tables.ts';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const readValue = prepareStatement('test.value', (orm) =>
  orm
    .select({ value: installation.value })
    .from(installation)
    .where(eq(installation.key, sql.placeholder('key'))),
);
const insertValue = prepareStatement('test.insertValue', (orm) =>
  orm.insert(installation).values({ key: sql.placeholder('key'), value: sql.placeholder('value') }),
);

test('a prepared statement runs in the transaction of its handle', async () => {
  const seen: unknown[] = [];
  const undone = app.db.transaction(async (transaction) => {
    await insertValue(transaction, { key: 'colour', value: 'green' });
    seen.push(...(await readValue(transaction, { key: 'colour' })));
    throw new Error('undo');
  });

  await expect(undone).rejects.toThrow('undo');
  expect(seen).toEqual([{ value: 'green' }]);
  expect(await readValue(app.db, { key: 'colour' })).toEqual([]);
});

test('runs that overlap keep their handles and values', async () => {
  await Promise.all(['one', 'two', 'three'].map((key) => insertValue(app.db, { key, value: key })));

  const rows = await Promise.all(['three', 'one', 'two'].map((key) => readValue(app.db, { key })));

  expect(rows).toEqual([[{ value: 'three' }], [{ value: 'one' }], [{ value: 'two' }]]);
});

test('statements show their name', async () => {
  app.resetStatements();
  await readValue(app.db, { key: 'one' });

  expect(app.statements).toEqual([expect.stringMatching(/^\/\* test\.value \*\/ select /)]);
});
