import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { addPeople, daysAgo, now, reachable } from './seed.ts';
import { execute, query, firstError } from '../support/query.ts';
import { globalId } from '../support/global-ids.ts';
import { insertSegment } from '../segments/seed.ts';
import { create, createAndIdentify } from './create.ts';

let app: TestApp;
let people: string[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(now);
  const segment = await insertSegment(app, 'regulars');
  people = await addPeople(app, [
    { ...reachable, segmentIds: [segment] },
    { ...reachable, segmentIds: [segment], suppressedOn: ['email'], messagesAt: [daysAgo(1)] },
    { segmentIds: [segment] },
    reachable,
    ...Array.from({ length: 40 }, () => ({ ...reachable, segmentIds: [segment] })),
  ]);
});
afterAll(() => app.close());

test('previews an audience with a count for each gate and some of its people', async () => {
  const data = await query(
    app,
    `{ audiencePreview(audience: { includeSegments: ["regulars"], cap: { count: 1, days: 7 } }) {
      matched noAddress noConsent suppressed capped heldOut reached
      gates { gate stopped remaining }
      sample(first: 3) { id }
    } }`,
  );

  expect(data.audiencePreview).toMatchObject({
    matched: 43,
    noAddress: 1,
    noConsent: 0,
    suppressed: 1,
    capped: 0,
    heldOut: 0,
    reached: 41,
    gates: [
      { gate: 'MATCHED', stopped: 0, remaining: 43 },
      { gate: 'ADDRESS', stopped: 1, remaining: 42 },
      { gate: 'CONSENT', stopped: 0, remaining: 42 },
      { gate: 'SUPPRESSION', stopped: 1, remaining: 41 },
      { gate: 'CAP', stopped: 0, remaining: 41 },
      { gate: 'HOLDOUT', stopped: 0, remaining: 41 },
    ],
  });
  expect(data.audiencePreview!.sample).toHaveLength(3);
});

test.each([
  ['a rule that cannot be read', `rule: "country ="`],
  ['a segment that is not there', `includeSegments: ["nobody"]`],
  ['a limit without a rank', `limit: 3`],
])('refuses a preview of %s with a clear error', async (_, field) => {
  const error = await firstError(app, `{ audiencePreview(audience: { ${field} }) { matched } }`);

  expect(error.code).toBe('BAD_USER_INPUT');
});

const ELIGIBILITY = /* GraphQL */ `
  query ($ids: [ID!]!, $campaign: ID!) {
    nodes(ids: $ids) {
      ... on Customer {
        suppressions {
          channel
          reason
          createdAt
        }
        eligibility(campaign: $campaign) {
          isReached
          stoppedAt
          campaign {
            key
          }
          gates {
            gate
            passes
            reason
          }
        }
      }
    }
  }
`;

test("explains every gate's verdict, also of those after the one that stops", async () => {
  const campaign = await createAndIdentify(app, {
    key: 'explained',
    audience: { includeSegments: ['regulars'], cap: { count: 1, days: 7 } },
  });

  const data = await query(app, ELIGIBILITY, {
    ids: people.slice(0, 4).map((id) => globalId('Customer', id)),
    campaign,
  });

  const [fine, suppressed, bare, outsider] = data.nodes!;
  expect(fine!.eligibility).toMatchObject({
    isReached: true,
    stoppedAt: null,
    campaign: { key: 'explained' },
  });
  expect(suppressed!.suppressions).toEqual([
    { channel: 'EMAIL', reason: 'BOUNCED', createdAt: now.toISOString() },
  ]);
  expect(suppressed!.eligibility).toEqual({
    isReached: false,
    stoppedAt: 'SUPPRESSION',
    campaign: { key: 'explained' },
    gates: [
      { gate: 'MATCHED', passes: true, reason: 'Belongs to the audience.' },
      { gate: 'ADDRESS', passes: true, reason: 'Has an e-mail address.' },
      { gate: 'CONSENT', passes: true, reason: 'Agreed to marketing by email on 2026-06-15.' },
      {
        gate: 'SUPPRESSION',
        passes: false,
        reason: 'Must not be reached on email since 2026-06-15: messages bounced.',
      },
      { gate: 'CAP', passes: false, reason: 'Got 1 of at most 1 messages within the last 7 days.' },
      { gate: 'HOLDOUT', passes: true, reason: expect.stringMatching(/^Is not held out: place 0\.\d{4} /) },
    ],
  });
  expect(bare!.eligibility!.stoppedAt).toBe('ADDRESS');
  expect(outsider!.eligibility!.gates[0]).toEqual({
    gate: 'MATCHED',
    passes: false,
    reason: 'Is in none of the segments regulars.',
  });
});

test('reads the eligibility of a page in as many statements as of one person', async () => {
  const campaign = await createAndIdentify(app, {
    audience: { rule: "country = 'GB'", limit: 5, rankBy: 'REVENUE' },
  });
  const count = async (size: number) => {
    app.resetStatements();
    const ids = people.slice(0, size).map((id) => globalId('Customer', id));
    await query(app, ELIGIBILITY, { ids, campaign });
    return app.statements.length;
  };

  // Customers, suppressions, the campaign, the gates.
  expect(await count(1)).toBe(4);
  expect(await count(40)).toBe(4);
});

test('previews a page of campaigns in one statement', async () => {
  for (let made = 0; made < 5; made += 1) {
    await create(app, {
      audience: { includeSegments: ['regulars'], rule: "country = 'GB'", holdoutShare: 0.1 },
    });
  }
  const count = async (first: number) => {
    app.resetStatements();
    await query(
      app,
      `query ($first: Int) { campaigns(first: $first) { nodes { preview { matched reached } } } }`,
      { first },
    );
    return app.statements.length;
  };

  expect(await count(1)).toBe(2);
  expect(await count(5)).toBe(2);
});

test('lists the people reached page by page, forward and backward, each once', async () => {
  const id = await createAndIdentify(app, { audience: { includeSegments: ['regulars'] } });
  const list = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { campaign(id: $id) {
    reachedCustomers(first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id } pageInfo { hasNextPage endCursor startCursor } } } }`;
  const read = async (args: object) => {
    const data = await query(app, list, { id, ...args });
    return data.campaign!.reachedCustomers;
  };

  const first = await read({ first: 25 });
  const second = await read({ first: 25, after: first!.pageInfo.endCursor });

  expect(first!.totalCount).toBe(41);
  const listed = [...first!.nodes, ...second!.nodes].map((node) => node.id);
  const expected = people.filter((_, index) => ![1, 2, 3].includes(index));
  expect(listed).toEqual(expected.map((id) => globalId('Customer', id)));
  expect(second!.pageInfo.hasNextPage).toBe(false);
  expect((await read({ last: 25, before: second!.pageInfo.startCursor }))!.nodes).toEqual(first!.nodes);
});

test('bars a channel at once, and opens it again', async () => {
  const campaign = await createAndIdentify(app, {});
  const customer = globalId('Customer', people[5]!);
  const stoppedAt = async () => {
    const data = await query(app, ELIGIBILITY, { ids: [customer], campaign });
    return data.nodes![0]!.eligibility!.stoppedAt;
  };
  expect(await stoppedAt()).toBeNull();

  const barred = await query(
    app,
    `mutation ($input: SuppressCustomerInput!) { suppressCustomer(input: $input) {
      ... on SuppressCustomerPayload { customer { id suppressions { channel reason } } } } }`,
    { input: { customer: { id: people[5]! }, channel: 'EMAIL', reason: 'COMPLAINED' } },
  );
  expect(barred.suppressCustomer!.customer!.suppressions).toEqual([
    { channel: 'EMAIL', reason: 'COMPLAINED' },
  ]);
  expect(await stoppedAt()).toBe('SUPPRESSION');

  await execute(
    app,
    `mutation ($input: UnsuppressCustomerInput!) { unsuppressCustomer(input: $input) { __typename } }`,
    { input: { customer: { id: customer }, channel: 'EMAIL' } },
  );
  expect(await stoppedAt()).toBeNull();
});

test.for([
  ['an id', { id: globalId('Customer', createId()) }],
  ['an e-mail', { email: 'nobody@example.com' }],
] as const)('answers NotFoundError for %s of a customer that is not there', async ([, customer]) => {
  const data = await query(
    app,
    `mutation ($input: SuppressCustomerInput!) { suppressCustomer(input: $input) { __typename } }`,
    { input: { customer, channel: 'EMAIL' } },
    viewerWith(['campaigns:write']),
  );

  expect(data.suppressCustomer).toEqual({ __typename: 'NotFoundError' });
});
