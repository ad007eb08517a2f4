import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

test('gives instants, bigints, decimals and json back alike on every engine', async () => {
  const rows = await app.db.query(
    `select $1::timestamptz as at, 3::bigint as count, 1.5::numeric(18,4) as amount, $2::jsonb as json, $3::uuid[] as ids`,
    [new Date('2026-01-31T12:00:00Z'), JSON.stringify({ a: [1] }), []],
  );

  expect([...rows]).toEqual([
    { at: new Date('2026-01-31T12:00:00Z'), count: 3, amount: '1.5000', json: { a: [1] }, ids: [] },
  ]);
});

test('rolls an inner transaction back and keeps the outer one', async () => {
  const key = createId();

  await app.db.transaction(async (outer) => {
    await outer.query('insert into installation (key, value) values ($1, $2)', [key, 'outer']);
    await expect(
      outer.transaction(async (inner) => {
        await inner.query('update installation set value = $2 where key = $1', [key, 'inner']);
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
  });

  expect([...(await app.db.query('select value from installation where key = $1', [key]))]).toEqual([
    { value: 'outer' },
  ]);
});

test('lets only one caller hold a lock', async () => {
  const order: string[] = [];
  await app.db.withLock('test', async () => {
    order.push('first');
    expect(await app.db.tryWithLock('test', async () => 'second')).toBeNull();
  });
  await app.db.withLock('test', async () => void order.push('third'));

  expect(order).toEqual(['first', 'third']);
});

test('keeps no statement whose text is made for one caller', async () => {
  const kept = await app.db.transaction(async (tx) => {
    await tx.query('/* kept */ select $1::int', [1]);
    await tx.queryUnprepared('/* dropped */ select $1::int', [1]);
    return tx.query<{ name: string }>(
      `select substring(statement from '/\\* (\\w+)') as name from pg_prepared_statements
      where statement like '/* kept%' or statement like '/* dropped%'`,
    );
  });

  expect([...kept]).toEqual([{ name: 'kept' }]);
});
