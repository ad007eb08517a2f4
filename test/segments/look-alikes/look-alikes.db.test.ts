import { computeWaitingLookAlikes } from '#segments/look-alikes/compute.ts';
import { refreshProfiles } from '#profiles/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { addShoppers, type Shoppers } from '../clusters/shoppers.ts';
import { NOW } from '../shop.ts';
import { query, firstError, textLike } from '../../support/query.ts';
import type { Variables } from '../../support/typed-text.ts';
import { plainId } from '../../support/global-ids.ts';
import { addSegment, memberIds } from '../seed.ts';

let app: TestApp;
let shoppers: Shoppers;
let seedSegmentId: string;
const traits = ['recency_days', 'number_of_orders', 'amount_spent'];
beforeAll(async () => {
  app = await openTestApp();
  shoppers = await addShoppers(app);
  // Half of the regular buyers agreed to something; the other half are those to find.
  const seeds = shoppers.byKind[1]!.slice(0, 25);
  await app.db.query("update customers set language = 'cy' where id = any($1::uuid[])", [seeds]);
  await refreshProfiles(app.db, seeds, NOW);
  seedSegmentId = await addSegment(app, 'welsh', "language = 'cy'");
  await create({ key: 'like_welsh' });
  await computeWaitingLookAlikes(app);
});
afterAll(() => app.close());

const answers = {
  createLookAlike:
    '... on CreateLookAlikePayload { lookAlike { id key status } } ... on LookAlikeKeyTakenError { key }',
  updateLookAlike: '... on UpdateLookAlikePayload { lookAlike { id name status method } }',
  archiveLookAlike:
    '... on ArchiveLookAlikePayload { lookAlike { archivedAt people(first: 1) { totalCount } } }',
};

/** Each of the three answers a part of this. */
type Like = `mutation ($input: CreateLookAlikeInput!) { result: createLookAlike(input: $input) {
  __typename ... on Error { message } ... on InvalidInputError { field }
  ... on CreateLookAlikePayload { lookAlike { id key name status method archivedAt people(first: 1) { totalCount } } } ... on LookAlikeKeyTakenError { key } } }`;

async function change(field: keyof typeof answers, input: object) {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const data = await query(
    app,
    textLike<Like>(`mutation ($input: ${type}!) { result: ${field}(input: $input) {
      __typename ... on Error { message } ... on InvalidInputError { field } ${answers[field]} } }`),
    { input: input as Variables<Like>['input'] },
  );
  return data.result!;
}
const create = (input: object) =>
  change('createLookAlike', {
    name: 'Like',
    seedSegmentId,
    traits,
    filter: 'number_of_orders >= 1',
    ...input,
  });

const LOOK_ALIKE = `query ($key: String!) { lookAlike(by: { key: $key }) {
  id status failure method seedCount candidateCount seedSegment { key }
  results { method areaUnderCurve lifts { share people found recall lift } }
  weights { trait weight } preparations { trait isLogged }
  membershipRule wide: membershipRule(share: 0.5)
  people(first: 100) { totalCount nodes { id } edges { score share } } } }`;

async function read(key = 'like_welsh') {
  const data = await query(app, LOOK_ALIKE, { key });
  return data.lookAlike!;
}

test('ranks people like the seeds first, and never the seeds', async () => {
  const lookAlike = await read();

  expect(lookAlike).toMatchObject({
    status: 'READY',
    failure: null,
    seedCount: 25,
    candidateCount: 95,
    seedSegment: { key: 'welsh' },
  });
  expect(lookAlike.people!.totalCount).toBe(48);
  const ids = lookAlike.people!.nodes.map(({ id }) => plainId(id));
  expect(ids.slice(0, 15).toSorted()).toEqual(shoppers.byKind[1]!.slice(25).toSorted());
  expect(lookAlike.people!.edges[0]!.share).toBeCloseTo(1 / 95, 9);
  const scores = lookAlike.people!.edges.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((left, right) => right - left));
});

test('tells the lift at each size on hidden seeds, by both methods', async () => {
  const { results, method } = await read();

  expect(results.map((result) => result.method)).toEqual(['SIMILARITY', 'CLASSIFIER']);
  const areas = results.map((result) => result.areaUnderCurve);
  expect(method).toBe(areas[0]! >= areas[1]! ? 'SIMILARITY' : 'CLASSIFIER');
  expect(results[0]!.lifts.map(({ share, people }) => [share, people])).toEqual([
    [0.01, 1],
    [0.05, 5],
    [0.1, 10],
    [0.2, 19],
    [0.5, 48],
  ]);
  expect(results[0]!.lifts[3]!.lift).toBeGreaterThan(3);
  expect(results[0]!.areaUnderCurve).toBeGreaterThan(0.9);
});

test('is used as a segment, which follows the next computation', async () => {
  const { wide, id } = await read();
  expect(wide).toBe("similar_to MATCHES (key = 'like_welsh', share <= 0.5)");
  const segmentId = await addSegment(
    app,
    'prospects',
    "similar_to MATCHES (key = 'like_welsh', share <= 0.2)",
  );
  expect(await memberIds(app, segmentId)).toHaveLength(19);

  await change('updateLookAlike', { id, filter: 'number_of_orders >= 9' });
  await computeWaitingLookAlikes(app);

  expect((await read()).failure).toMatch(/at least 50 customers who are not seeds, the filter matches 20/);
  expect(await memberIds(app, segmentId)).toHaveLength(19);
  await change('updateLookAlike', { id, filter: 'number_of_orders = 1' });
  await computeWaitingLookAlikes(app);
  expect(await read()).toMatchObject({ status: 'READY', failure: null, candidateCount: expect.any(Number) });
  const members = await memberIds(app, segmentId);
  expect(members.length).toBeGreaterThan(10);
  expect(members.every((member) => shoppers.byKind[0]!.includes(member))).toBe(true);
  await change('updateLookAlike', { id, filter: 'number_of_orders >= 1' });
  await computeWaitingLookAlikes(app);
});

test('tells why it cannot be computed', async () => {
  const nobody = await addSegment(app, 'nobody', 'none');
  await create({ key: 'unseeded', seedSegmentId: nobody });
  await computeWaitingLookAlikes(app);

  expect(await read('unseeded')).toMatchObject({
    status: 'FAILED',
    failure: 'It needs at least 20 seeds, the segment has 0.',
    results: [],
    method: null,
  });
});

test('answers typed errors', async () => {
  expect(await create({ key: 'other', traits: ['country'] })).toMatchObject({ field: 'traits.0' });
  expect(await create({ key: 'other', filter: 'no' })).toMatchObject({ __typename: 'SegmentRuleError' });
  expect(await create({ key: 'other', seedSegmentId: '019a0000-0000-7000-8000-000000000000' })).toMatchObject(
    {
      __typename: 'NotFoundError',
    },
  );
  expect(await create({ key: 'other', seedSegmentId: 'x' })).toMatchObject({ field: 'seedSegmentId' });
});

test('archives a look-alike, whose people are then forgotten', async () => {
  const { lookAlike } = await create({ key: 'ended', method: 'CLASSIFIER' });
  await computeWaitingLookAlikes(app);
  expect(await read('ended')).toMatchObject({ method: 'CLASSIFIER', people: { totalCount: 48 } });

  const result = await change('archiveLookAlike', { id: lookAlike!.id });

  expect(result.lookAlike).toEqual({ archivedAt: expect.any(String), people: { totalCount: 0 } });
});

test('refuses a share beyond the half that is kept', async () => {
  const error = await firstError(app, '{ lookAlikes { nodes { membershipRule(share: 0.6) } } }');

  expect(error.message).toBe('`share` must be above 0 and at most 0.5, got 0.6.');
});

test('lists look-alikes with seeds and people in a constant number of statements', async () => {
  const text = `query ($first: Int!, $people: Int!) { lookAlikes(first: $first) { nodes { key seedSegment { key }
    people(first: $people) { totalCount nodes { id } } } } }`;
  const count = async (first: number, people: number) => {
    app.resetStatements();
    await query(app, text, { first, people });
    return app.statements.length;
  };

  expect(await count(1, 1)).toBe(4);
  expect(await count(50, 100)).toBe(4);
});
