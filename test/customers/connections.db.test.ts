import { connectCustomers, writeConnections } from '#customers/connections/service.ts';
import { mergeCustomers } from '#customers/service.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { connectionsIn, QUERY, tell } from './connected-people.ts';
import { query, firstError } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';
import { globalId } from '../support/global-ids.ts';

const TODAY = new Date('2026-06-30T12:00:00Z');

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());
beforeEach(() => app.setNow(TODAY));

const { addPeople, readConnections, sidesOf, lastSource } = connectionsIn(() => app);

describe('connecting people', () => {
  test('is seen from both sides, each with its own direction', async () => {
    const [ann, bob, cat] = (await addPeople('ann', 'bob', 'cat')) as [string, string, string];

    const outcomes = await connectCustomers(app, [
      tell('referral', ann, bob, { beganAt: new Date('2026-01-02') }),
      tell('household', bob, cat),
      tell('follow', cat, ann),
    ]);

    expect(outcomes).toEqual(['created', 'created', 'created']);
    expect(await sidesOf(ann)).toEqual([`FOLLOW INCOMING ${cat}`, `REFERRAL OUTGOING ${bob}`]);
    expect(await sidesOf(bob)).toEqual([`HOUSEHOLD MUTUAL ${cat}`, `REFERRAL INCOMING ${ann}`]);
    expect(await sidesOf(cat)).toEqual([`FOLLOW OUTGOING ${ann}`, `HOUSEHOLD MUTUAL ${bob}`]);
    expect((await readConnections(ann, { kinds: ['REFERRAL'] })).edges).toMatchObject([
      { source: 'test', beganAt: '2026-01-02T00:00:00.000Z', recordedAt: TODAY.toISOString() },
    ]);
  });

  test('a second time changes nothing, also where a household is told the other way round', async () => {
    const [ann, bob] = (await addPeople('ann', 'bob')) as [string, string];
    const told = [tell('household', ann, bob, { beganAt: new Date('2025-05-05') }), tell('follow', ann, bob)];
    await connectCustomers(app, told);
    const before = await readConnections(ann);
    app.setNow(new Date('2026-07-01'));

    const again = await connectCustomers(app, [
      ...told,
      tell('household', bob, ann),
      tell('follow', ann, bob),
    ]);

    expect(again).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
    expect(await readConnections(ann)).toEqual(before);
    const [cat, dan] = (await addPeople('cat', 'dan')) as [string, string];
    expect(await connectCustomers(app, [tell('household', cat, dan), tell('household', dan, cat)])).toEqual([
      'created',
      'unchanged',
    ]);
    // To follow and to be followed are two things.
    expect(await connectCustomers(app, [tell('follow', bob, ann)])).toEqual(['created']);
  });

  test('keeps the later of two sources, and the beginning that anybody knew', async () => {
    const [ann, bob] = (await addPeople('ann', 'bob')) as [string, string];
    const beganAt = new Date('2024-04-04');

    const outcomes = await connectCustomers(app, [
      tell('referral', ann, bob, { beganAt }),
      tell('referral', ann, bob, { source: 'form' }),
    ]);

    expect(outcomes).toEqual(['created', 'updated']);
    for (const id of [ann, bob]) {
      expect((await readConnections(id)).edges).toMatchObject([
        { source: 'form', beganAt: beganAt.toISOString(), recordedAt: TODAY.toISOString() },
      ]);
    }
  });

  test('never connects a person with themself: not asked so, not after a merge, not in the table', async () => {
    const [ann, bob] = (await addPeople('ann', 'bob')) as [string, string];

    await expect(connectCustomers(app, [tell('follow', ann, ann)])).rejects.toMatchObject({
      name: 'InvalidInputError',
      field: 'connections.0.to',
    });
    await mergeCustomers(app, ann, bob);
    const pair = { kind: 'follow', fromId: ann, toId: bob, source: 'test', beganAt: null } as const;
    expect(await app.db.transaction((tx) => writeConnections(tx, [pair], TODAY))).toEqual(['unchanged']);
    await expect(
      app.db.query(
        `insert into customer_connections (customer_id, other_id, kind, direction, source, recorded_at)
        values ($1, $1, 'household', 'mutual', 'test', now())`,
        [ann],
      ),
    ).rejects.toThrow('customer_connections_two_people');
  });
});

type Connection = Inputs['ConnectionInput'];

describe('the mutations', () => {
  const CONNECT = `mutation ($input: ConnectCustomersInput!) { connectCustomers(input: $input) {
    ... on ConnectCustomersPayload { created updated unchanged unknown } ... on InvalidInputError { field message } } }`;
  const DISCONNECT = `mutation ($input: DisconnectCustomersInput!) { disconnectCustomers(input: $input) {
    ... on DisconnectCustomersPayload { removed unknown } ... on InvalidInputError { field } } }`;

  test('find people by whatever they are known by, and tell the places of those nobody is known by', async () => {
    const [ann, bob] = (await addPeople('ann', 'bob')) as [string, string];
    const by = (id: string) => ({ externalId: { source: lastSource(), id } });
    const connections = [
      { kind: 'REFERRAL', from: by('ann'), to: { id: globalId('Customer', bob) }, source: 'form' },
      { kind: 'FOLLOW', from: by('ann'), to: by('nobody'), source: 'form' },
      { kind: 'HOUSEHOLD', from: { id: ann }, to: by('bob'), source: 'form' },
    ] as const;

    const data = await query(app, CONNECT, { input: { connections } });
    expect(data.connectCustomers).toEqual({ created: 2, updated: 0, unchanged: 0, unknown: [1] });

    const pairs = connections.map(({ kind, from, to }) => ({ kind, from, to }));
    const removed = await query(app, DISCONNECT, { input: { connections: pairs } });
    expect(removed.disconnectCustomers).toEqual({ removed: 2, unknown: [1] });
    expect([...(await sidesOf(ann)), ...(await sidesOf(bob))]).toEqual([]);
    const again = await query(app, DISCONNECT, { input: { connections: pairs } });
    expect(again.disconnectCustomers).toEqual({ removed: 0, unknown: [1] });
  });

  test('answer an error that names the field, and write nothing then', async () => {
    const [ann, bob] = (await addPeople('ann', 'bob')) as [string, string];
    const good: Connection = { kind: 'FOLLOW', from: { id: ann }, to: { id: bob }, source: 'form' };
    const ask = async (connection: Partial<Connection>) => {
      const data = await query(app, CONNECT, {
        input: { connections: [good, { ...good, ...connection }] },
      });
      return data.connectCustomers!.field;
    };

    expect(await ask({ to: { id: ann } })).toBe('connections.1.to');
    expect(await ask({ from: { email: 'half@' } })).toBe('connections.1.from.email');
    expect(await ask({ source: ' ' })).toBe('connections.1.source');
    expect(await ask({ beganAt: '0099-01-01T00:00:00Z' })).toBe('connections.1.beganAt');
    const many = Array.from({ length: 1001 }, () => good);
    expect((await query(app, CONNECT, { input: { connections: many } })).connectCustomers!.field).toBe(
      'connections',
    );
    expect(await sidesOf(ann)).toEqual([]);
  });
});

describe('a list of connections', () => {
  test('pages forward and backward through all, last written down first', async () => {
    const [hub, ...others] = (await addPeople('hub', 'a', 'b', 'c', 'd', 'e')) as [string, ...string[]];
    for (const [index, other] of others.entries()) {
      app.setNow(new Date(TODAY.getTime() + Math.floor(index / 2)));
      await connectCustomers(app, [tell('follow', other, hub), tell('household', other, hub)]);
    }
    const all = (await readConnections(hub)).edges;
    expect(all).toHaveLength(10);
    expect(all[0]!.recordedAt > all[9]!.recordedAt).toBe(true);

    const forward: unknown[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await readConnections(hub, { first: 3, after });
      expect(page.totalCount).toBe(10);
      forward.push(...page.edges);
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    const backward: unknown[] = [];
    for (let before: string | null = null, more = true; more;) {
      const page = await readConnections(hub, { last: 3, before });
      backward.unshift(...page.edges);
      before = page.pageInfo.startCursor;
      more = page.pageInfo.hasPreviousPage;
    }

    expect(forward).toEqual(all);
    expect(backward).toEqual(all);
    expect((await readConnections(hub, { kinds: ['FOLLOW'] })).totalCount).toBe(5);
    expect((await readConnections(hub, { kinds: [] })).edges).toEqual([]);
  });

  test('refuses a cursor that was made up', async () => {
    const [ann] = (await addPeople('ann')) as [string];
    const after = Buffer.from('["recorded","soon",1,2,3]').toString('base64url');

    const error = await firstError(app, QUERY, { id: ann, after });

    expect(error.code).toBe('BAD_USER_INPUT');
  });

  test('masks the other person without the scope pii:read', async () => {
    const [ann, bob] = (await addPeople('Ann', 'Bob')) as [string, string];
    await connectCustomers(app, [tell('household', ann, bob)]);

    const { edges } = await readConnections(ann, {}, viewerWith(['customers:read']));

    expect(edges[0]!.node.displayName).toBe('B. S.');
  });

  test('reads one statement for connections, one for people and one to count, of 2 people as of 25', async () => {
    const people = await addPeople(...Array.from({ length: 30 }, (_, n) => `p${n}`));
    await connectCustomers(
      app,
      people
        .slice(1)
        .flatMap((id, index) => [tell('follow', id, people[index]!), tell('household', people[0]!, id)]),
    );
    const countStatements = async (ids: readonly string[]) => {
      app.resetStatements();
      await query(
        app,
        `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
          connections(first: 5) { totalCount edges { kind direction } nodes { country } } } } }`,
        { ids: ids.map((id) => globalId('Customer', id)) },
      );
      return app.statements.length;
    };

    // The people asked for are one statement more.
    expect(await countStatements(people.slice(0, 2))).toBe(4);
    expect(await countStatements(people.slice(0, 25))).toBe(4);
  });
});

test('somebody who is gone, or never was, is connected with nobody', async () => {
  const [ann, gone] = (await addPeople('ann', 'gone')) as [string, string];
  await app.db.query('update customers set erased_at = now() where id = $1', [gone]);

  expect(await connectCustomers(app, [tell('follow', ann, gone), tell('follow', createId(), ann)])).toEqual([
    'unknown',
    'unknown',
  ]);
});
