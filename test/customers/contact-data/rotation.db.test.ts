import { checkContactKeys } from '#customers/contact-data/contact-keys.ts';
import { rotateContactKeys } from '#customers/contact-data/rotate-keys.ts';
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { sealedValues } from '#platform/crypto/sealed-rows.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { featureSealedValues } from '../../../src/main/sealed-values.ts';
import { execute } from '../../support/query.ts';

const indexKey = Buffer.alloc(32, 2);
const oldKey = ['test', Buffer.alloc(32, 1)] as const;
const newKey = ['next', Buffer.alloc(32, 3)] as const;
const CUSTOMERS = 400;

let app: TestApp;
/** The same database, opened after a new key was put in front. */
let rotating: App;
/** The same, after the old key was taken away. */
let rotated: App;

beforeAll(async () => {
  app = await openTestApp();
  await checkContactKeys(app.db, app.keyring);
  rotating = { ...app, keyring: createKeyring(new Map([newKey, oldKey]), indexKey) };
  sealedValues(rotating).push(...featureSealedValues);
  rotated = { ...app, keyring: createKeyring(new Map([newKey]), indexKey) };
  await upsertCustomers(
    app,
    Array.from({ length: CUSTOMERS }, (_, n) => ({
      identities: [],
      name: `Person ${n}`,
      email: `person${n}@example.com`,
      phone: `+44 20 7946 ${String(1000 + n)}`,
    })),
  );
});
afterAll(() => app.close());

async function countByKey(): Promise<unknown> {
  const rows = await app.db.query<{ key_id: string; count: number }>(
    'select key_id, count(*) as count from customer_contacts group by key_id order by key_id',
  );
  return Object.fromEntries(rows.map((row) => [row.key_id, row.count]));
}

async function readName(through: App, n: number): Promise<unknown> {
  const answer = await execute(
    through,
    `query ($email: String!) { customer(by: { email: $email }) { displayName phone } }`,
    { email: `person${n}@example.com` },
  );
  return answer.data?.customer ?? answer.errors?.[0]?.message;
}

test('an interrupted rotation leaves everything readable, and the next one goes on where it stood', async () => {
  const stop = new AbortController();
  const seen: number[] = [];

  const first = await rotateContactKeys(rotating, {
    signal: stop.signal,
    onProgress({ done }) {
      seen.push(done);
      if (done >= 500) stop.abort();
    },
  });

  expect(first).toEqual({ done: 500, total: 3 * CUSTOMERS });
  expect(seen).toEqual([0, 500]);
  expect(await countByKey()).toEqual({ next: 500, test: 700 });
  expect(await readName(rotating, 0)).toEqual({ displayName: 'Person 0', phone: '+442079461000' });
  expect(await readName(rotating, 399)).toEqual({ displayName: 'Person 399', phone: '+442079461399' });
  await expect(checkContactKeys(app.db, rotating.keyring)).resolves.toBeUndefined();

  expect(await rotateContactKeys(rotating)).toEqual({ done: 700, total: 700 });
  expect(await countByKey()).toEqual({ next: 1200 });
  expect(await readName(rotated, 399)).toEqual({ displayName: 'Person 399', phone: '+442079461399' });
  expect(await rotateContactKeys(rotating)).toEqual({ done: 0, total: 0 });
});

test('a rotation changes neither what finds people nor what was marked', async () => {
  await app.db.query('delete from recompute_queue');
  const before = await app.db.query('select * from customer_search order by customer_id');

  const [outcome] = await upsertCustomers(rotated, [
    { identities: [], email: 'person7@example.com', name: 'Person 7' },
  ]);

  expect(outcome!.outcome).toBe('unchanged');
  expect(await app.db.query('select * from customer_search order by customer_id')).toEqual(before);
  expect([...(await app.db.query('select 1 from recompute_queue'))]).toEqual([]);
});

test('a sealed value that was copied to another person or changed does not open', async () => {
  const [one, other] = await app.db.query<{ customer_id: string }>(
    `select customer_id from customer_contacts where kind = 'email' order by customer_id limit 2`,
  );
  await app.db.query(
    `update customer_contacts set sealed = (
      select sealed from customer_contacts where customer_id = $2 and kind = 'name'
    ) where customer_id = $1 and kind = 'name'`,
    [one!.customer_id, other!.customer_id],
  );

  const answer = await execute(rotated, `query ($id: ID!) { customer(by: { id: $id }) { displayName } }`, {
    id: one!.customer_id,
  });

  expect(answer.data!.customer!.displayName).toBeNull();
  expect(answer.errors?.[0]?.message).toBe('Unexpected error.');
});

test('refuses to start with keys that are not those of the stored data', async () => {
  const check = (keys: [string, Buffer][], index: Buffer) =>
    checkContactKeys(app.db, createKeyring(new Map(keys), index));
  await check([[...newKey]], indexKey);
  await upsertCustomers(app, [{ identities: [], email: 'sealed-with-old@example.com' }]);

  await expect(check([[...newKey]], Buffer.alloc(32, 9))).rejects.toThrow(
    'CONTACT_INDEX_KEY: this is not the key',
  );
  await expect(check([['next', Buffer.alloc(32, 9)]], indexKey)).rejects.toThrow(
    'key next is not the one that this database knows by that id',
  );
  await expect(check([[...newKey]], indexKey)).rejects.toThrow('still sealed with key test');
  await expect(check([[...newKey], [...oldKey]], indexKey)).resolves.toBeUndefined();
});

test('leaves the database as it was where the keys are refused, so that the corrected start goes on', async () => {
  const check = (keys: [string, Buffer][], index: Buffer) =>
    checkContactKeys(app.db, createKeyring(new Map(keys), index));
  const readChecks = () => app.db.query('select key, value from installation order by key');
  const before = await readChecks();

  await expect(check([['later', Buffer.alloc(32, 9)], [...oldKey]], Buffer.alloc(32, 9))).rejects.toThrow(
    'CONTACT_INDEX_KEY: this is not the key',
  );
  await expect(check([['later', Buffer.alloc(32, 9)]], indexKey)).rejects.toThrow('still sealed with key');

  expect(await readChecks()).toEqual(before);
  await expect(
    check([['later', Buffer.from('0123456789abcdef0123456789abcdef')], [...newKey], [...oldKey]], indexKey),
  ).resolves.toBeUndefined();
});
