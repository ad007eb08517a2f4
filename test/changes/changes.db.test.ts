import { upsertProducts } from '#catalog/service.ts';
import { changesInOrder, type ChangeRow, readChangePage } from '#changes/queries.ts';
import { blankChanges, recordChanges } from '#changes/record.ts';
import { adoptRestoredChanges, pruneChanges } from '#changes/retention.ts';
import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import { archiveList, createList, editList } from '#segments/lists/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { archiveSegment, createSegment } from '#segments/service.ts';
import { encodeCursor, readPage } from '#graphql/connections.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { execute, query, textLike } from '../support/query.ts';
import type { Data, Variables } from '../support/typed-text.ts';

const DAY_MS = 86_400_000;

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
beforeEach(async () => {
  app.setNow(null);
  await app.db.query('delete from change_log');
  await app.db.query("delete from installation where key = 'changes.pruned'");
});
afterAll(() => app.close());

const FIELDS = 'id cursor kind facts details isBlanked customerId otherCustomerId customer { id }';

/** Each test selects a part of this. */
type Like = `query ($after: String, $kinds: [ChangeKind!], $customer: ID, $first: Int) {
  changes(after: $after, kinds: $kinds, customer: $customer, first: $first) { nodes {
    id cursor kind facts details isBlanked customerId otherCustomerId list { key } } } }`;
type Entry = NonNullable<Data<Like>['changes']>['nodes'][number];

async function read(variables: Variables<Like> = {}, fields = FIELDS): Promise<readonly Entry[]> {
  const { data, errors } = await execute(
    app,
    textLike<Like>(`query ($after: String, $kinds: [ChangeKind!], $customer: ID, $first: Int) {
      changes(after: $after, kinds: $kinds, customer: $customer, first: $first) { nodes { ${fields} } } }`),
    { first: 100, ...variables },
  );
  if (errors !== undefined) throw errors[0]!;
  return data!.changes!.nodes;
}

/** A transaction of another database of the same server may hold the log back for a moment. */
function readUntil(count: number, variables: Variables<Like> = {}, fields = FIELDS) {
  return vi.waitFor(
    async () => {
      const entries = await read(variables, fields);
      expect(entries.length).toBeGreaterThanOrEqual(count);
      return entries;
    },
    { timeout: 10_000 },
  );
}

const kindsOf = (entries: readonly Entry[]) => entries.map(({ kind }) => kind);

async function addCustomer(email: string): Promise<string> {
  const [made] = await upsertCustomers(app, [{ identities: [{ kind: 'email', value: email }] }]);
  return made!.customerId;
}

describe('what is told', () => {
  test('a customer who is made, changes, says something, and takes in another', async () => {
    const id = await addCustomer('ada@example.com');
    const other = await addCustomer('byron@example.com');
    await upsertCustomers(app, [
      {
        identities: [
          { kind: 'email', value: 'ada@example.com' },
          { kind: 'external', source: 'crm', value: '17' },
        ],
        country: 'GB',
        name: 'Ada Byron',
        attributes: { plan: 'free' },
        consents: [
          {
            channel: 'email',
            purpose: 'marketing',
            status: 'granted',
            source: 'form',
            recordedAt: new Date('2026-01-01'),
          },
        ],
      },
    ]);
    await mergeCustomers(app, id, other);

    const entries = await readUntil(6);

    expect(kindsOf(entries)).toEqual([
      'CUSTOMER_CREATED',
      'CUSTOMER_CREATED',
      'CUSTOMER_CHANGED',
      'CONSENT_RECORDED',
      'CUSTOMER_MERGED',
      'CUSTOMER_CHANGED',
    ]);
    expect(entries[2]!.facts.toSorted()).toEqual(['attribute.plan', 'country', 'identities', 'name']);
    expect(entries[3]!['details']).toMatchObject({
      channel: 'email',
      purpose: 'marketing',
      status: 'granted',
    });
    expect(entries[4]).toMatchObject({ otherCustomerId: btoa(`Customer:${other}`) });
    expect(entries[5]!.facts).toEqual(['email']);
    // As of now: the second one is the first by now.
    expect(entries[1]).toMatchObject({
      customerId: btoa(`Customer:${other}`),
      customer: { id: btoa(`Customer:${id}`) },
    });
  });

  test('nothing where nothing changed', async () => {
    await addCustomer('same@example.com');
    const before = await readUntil(1);

    await addCustomer('same@example.com');

    expect(await read()).toEqual(before);
  });

  test('orders, and the segments that a customer enters and leaves by them', async () => {
    const customerId = await addCustomer('buyer@example.com');
    await upsertProducts(app, [{ sku: 'MUG', price: '8.00', stock: 3 }]);
    await refreshDerivedData(app, [customerId]);
    const once = await createSegment(app, { key: 'once', name: 'Once', rule: 'number_of_orders = 1' });
    const [{ cursor }] = (await readUntil(2)).slice(-1) as [Entry];
    const order = {
      customerId,
      source: 'till',
      number: '1',
      placedAt: new Date('2026-01-01'),
      lines: [{ sku: 'MUG', quantity: 1, unitPrice: '8.00' }],
    };

    await recordOrders(app, [order]);
    await refreshDerivedData(app, [customerId]);
    await recordOrders(app, [order]);
    await recordOrders(app, [{ ...order, number: '2' }]);
    await refreshDerivedData(app, [customerId]);
    await recordEvents(app, [
      { customerId, source: 'web', kind: 'product_viewed', occurredAt: new Date('2026-01-02') },
    ]);

    const entries = await readUntil(
      4,
      { after: cursor },
      'id cursor kind facts details customerId order { number } segment { key }',
    );
    expect(entries).toMatchObject([
      { kind: 'ORDER_PLACED', order: { number: '1' }, segment: null },
      { kind: 'SEGMENT_ENTERED', order: null, segment: { key: 'once' }, details: { cause: 'event' } },
      { kind: 'ORDER_PLACED', order: { number: '2' } },
      { kind: 'SEGMENT_LEFT', segment: { key: 'once' } },
    ]);
    await archiveSegment(app, once.id);
  });

  test('who enters and leaves when a segment is made and archived', async () => {
    const customerId = await addCustomer('all@example.com');
    await app.db.query('update customers set country = $2 where id = $1', [customerId, 'IS']);
    const [{ cursor }] = (await readUntil(1)).slice(-1) as [Entry];

    const { id } = await createSegment(app, { key: 'icelanders', name: 'All', rule: "country = 'IS'" });
    await archiveSegment(app, id);

    const entries = await readUntil(2, { after: cursor });
    expect(entries).toMatchObject([
      { kind: 'SEGMENT_ENTERED', customerId: btoa(`Customer:${customerId}`), details: { cause: 'rule' } },
      { kind: 'SEGMENT_LEFT', customerId: btoa(`Customer:${customerId}`), details: { cause: 'archive' } },
    ]);
  });

  test('who is put on a list and taken off it', async () => {
    const [one, two] = [await addCustomer('one@example.com'), await addCustomer('two@example.com')];
    const [{ cursor }] = (await readUntil(2)).slice(-1) as [Entry];

    const { list } = await createList(app, { key: 'guests', name: 'Guests', people: [{ id: one }] });
    await editList(app, list.id, 'replace', [{ id: two }]);
    await archiveList(app, list.id);

    const entries = await readUntil(4, { after: cursor }, `${FIELDS} list { key }`);
    expect(entries.map(({ kind, customerId, list }) => [kind, atob(customerId!), list!.key])).toEqual([
      ['LIST_JOINED', `Customer:${one}`, 'guests'],
      ['LIST_JOINED', `Customer:${two}`, 'guests'],
      ['LIST_LEFT', `Customer:${one}`, 'guests'],
      ['LIST_LEFT', `Customer:${two}`, 'guests'],
    ]);
  });

  test('prices and stocks of products, with what they were', async () => {
    const sku = createId();
    await upsertProducts(app, [{ sku, price: '8.00', stock: 3 }]);
    await upsertProducts(app, [{ sku, price: '8', stock: 3, name: 'Mug' }]);
    await upsertProducts(app, [{ sku, price: '9.50', stock: 2 }]);

    const entries = await readUntil(3, {}, 'id cursor kind facts details product { sku }');

    expect(entries).toMatchObject([
      { kind: 'PRODUCT_CREATED', product: { sku }, details: { price: '8.00', stock: 3 } },
      { kind: 'PRODUCT_PRICE_CHANGED', product: { sku }, details: { after: '9.50' } },
      { kind: 'PRODUCT_STOCK_CHANGED', product: { sku }, details: { before: 3, after: 2 } },
    ]);
  });

  test('no more statements for 300 customers than for 3', async () => {
    const count = async (size: number) => {
      const inputs = Array.from({ length: size }, (_, index) => ({
        identities: [{ kind: 'external' as const, source: `crm${size}`, value: `C-${100_000 + index}` }],
      }));
      app.resetStatements();
      await upsertCustomers(app, inputs);
      return app.statements.filter((text) => text.includes('/* changes.')).length;
    };

    expect([await count(3), await count(300)]).toEqual([1, 1]);
  });
});

describe('reading', () => {
  test('goes on after a cursor, by kind and by customer', async () => {
    const id = await addCustomer('a@example.com');
    await addCustomer('b@example.com');
    await upsertCustomers(app, [{ identities: [{ kind: 'email', value: 'a@example.com' }], country: 'FR' }]);
    const all = await readUntil(3);

    expect(await read({ first: 1 })).toEqual(all.slice(0, 1));
    expect(await read({ after: all[0]!.cursor })).toEqual(all.slice(1));
    expect(await read({ after: all[2]!.cursor })).toEqual([]);
    expect(await read({ kinds: ['CUSTOMER_CHANGED'] })).toEqual(all.slice(2));
    expect(await read({ customer: id })).toEqual([all[0], all[2]]);
    expect(await read({ customer: btoa(`Customer:${id}`), kinds: ['CUSTOMER_CREATED'] })).toEqual([all[0]]);
  });

  test('needs as many statements for 100 entries as for 2', async () => {
    await upsertCustomers(
      app,
      Array.from({ length: 100 }, (_, index) => ({
        identities: [{ kind: 'external' as const, source: 'many', value: `C-${100_000 + index}` }],
        name: `Name ${index}`,
      })),
    );
    await readUntil(100);
    const count = async (first: number) => {
      app.resetStatements();
      await read({ first }, 'kind customer { id displayName country } order { id } segment { key }');
      return app.statements.length;
    };

    const [few, many] = [await count(2), await count(100)];

    expect(many).toBe(few);
  });

  test.each([
    [['customers:read'], undefined],
    [['ingest'], 'FORBIDDEN'],
    [['segments:write'], 'FORBIDDEN'],
  ] as const)('with the scopes %j is answered %s', async (scopes, code) => {
    const { errors } = await execute(app, '{ changes { nodes { kind } } }', {}, viewerWith([...scopes]));

    expect(errors?.[0]?.extensions['code']).toBe(code);
  });

  test('shows contact data beside an entry masked without pii:read', async () => {
    await addCustomer('masked@example.com');
    await readUntil(1);

    const data = await query(
      app,
      '{ changes { nodes { customer { email } } } }',
      {},
      viewerWith(['customers:read']),
    );

    expect(data.changes!.nodes).toEqual([{ customer: { email: 'm…@e…' } }]);
  });

  test('an erasure takes out what entries told, and cursors keep their place', async () => {
    const id = await addCustomer('gone@example.com');
    const stays = await addCustomer('stays@example.com');
    const before = await readUntil(2);
    await app.db.transaction(async (tx) => {
      await blankChanges(tx, [id]);
      await recordChanges(tx, [{ kind: 'customer_erased', customerId: id }], new Date());
    });

    const entries = await readUntil(3);

    expect(entries[0]).toMatchObject({ kind: 'CUSTOMER_CREATED', customerId: null, isBlanked: true });
    expect(entries[1]).toMatchObject({ customerId: btoa(`Customer:${stays}`), isBlanked: false });
    expect(entries[2]).toMatchObject({ kind: 'CUSTOMER_ERASED', customerId: btoa(`Customer:${id}`) });
    expect(await read({ after: before[0]!.cursor })).toEqual(entries.slice(1));
  });

  test('a cursor whose next entries are gone is an error; the last one that is gone is none', async () => {
    app.setNow(new Date('2026-01-01'));
    await addCustomer('first@example.com');
    await addCustomer('second@example.com');
    app.setNow(new Date(Date.parse('2026-01-01') + 31 * DAY_MS));
    await addCustomer('third@example.com');
    const entries = await readUntil(3);

    expect(
      await vi.waitFor(async () => {
        const count = await pruneChanges(app);
        expect(count).toBe(2);
        return count;
      }),
    ).toBe(2);

    await expect(read({ after: entries[0]!.cursor })).rejects.toMatchObject({
      extensions: { code: 'CURSOR_EXPIRED', retentionDays: 30 },
    });
    expect(await read({ after: entries[1]!.cursor })).toEqual(entries.slice(2));
    expect(await read()).toEqual(entries.slice(2));
  });
});

test('entries of a dump come first, and cursors of its server are refused', async () => {
  const [old, recent] = [createId(), createId()];
  await recordChanges(app.db, [{ kind: 'customer_created', customerId: recent }], new Date());
  await app.db.query(
    `insert into change_log (transaction_id, kind, customer_id, details, recorded_at)
    values ('99999999', 'customer_created', $1, '{}', now())`,
    [old],
  );
  await adoptRestoredChanges(app.db);

  const entries = await readUntil(2);

  expect(entries.map(({ customerId }) => atob(customerId as string))).toEqual([
    `Customer:${old}`,
    `Customer:${recent}`,
  ]);
  const foreign = Buffer.from(JSON.stringify([2, 'changes', '99999999', '5'])).toString('base64url');
  await expect(read({ after: foreign })).rejects.toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
});

// The embedded database runs one transaction at a time.
describe.runIf(process.env['TEST_ENGINE'] === 'postgres')('transactions at once', () => {
  test('an entry of a transaction that commits late is not skipped', async () => {
    const [early, late] = [createId(), createId()];
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slow = app.db.transaction(async (tx) => {
      await recordChanges(tx, [{ kind: 'customer_created', customerId: early }], new Date());
      started.resolve();
      await go.promise;
    });
    await started.promise;
    await recordChanges(app.db, [{ kind: 'customer_created', customerId: late }], new Date());

    // The second one is committed, and waits: a reader that had it would never come back to the first.
    expect(await read()).toEqual([]);
    go.resolve();
    await slow;

    const entries = await readUntil(2);
    expect(entries.map(({ customerId }) => atob(customerId as string))).toEqual([
      `Customer:${early}`,
      `Customer:${late}`,
    ]);
  });

  test('readers who go on after their last cursor see each entry of 12 random writers once, in one order', async () => {
    let isWriting = true;
    const reader = async (pause: number): Promise<number[]> => {
      const seen: number[] = [];
      let last: ChangeRow | undefined;
      for (;;) {
        const wasWriting = isWriting;
        const page = readPage(
          { after: last && encodeCursor('changes', changesInOrder.cursorOf(last)), first: 100 },
          changesInOrder.order,
        );
        const entries = await readChangePage(app.db, { kinds: null, customerId: null }, page);
        last = entries.at(-1) ?? last;
        seen.push(...entries.map(({ id }) => id));
        if (!wasWriting && seen.length === 12 * 8) return seen;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    };
    const readers = [reader(0), reader(5)];
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        for (let round = 0; round < 4; round += 1) {
          await app.db.transaction(async (tx) => {
            const write = () =>
              recordChanges(tx, [{ kind: 'customer_created', customerId: createId() }], new Date());
            await write();
            await new Promise((resolve) => setTimeout(resolve, ((writer * 7 + round * 13) % 5) * 4));
            await write();
          });
        }
      }),
    );
    isWriting = false;

    const [one, other] = await Promise.all(readers);

    expect(new Set(one).size).toBe(12 * 8);
    expect(one).toEqual(other);
  });
});
