import { setTimeout } from 'node:timers/promises';

import { changeListeners } from '#customers/changes.ts';
import { findCustomerId } from '#customers/identity/lookup.ts';
import { type CustomerInput, upsertCustomers } from '#customers/service.ts';
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  double,
  integer,
  object,
  string,
  uniqueArray,
} from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

function external(value: string, source = 'crm'): CustomerInput['identities'][number] {
  return { kind: 'external', source, value };
}

/** Identities and content of every table about people. */
async function readEverything(): Promise<unknown[]> {
  const tables = ['customers', 'customer_identities', 'customer_contacts', 'customer_search', 'consents'];
  return Promise.all(
    [...tables, 'consent_history', 'recompute_queue'].map((table) =>
      app.db.query(`select * from ${table} as row order by row::text`),
    ),
  );
}

const ann: CustomerInput = {
  identities: [external('ann'), { kind: 'anonymous', value: 'browser-1' }],
  name: 'Ann Lee',
  email: 'ann@example.com',
  phone: '020 7946 0018',
  country: 'gb',
  language: 'en_gb',
  attributes: { tier: 'gold', pets: ['cat'] },
  createdAt: new Date('2024-01-01'),
  firstSeenAt: new Date('2024-01-02'),
  lastSeenAt: new Date('2024-03-04'),
  consents: [
    {
      channel: 'email',
      purpose: 'marketing',
      status: 'granted',
      source: 'web',
      recordedAt: new Date('2024-01-01'),
    },
  ],
};

test('changes nothing when the same person comes twice', async () => {
  const [first] = await upsertCustomers(app, [ann]);
  const before = await readEverything();

  const [second] = await upsertCustomers(app, [ann]);

  expect(first!.outcome).toBe('created');
  expect(second).toMatchObject({ customerId: first!.customerId, outcome: 'unchanged' });
  expect(await readEverything()).toEqual(before);
});

test('finds a person by any identity, whatever its spelling', async () => {
  const [outcome] = await upsertCustomers(app, [ann]);
  const { customerId } = outcome!;

  const found = [
    await findCustomerId(app, { email: ' ANN@Example.COM ' }),
    await findCustomerId(app, { phone: '+44 (0)20 7946-0018' }),
    await findCustomerId(app, { externalId: { source: 'crm', id: 'ann' } }),
    await findCustomerId(app, { anonymousId: 'browser-1' }),
    await findCustomerId(app, { id: customerId }),
    await findCustomerId(app, { externalId: { source: 'shop', id: 'ann' } }),
  ];

  expect(found).toEqual([customerId, customerId, customerId, customerId, customerId, null]);
});

test('keeps what an input leaves out, widens the time seen, and removes attributes set to null', async () => {
  const [first] = await upsertCustomers(app, [
    { ...ann, identities: [external('cat')], email: 'cat@example.com', phone: null },
  ]);

  const [second] = await upsertCustomers(app, [
    {
      identities: [external('cat')],
      attributes: { tier: null, size: 'L' },
      createdAt: new Date('2025-01-01'),
      firstSeenAt: new Date('2023-01-01'),
      lastSeenAt: new Date('2023-02-02'),
    },
  ]);

  expect(second).toMatchObject({ customerId: first!.customerId, outcome: 'updated' });
  const rows = await app.db.query(
    `select country, language, attributes, created_at, first_seen_at, last_seen_at from customers where id = $1`,
    [first!.customerId],
  );
  expect([...rows]).toEqual([
    {
      country: 'GB',
      language: 'en-GB',
      attributes: { pets: ['cat'], size: 'L' },
      created_at: new Date('2024-01-01'),
      first_seen_at: new Date('2023-01-01'),
      last_seen_at: new Date('2024-03-04'),
    },
  ]);
});

test('takes inputs of one batch that share an identity for one person', async () => {
  const outcomes = await upsertCustomers(app, [
    { identities: [external('b1')], country: 'FR' },
    { identities: [external('b2')] },
    { identities: [external('b3', 'shop')], country: 'DE' },
    { identities: [external('b1'), external('b3', 'shop')] },
  ]);

  const [first, second, third, fourth] = outcomes;
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'updated', 'updated']);
  expect(third!.customerId).toBe(first!.customerId);
  expect(fourth!.customerId).toBe(first!.customerId);
  expect(second!.customerId).not.toBe(first!.customerId);
  const rows = await app.db.query('select country from customers where id = $1', [first!.customerId]);
  expect([...rows]).toEqual([{ country: 'DE' }]);
});

test('ends with the same people whether inputs come one by one or all at once', async () => {
  let run = 0;
  const identityLists = array(uniqueArray(integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 8,
  });
  /** Two of each kind, so that some tell people apart and others join them. */
  const identityOf = (prefix: string, n: number): CustomerInput['identities'][number] => {
    const value = `${prefix}${n}`;
    if (n < 4) return external(value, n < 2 ? 'crm' : 'shop');
    return n < 6 ? { kind: 'email', value: `${value}@example.com` } : { kind: 'anonymous', value };
  };
  const lookupOf = (prefix: string, n: number) => {
    const { kind, source, value } = identityOf(prefix, n);
    if (kind === 'email') return { email: value };
    return kind === 'anonymous' ? { anonymousId: value } : { externalId: { source: source!, id: value } };
  };
  /** Which identities belong together: for each the first one of the same person. */
  const partition = async (prefix: string) => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, n) => findCustomerId(app, lookupOf(prefix, n))),
    );
    return ids.map((id) => (id === null ? null : ids.indexOf(id)));
  };

  await assert(
    asyncProperty(identityLists, async (lists) => {
      run += 1;
      const make = (prefix: string) =>
        lists.map((numbers) => ({ identities: numbers.map((n) => identityOf(prefix, n)) }));
      for (const input of make(`one-${run}-`)) await upsertCustomers(app, [input]);
      await upsertCustomers(app, make(`all-${run}-`));

      expect(await partition(`all-${run}-`)).toEqual(await partition(`one-${run}-`));
    }),
    { numRuns: 20 },
  );
});

test('needs as many statements for 300 people as for 3, new or known', async () => {
  const make = (count: number, country: string) =>
    Array.from({ length: count }, (_, n) => ({
      ...ann,
      identities: [external(`many-${n}`)],
      email: `many-${n}@example.com`,
      phone: null,
      country,
    }));
  const countStatements = async (inputs: CustomerInput[]) => {
    app.resetStatements();
    await upsertCustomers(app, inputs);
    return app.statements.length;
  };

  await upsertCustomers(app, make(1, 'GB'));
  const few = await countStatements(make(4, 'FR'));
  const many = await countStatements(make(304, 'NL'));

  expect(many).toBe(few);
  expect(many).toBeLessThanOrEqual(13);
  expect(await countStatements(make(304, 'NL'))).toBeLessThanOrEqual(4);
});

test('makes one person of a new e-mail that two writers bring at once', async () => {
  let second: Promise<unknown> | undefined;
  await app.db.transaction(async (tx) => {
    await upsertCustomers(app, [{ identities: [external('w1')], email: 'writers@example.com' }], { tx });
    // The other writer starts while the first has not committed.
    second = upsertCustomers(app, [{ identities: [external('w2', 'shop')], email: 'writers@example.com' }]);
    await setTimeout(50);
  });
  await second;

  const found = await Promise.all([
    findCustomerId(app, { externalId: { source: 'crm', id: 'w1' } }),
    findCustomerId(app, { externalId: { source: 'shop', id: 'w2' } }),
    findCustomerId(app, { email: 'writers@example.com' }),
  ]);
  expect(found[0]).not.toBeNull();
  expect(new Set(found).size).toBe(1);
});

test('makes one person of one e-mail that twenty writers bring, each with more', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      upsertCustomers(
        app,
        [{ identities: [external(`race-${n}`), external(`race-${n + 1}`)], email: 'race@example.com' }],
        { onConflict: 'merge' },
      ),
    ),
  );

  const ids = await Promise.all(
    Array.from({ length: 21 }, (_, n) =>
      findCustomerId(app, { externalId: { source: 'crm', id: `race-${n}` } }),
    ),
  );
  expect(new Set(ids).size).toBe(1);
  expect(outcomes.flat().filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
  const living = await app.db.query(
    `select id from customers where id = any($1::uuid[]) and merged_into_id is null`,
    [outcomes.flat().map(({ customerId }) => customerId)],
  );
  expect([...living]).toEqual([{ id: ids[0] }]);
});

test('marks the people that changed, tells listeners after the commit, and leaves the others', async () => {
  const told: string[][] = [];
  changeListeners(app).push(async (ids) => void told.push([...ids]));
  const input = (n: number, country: string) => ({ identities: [external(`mark-${n}`)], country });
  const first = await upsertCustomers(app, [input(1, 'GB'), input(2, 'GB')]);
  await app.db.query('delete from recompute_queue');

  const second = await upsertCustomers(app, [input(1, 'GB'), input(2, 'FR')]);

  expect(second.map(({ outcome }) => outcome)).toEqual(['unchanged', 'updated']);
  const marked = await app.db.query('select customer_id from recompute_queue');
  expect([...marked]).toEqual([{ customer_id: first[1]!.customerId }]);
  expect(told.map((ids) => ids.length)).toEqual([2, 1]);
});

test('prefers the newest e-mail, and an identity alone does not change which is preferred', async () => {
  await upsertCustomers(app, [{ identities: [external('mail')], email: 'old@mail.example' }]);
  await upsertCustomers(app, [{ identities: [external('mail')], email: 'new@mail.example' }]);

  const [third] = await upsertCustomers(app, [
    { identities: [{ kind: 'email', value: 'old@mail.example' }] },
  ]);

  expect(third!.outcome).toBe('unchanged');
  const rows = await app.db.query<{ hash: Uint8Array }>(
    `select value_hash as hash from customer_contacts where customer_id = $1 and kind = 'email' order by position`,
    [third!.customerId],
  );
  expect(rows.map(({ hash }) => Buffer.from(hash))).toEqual(
    ['new@mail.example', 'old@mail.example'].map((email) => app.keyring.hash('email', email)),
  );
});

test('keeps only the hash of an external id that is an e-mail address', async () => {
  await upsertCustomers(app, [{ identities: [external('dora@example.com')] }]);

  const rows = await app.db.query(`select value from customer_identities where value like '%dora%'`);
  expect([...rows]).toEqual([]);
  expect(await findCustomerId(app, { externalId: { source: 'crm', id: 'dora@example.com' } })).not.toBeNull();
});

test('writes nothing of a batch with one bad input, and says which', async () => {
  await expect(
    upsertCustomers(app, [{ identities: [external('half')] }, { identities: [], email: 'nobody' }]),
  ).rejects.toMatchObject({ name: 'InvalidInputError', field: 'inputs.1.email' });

  expect(await findCustomerId(app, { externalId: { source: 'crm', id: 'half' } })).toBeNull();
});

test('keeps attributes of any JSON as they came, and knows them again', async () => {
  let run = 0;
  const text = string({ unit: 'grapheme', maxLength: 10 }).filter((word) => word.isWellFormed());
  const attributes = object({
    key: text,
    maxDepth: 3,
    maxKeys: 5,
    values: [text, integer(), double({ noNaN: true, noDefaultInfinity: true }), boolean(), constant(null)],
  });

  await assert(
    asyncProperty(attributes, async (given) => {
      run += 1;
      const input = { identities: [external(`json-${run}`)], attributes: given };

      const [first] = await upsertCustomers(app, [input]);
      const [second] = await upsertCustomers(app, [input]);

      expect(second).toMatchObject({ customerId: first!.customerId, outcome: 'unchanged' });
      const [row] = await app.db.query<{ attributes: object }>(
        'select attributes from customers where id = $1',
        [first!.customerId],
      );
      const kept = Object.entries(JSON.parse(JSON.stringify(given)) as object).filter(
        ([, value]) => value !== null,
      );
      expect(row!.attributes).toEqual(Object.fromEntries(kept));
    }),
    { numRuns: 25, examples: [[JSON.parse('{"__proto__": {"a": 1}, "constructor": "x", "a": -0}')]] },
  );
});
