import { createHash } from 'node:crypto';

import { fillAudience, type AudienceInput } from '#campaigns/audience.ts';
import { countAudiences, judgeCustomers, readReachedPage } from '#campaigns/queries.ts';
import { readPage } from '#graphql/connections.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { addPeople, daysAgo, now, reachable } from './seed.ts';
import { insertSegment } from '../segments/seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(now);
});
afterAll(() => app.close());
beforeEach(async () => {
  await app.db.query(
    'truncate customers, customer_profiles, customer_contacts, customer_identities, consents, suppressions, events, segments, segment_memberships cascade',
  );
});

async function preview(input: AudienceInput, salt = 'salt') {
  const [counts] = await countAudiences(app.db, [fillAudience(input, salt)], now);
  return { ...Object.fromEntries(counts!.stopped), matched: counts!.matched, reached: counts!.reached };
}

async function judge(input: AudienceInput, ids: readonly string[], salt = 'salt') {
  const people = await judgeCustomers(app.db, fillAudience(input, salt), ids, now);
  const byId = new Map(people.map((person) => [person.id, person]));
  return ids.map((id) => byId.get(id)!);
}

const stops = { MATCHED: 0, ADDRESS: 0, CONSENT: 0, SUPPRESSION: 0, CAP: 0, HOLDOUT: 0 };

describe('an audience', () => {
  test('counts each person at the first gate that stops them', async () => {
    const granted = reachable.consents!;
    await addPeople(app, [
      {},
      { consents: granted },
      { addresses: ['phone', 'push'], consents: granted },
      { addresses: ['email'] },
      { addresses: ['email'], consents: [['email', 'marketing', 'denied']] },
      {
        addresses: ['email'],
        consents: [
          ['sms', 'marketing', 'granted'],
          ['email', 'service', 'granted'],
        ],
      },
      { ...reachable, suppressedOn: ['email'] },
      { ...reachable, suppressedOn: ['sms'] },
      { ...reachable, messagesAt: [daysAgo(1), daysAgo(2)] },
      { ...reachable, messagesAt: [daysAgo(1)] },
      reachable,
      // Stopped by several gates, counted at the first.
      { addresses: ['email'], suppressedOn: ['email'], messagesAt: [daysAgo(1), daysAgo(1)] },
    ]);

    expect(await preview({ cap: { count: 2, days: 7 } })).toEqual({
      ...stops,
      matched: 12,
      ADDRESS: 3,
      CONSENT: 4,
      SUPPRESSION: 1,
      CAP: 1,
      reached: 3,
    });
  });

  test('asks for address, consent and suppression of its own channel', async () => {
    await addPeople(app, [
      { addresses: ['phone'], consents: [['sms', 'marketing', 'granted']], suppressedOn: ['email'] },
      { addresses: ['push'], consents: [['push', 'marketing', 'granted']], suppressedOn: ['email'] },
    ]);

    expect(await preview({ channel: 'sms' })).toMatchObject({ matched: 2, ADDRESS: 1, reached: 1 });
    expect(await preview({ channel: 'push' })).toMatchObject({ matched: 2, ADDRESS: 1, reached: 1 });
    expect(await preview({ channel: 'email' })).toMatchObject({ matched: 2, ADDRESS: 2, reached: 0 });
  });

  test('takes people of an included segment who are in no excluded one and follow the rule', async () => {
    const [vip, fan, staff] = [
      await insertSegment(app, 'vip'),
      await insertSegment(app, 'fan'),
      await insertSegment(app, 'staff'),
    ];
    const ids = await addPeople(app, [
      { ...reachable, country: 'GB', segmentIds: [vip, fan] },
      { ...reachable, country: 'GB', segmentIds: [fan] },
      { ...reachable, country: 'FR', segmentIds: [vip] },
      { ...reachable, country: 'GB', segmentIds: [vip, staff] },
      { ...reachable, country: 'GB' },
    ]);
    const audience = { includeSegments: ['vip', 'fan'], excludeSegments: ['staff'], rule: "country = 'GB'" };

    expect(await preview(audience)).toMatchObject({ matched: 2, reached: 2 });
    expect(await preview({ ...audience, rule: null })).toMatchObject({ matched: 3 });
    expect(await preview({ ...audience, excludeSegments: [] })).toMatchObject({ matched: 3 });
    expect(await preview({ ...audience, includeSegments: [] })).toMatchObject({ matched: 3 });
    expect((await judge(audience, ids)).map((person) => person.passes[0])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('leaves out everybody of a segment that was archived', async () => {
    const vip = await insertSegment(app, 'vip');
    await addPeople(app, [{ ...reachable, segmentIds: [vip] }]);
    await app.db.query('update segments set archived_at = $1', [now]);

    expect(await preview({ includeSegments: ['vip'] })).toMatchObject({ matched: 0 });
  });

  test('keeps those who rank highest, the smaller id among equals, and nobody without the measure before them', async () => {
    const ids = await addPeople(app, [
      { ...reachable, revenue: 10 },
      { ...reachable, revenue: 30 },
      { ...reachable },
      { ...reachable, revenue: 20 },
      { ...reachable, revenue: 20 },
    ]);
    const within = async (limit: number) =>
      (await judge({ limit, rankBy: 'revenue' }, ids)).flatMap(({ passes }, index) =>
        passes[0] ? [index] : [],
      );

    expect(await within(2)).toEqual([1, 3]);
    expect(await within(4)).toEqual([0, 1, 3, 4]);
    expect(await preview({ limit: 2, rankBy: 'revenue' })).toMatchObject({ matched: 2, reached: 2 });
  });

  test('ranks the whole audience for a limit, however few people are asked for', async () => {
    const ids = await addPeople(app, [
      { ...reachable, revenue: 10 },
      { ...reachable, revenue: 30 },
    ]);

    expect((await judge({ limit: 1, rankBy: 'revenue' }, [ids[0]!]))[0]).toMatchObject({
      stoppedAt: 'MATCHED',
    });
  });

  test('knows nothing of merged and erased people', async () => {
    const [kept, merged, erased] = await addPeople(app, [reachable, reachable, reachable]);
    await app.db.query('update customers set merged_into_id = $1 where id = $2', [kept, merged]);
    await app.db.query('update customers set erased_at = $1 where id = $2', [now, erased]);

    expect(await preview({})).toMatchObject({ matched: 1, reached: 1 });
  });
});

test('counts a message to the cap from the instant after the window starts to the present', async () => {
  const ids = await addPeople(app, [
    { ...reachable, messagesAt: [daysAgo(7)] },
    { ...reachable, messagesAt: [new Date(daysAgo(7).getTime() + 1)] },
    { ...reachable, messagesAt: [now] },
    { ...reachable, messagesAt: [new Date(now.getTime() + 1)] },
  ]);

  const people = await judge({ cap: { count: 1, days: 7 } }, ids);

  expect(people.map(({ sentCount }) => sentCount)).toEqual([0, 1, 1, 0]);
  expect(people.map(({ stoppedAt }) => stoppedAt)).toEqual([null, 'CAP', 'CAP', null]);
});

describe('the control group', () => {
  /** The documented formula, in other words than the statement's. */
  function bucketOf(salt: string, id: string): number {
    return createHash('sha256').update(`${salt}:${id}`).digest().readUInt32BE() / 2 ** 32;
  }

  test('is drawn by the first 32 bits of SHA-256 over salt and id', async () => {
    const ids = await addPeople(
      app,
      Array.from({ length: 50 }, () => reachable),
    );

    for (const person of await judge({ holdoutShare: 0.3 }, ids, 'a salt: ü')) {
      expect(person.bucket).toBe(bucketOf('a salt: ü', person.id));
      expect(person.stoppedAt).toBe(person.bucket < 0.3 ? 'HOLDOUT' : null);
    }
  });

  test('is of its share within the error of sampling, the same later and as people come, another for another salt', async () => {
    const share = 0.2;
    const size = 4000;
    const ids = await addPeople(
      app,
      Array.from({ length: size }, () => reachable),
    );
    const page = { ...readPage({}, { name: 'campaign.id', columns: ['id'] }), limit: size + 1 };
    const heldOut = async (salt: string) =>
      new Set(ids).difference(
        new Set(await readReachedPage(app.db, fillAudience({ holdoutShare: share }, salt), page, now)),
      );
    const first = await heldOut('first');
    const second = await heldOut('second');
    await addPeople(app, [reachable, {}]);

    // Four standard errors: a right share fails once in 16,000 runs.
    const error = 4 * Math.sqrt((share * (1 - share)) / size);
    expect(Math.abs(first.size / size - share)).toBeLessThan(error);
    expect(Math.abs(second.size / size - share)).toBeLessThan(error);
    expect(Math.abs(first.intersection(second).size / first.size - share)).toBeLessThan(
      4 * Math.sqrt((share * (1 - share)) / first.size),
    );
    expect(await heldOut('first')).toEqual(first);
  });

  test('holds nobody out at 0 and everybody at 1, and grows with its share', async () => {
    const ids = await addPeople(
      app,
      Array.from({ length: 100 }, () => reachable),
    );

    expect(await preview({ holdoutShare: 0 })).toMatchObject({ HOLDOUT: 0, reached: 100 });
    expect(await preview({ holdoutShare: 1 })).toMatchObject({ HOLDOUT: 100, reached: 0 });
    const small = (await judge({ holdoutShare: 0.1 }, ids))
      .filter(({ stoppedAt }) => stoppedAt)
      .map(({ id }) => id);
    const large = (await judge({ holdoutShare: 0.4 }, ids))
      .filter(({ stoppedAt }) => stoppedAt)
      .map(({ id }) => id);
    expect(large).toEqual(expect.arrayContaining(small));
  });
});

test('adds up to the people matched, and agrees with the verdict on every single person', async () => {
  const segmentIds = [await insertSegment(app, 'vip'), await insertSegment(app, 'staff')];
  const instants = [0, 1, 6.9, 7, 7.1].map(daysAgo);
  const person = fc.record({
    country: fc.constantFrom('GB', 'FR', undefined),
    revenue: fc.constantFrom(undefined, 0, 5, 5, 80),
    addresses: fc.subarray(['email', 'phone', 'push'] as const),
    consents: fc.subarray([
      ['email', 'marketing', 'granted'],
      ['sms', 'marketing', 'denied'],
      ['push', 'marketing', 'granted'],
    ] as const),
    suppressedOn: fc.subarray(['email', 'sms', 'push']),
    messagesAt: fc.subarray(instants),
    segmentIds: fc.subarray(segmentIds),
  });
  const audience = fc.record({
    includeSegments: fc.subarray(['vip', 'staff']),
    excludeSegments: fc.subarray(['staff']),
    rule: fc.constantFrom(null, "country = 'GB'", 'number_of_orders >= 1'),
    ranked: fc.option(
      fc.record({
        limit: fc.integer({ min: 1, max: 30 }),
        rankBy: fc.constantFrom('revenue' as const, 'recency' as const),
      }),
    ),
    channel: fc.constantFrom('email' as const, 'sms' as const, 'push' as const),
    cap: fc.option(fc.record({ count: fc.integer({ min: 1, max: 3 }), days: fc.constantFrom(1, 7) })),
    holdoutShare: fc.constantFrom(0, 0.25, 1),
  });
  const people = fc.sample(person, { numRuns: 200, seed: 1 });
  const ids = await addPeople(app, people);

  await fc.assert(
    fc.asyncProperty(audience, async ({ ranked, ...rest }) => {
      const input = { ...rest, ...ranked };
      const { matched, reached, MATCHED, ...stopped } = { ...stops, ...(await preview(input)) };
      expect(MATCHED).toBe(0);
      expect(reached + Object.values(stopped).reduce((sum, count) => sum + count, 0)).toBe(matched);

      const verdicts = Map.groupBy(await judge(input, ids), ({ stoppedAt }) => stoppedAt ?? 'reached');
      const countOf = (name: string) => verdicts.get(name as 'reached')?.length ?? 0;
      expect(countOf('reached')).toBe(reached);
      expect(ids.length - countOf('MATCHED')).toBe(matched);
      for (const [name, count] of Object.entries(stopped)) expect(countOf(name)).toBe(count);
    }),
    { numRuns: 30, seed: 3 },
  );
});
