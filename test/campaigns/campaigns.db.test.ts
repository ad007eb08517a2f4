import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { addPeople, daysAgo, now, reachable } from './seed.ts';
import { execute, query } from '../support/query.ts';
import { insertSegment } from '../segments/seed.ts';
import { content, create, createAndIdentify } from './create.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(now);
  const segment = await insertSegment(app, 'regulars');
  await addPeople(app, [
    { ...reachable, segmentIds: [segment] },
    { ...reachable, segmentIds: [segment], suppressedOn: ['email'], messagesAt: [daysAgo(1)] },
    { segmentIds: [segment] },
    reachable,
    ...Array.from({ length: 40 }, () => ({ ...reachable, segmentIds: [segment] })),
  ]);
});
afterAll(() => app.close());

test('makes a campaign and answers it by id, by node and in the list', async () => {
  const audience = {
    includeSegments: ['regulars'],
    rule: "country = 'GB'",
    limit: 10,
    rankBy: 'REVENUE',
    channel: 'SMS',
    cap: { count: 2, days: 7 },
    holdoutShare: 0.1,
  } as const;
  const { campaign } = await create(app, { key: 'spring-seeds', audience });

  expect(campaign).toMatchObject({
    key: 'spring-seeds',
    channel: 'SMS',
    purpose: 'marketing',
    content,
    holdoutShare: 0.1,
    archivedAt: null,
    cap: { count: 2, days: 7 },
    audience: {
      includeSegments: ['regulars'],
      excludeSegments: [],
      rule: "country = 'GB'",
      limit: 10,
      rankBy: 'REVENUE',
    },
  });
  const data = await query(
    app,
    `query ($id: ID!) { campaign(id: $id) { key } node(id: $id) { ... on Campaign { key } } campaigns { nodes { key } } }`,
    { id: campaign!.id },
  );
  expect(data.campaign).toEqual({ key: 'spring-seeds' });
  expect(data.node).toEqual({ key: 'spring-seeds' });
  expect(data.campaigns!.nodes).toContainEqual({ key: 'spring-seeds' });
});

test('refuses a campaign that is asked for by nothing, or in two ways', async () => {
  for (const fields of ['campaign { key }', 'campaign(by: { key: "a" }, id: "b") { key }']) {
    const { errors } = await execute<string>(app, `{ ${fields} }`);

    expect(errors).toMatchObject([
      { message: 'Give exactly one of `by` and `id`.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  }
});

test.each([
  ['key', { key: 'Not a key!' }],
  ['name', { name: '  ' }],
  ['name', { name: 'a\u0001b' }],
  ['content', { content: [1] }],
  ['content', { content: { text: 'x'.repeat(40_000), html: 'x'.repeat(40_000) } }],
  ['audience.limit', { audience: { limit: 0, rankBy: 'REVENUE' } }],
  ['audience.rankBy', { audience: { limit: 5 } }],
  ['audience.holdoutShare', { audience: { holdoutShare: 1.5 } }],
  ['audience.cap.count', { audience: { cap: { count: 0, days: 7 } } }],
  ['audience.cap.days', { audience: { cap: { count: 1, days: 1000 } } }],
  ['audience.purpose', { audience: { purpose: "x'; drop table campaigns" } }],
] as const)('answers InvalidInputError naming %s', async (field, input) => {
  expect(await create(app, input)).toMatchObject({ __typename: 'InvalidInputError', field });
});

test('answers UnknownSegmentsError with the keys that no live segment has', async () => {
  expect(
    await create(app, {
      audience: { includeSegments: ['regulars', 'nobody'], excludeSegments: ["x' or 1=1"] },
    }),
  ).toMatchObject({ __typename: 'UnknownSegmentsError', keys: ['nobody', "x' or 1=1"] });
});

test('changes what is given, keeps what is not, and keeps the control group', async () => {
  const id = await createAndIdentify(app, { audience: { includeSegments: ['regulars'], holdoutShare: 0.5 } });
  const update = `mutation ($input: UpdateCampaignInput!) { updateCampaign(input: $input) {
    __typename ... on UpdateCampaignPayload { campaign { name holdoutShare preview { heldOut } } } } }`;
  const before = await query(app, `query ($id: ID!) { campaign(id: $id) { preview { heldOut } } }`, { id });

  const renamed = await query(app, update, { input: { id, name: 'Renamed' } });
  const same = await query(app, update, {
    input: { id, audience: { includeSegments: ['regulars'], holdoutShare: 0.5 } },
  });

  expect(before.campaign!.preview.heldOut).toBeGreaterThan(0);
  expect(renamed.updateCampaign!.campaign).toEqual({
    name: 'Renamed',
    holdoutShare: 0.5,
    preview: before.campaign!.preview,
  });
  expect(same.updateCampaign!.campaign!.preview).toEqual(before.campaign!.preview);
});

test('lists an archived campaign only when asked, and changes it no more', async () => {
  const id = await createAndIdentify(app, { key: 'old' });
  const archive = `mutation ($input: ArchiveCampaignInput!) { archiveCampaign(input: $input) {
    ... on ArchiveCampaignPayload { campaign { archivedAt } } } }`;
  const archived = await execute(app, archive, { input: { id } });
  expect(archived.data!.archiveCampaign!.campaign!.archivedAt).toBe(now.toISOString());
  expect(await execute(app, archive, { input: { id } })).toEqual(archived);

  const data = await query(
    app,
    `{ live: campaigns(first: 100) { totalCount nodes { key } }
      all: campaigns(first: 100, includeArchived: true) { totalCount nodes { key } } }`,
  );
  expect(data.live!.nodes).not.toContainEqual({ key: 'old' });
  expect(data.all!.nodes).toContainEqual({ key: 'old' });
  expect(data.all!.totalCount).toBe(data.all!.nodes.length);
  const updated = await query(
    app,
    `mutation ($input: UpdateCampaignInput!) { updateCampaign(input: $input) { __typename } }`,
    { input: { id, name: 'Again' } },
  );
  expect(updated.updateCampaign).toEqual({ __typename: 'NotFoundError' });
});
