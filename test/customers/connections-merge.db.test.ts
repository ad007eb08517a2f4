import { setTimeout } from 'node:timers/promises';

import { connectCustomers } from '#customers/connections/service.ts';
import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { connectionsIn, tell } from './connected-people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const { addPeople, readConnections, sidesOf, lastSource } = connectionsIn(() => app);

describe('a merge', () => {
  test('hands connections on, drops what joined the two, and keeps what the kept one had', async () => {
    const [keep, drop, ann, bob] = (await addPeople('keep', 'drop', 'ann', 'bob')) as [
      string,
      string,
      string,
      string,
    ];
    await connectCustomers(app, [
      tell('household', keep, drop),
      tell('referral', drop, keep),
      tell('referral', drop, ann),
      tell('follow', bob, drop, { source: 'dropped' }),
      tell('follow', bob, keep, { source: 'kept' }),
    ]);

    await mergeCustomers(app, keep, drop);

    expect(await sidesOf(keep)).toEqual([`FOLLOW INCOMING ${bob}`, `REFERRAL OUTGOING ${ann}`]);
    expect(await sidesOf(ann)).toEqual([`REFERRAL INCOMING ${keep}`]);
    expect(await sidesOf(bob)).toEqual([`FOLLOW OUTGOING ${keep}`]);
    expect((await readConnections(bob)).edges[0]!.source).toBe('kept');
    const rows = await app.db.query(
      'select 1 from customer_connections where customer_id = $1 or other_id = $1',
      [drop],
    );
    expect(rows).toHaveLength(0);
    // Whoever still knows the old id reaches the kept one.
    expect(await connectCustomers(app, [tell('referral', drop, ann)])).toEqual(['unchanged']);
  });

  test.runIf(process.env['TEST_ENGINE'] === 'postgres')(
    'waits for another merge of the person whom it is connected with, so that both sides stay alike',
    async () => {
      const ids = await addPeople('k1', 'd1', 'k2', 'd2');
      const [keep1, drop1, keep2, drop2] = ids as [string, string, string, string];
      await connectCustomers(app, [tell('follow', drop1, drop2)]);

      let second: Promise<void> | undefined;
      await app.db.transaction(async (tx) => {
        await mergeCustomers(app, keep1, drop1, { tx });
        second = mergeCustomers(app, keep2, drop2);
        await setTimeout(300);
      });
      await second;

      const rows = await app.db.query<{ pair: string }>(
        `select customer_id || ' ' || direction || ' ' || other_id as pair from customer_connections
        where customer_id = any($1::uuid[]) or other_id = any($1::uuid[]) order by direction`,
        [ids],
      );
      expect(rows.map(({ pair }) => pair)).toEqual([
        `${keep2} incoming ${keep1}`,
        `${keep1} outgoing ${keep2}`,
      ]);
    },
  );

  test('of three into one by an input with all their identities joins their circles', async () => {
    const ids = await addPeople('a', 'b', 'c', 'friend');
    const [a, b, c, friend] = ids as [string, string, string, string];
    await connectCustomers(app, [
      tell('household', a, b),
      tell('household', b, c),
      tell('household', c, friend),
      tell('household', b, friend),
    ]);

    const identities = ['a', 'b', 'c'].map(
      (value) => ({ kind: 'external', source: lastSource(), value }) as const,
    );
    const [outcome] = await upsertCustomers(app, [{ identities }], { onConflict: 'merge' });

    expect(await sidesOf(outcome!.customerId)).toEqual([`HOUSEHOLD MUTUAL ${friend}`]);
    expect(await sidesOf(friend)).toEqual([`HOUSEHOLD MUTUAL ${outcome!.customerId}`]);
  });
});
