import { clusterJobs, computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { startJobs } from '#platform/jobs.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { addShoppers } from './shoppers.ts';
import { execute, query, textLike } from '../../support/query.ts';
import type { Variables } from '../../support/typed-text.ts';
import { addSegment } from '../seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  await addShoppers(app);
});
afterAll(() => app.close());

const answers = {
  createClusterSet:
    '... on CreateClusterSetPayload { clusterSet { id key status } } ... on ClusterSetKeyTakenError { key }',
  updateClusterSet: '... on UpdateClusterSetPayload { clusterSet { id name status count seed } }',
  archiveClusterSet:
    '... on ArchiveClusterSetPayload { clusterSet { archivedAt clusters { key } } } ... on ClusterSetInUseError { usedBy }',
};

/** Each of the three answers a part of this. */
type Like = `mutation ($input: CreateClusterSetInput!) { result: createClusterSet(input: $input) {
  __typename ... on Error { message } ... on InvalidInputError { field }
  ... on CreateClusterSetPayload { clusterSet { id key name status count seed archivedAt clusters { key } } } ... on ClusterSetKeyTakenError { key } } }`;

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
const create = (input: object) => change('createClusterSet', input);

test('creates a set that a background job computes', async () => {
  const runner = await startJobs(app, clusterJobs);
  const result = await create({ key: 'value', name: 'Value', traits: ['amount_spent'] });
  expect(result).toMatchObject({ __typename: 'CreateClusterSetPayload', clusterSet: { status: 'WAITING' } });

  await vi.waitFor(
    async () => {
      const data = await query(app, '{ clusterSet(by: { key: "value" }) { status clusters { size } } }');
      expect(data.clusterSet!.status).toBe('READY');
      expect(data.clusterSet!.clusters.length).toBeGreaterThan(1);
    },
    { timeout: 20_000, interval: 100 },
  );
  await runner.stop(0);
});

test.each([
  [{ traits: [] }, 'traits', /1 to 12 traits, got 0/],
  [{ traits: ['amount_spend'] }, 'traits.0', /Did you mean amount_spent\?/],
  [{ traits: ['country'] }, 'traits.0', /expected a number or an amount/],
  [{ count: 1 }, 'count', /2 to 20 clusters, got 1/],
  [{ count: 3, algorithm: 'HDBSCAN' }, 'count', /finds the number of clusters itself/],
  [{ algorithm: 'HIERARCHICAL', metric: 'MANHATTAN' }, 'metric', /Ward takes Euclidean/],
  [{ algorithm: 'MINI_BATCH_K_MEANS', metric: 'MANHATTAN' }, 'metric', /means, not medians/],
  [{ filter: "IN CLUSTER 'value/1'" }, 'filter', /names no cluster/],
])('refuses %j', async (wrong, field, message) => {
  const result = await create({ key: 'wrong', name: 'Wrong', traits: ['amount_spent'], ...wrong });

  expect(result).toMatchObject({
    __typename: 'InvalidInputError',
    field,
    message: expect.stringMatching(message),
  });
});

test('refuses a filter that cannot be read', async () => {
  const base = { key: 'value', name: 'Value', traits: ['amount_spent'] };

  expect(await create({ ...base, filter: 'number_of_order > 1' })).toMatchObject({
    __typename: 'SegmentRuleError',
  });
});

test('changes what is given and waits to be computed anew; null takes a choice back', async () => {
  const { clusterSet } = await create({ key: 'changed', name: 'Before', traits: ['amount_spent'], count: 4 });
  const update = (input: object) => change('updateClusterSet', { id: clusterSet!.id, ...input });

  expect((await update({ name: 'After' })).clusterSet).toMatchObject({ name: 'After', count: 4, seed: 1 });
  expect((await update({ count: null, seed: 5 })).clusterSet).toMatchObject({
    count: null,
    seed: 5,
    status: 'WAITING',
  });
});

test('archives a set, though not while a segment is made of it', async () => {
  const { clusterSet } = await create({ key: 'ended', name: 'Ended', traits: ['amount_spent'] });
  await computeWaitingClusterSets(app);
  const segmentId = await addSegment(app, 'of_ended', "IN CLUSTER 'ended/1'");
  const archive = () => change('archiveClusterSet', { id: clusterSet!.id });
  expect(await archive()).toMatchObject({ __typename: 'ClusterSetInUseError', usedBy: ['of_ended'] });

  await execute(app, 'mutation ($id: ID!) { archiveSegment(input: { id: $id }) { __typename } }', {
    id: segmentId,
  });

  const archived = await archive();
  expect(archived.clusterSet).toMatchObject({ archivedAt: expect.any(String), clusters: [] });
  expect(await archive()).toEqual(archived);
});

test('throws away what was computed for older settings', async () => {
  const { clusterSet } = await create({ key: 'raced', name: 'Raced', traits: ['amount_spent'], count: 2 });
  const computing = computeWaitingClusterSets(app);
  await change('updateClusterSet', { id: clusterSet!.id, count: 3 });
  await computing;

  const data = await query(app, '{ clusterSet(by: { key: "raced" }) { status clusters { key } } }');

  expect(data.clusterSet).toMatchObject({ status: 'READY', clusters: [{}, {}, {}] });
});
