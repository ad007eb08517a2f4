import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTracking, type Tracking } from '../tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTracking();
});
afterAll(() => tracking.close());

const SCHEMA = {
  type: 'object',
  properties: { title: { type: 'string' }, words: { type: 'integer' } },
  required: ['title'],
  additionalProperties: false,
};

async function setPlan(event: string, mode: 'WARN' | 'STRIP' | 'REJECT', schema: object = SCHEMA) {
  const { setTrackingPlan } = await tracking.ask(
    `mutation ($input: SetTrackingPlanInput!) { setTrackingPlan(input: $input) {
      __typename ... on SetTrackingPlanPayload { plan { event version mode schema } }
      ... on InvalidInputError { field message } } }`,
    { input: { event, mode, schema } },
  );
  return setTrackingPlan!;
}

async function plansOf(event: string) {
  const { trackingPlans } = await tracking.ask(
    'query ($event: String!) { trackingPlans(event: $event) { version mode endedAt violations { source count lastReason } } }',
    { event },
  );
  return trackingPlans!;
}

const send = (userId: string, event: string, properties: object) =>
  tracking.send('/v1/track', { userId, event, properties });

test('WARN takes an event as it came, and counts the violation', async () => {
  await setPlan('Article Read', 'WARN');

  const sent = await send('warned', 'Article Read', { title: 'Hats', words: 'many' });
  await send('warned', 'Article Read', { title: 'Hats', words: 700 });

  expect(sent).toMatchObject({ status: 200, body: { success: true } });
  expect((await tracking.eventsOf('warned')).map(({ properties }) => properties['words'])).toEqual([
    700,
    'many',
  ]);
  expect(await plansOf('Article Read')).toMatchObject([
    {
      mode: 'WARN',
      violations: [{ source: 'shop', count: 1, lastReason: 'properties.words: must be integer' }],
    },
  ]);
});

test('STRIP takes it without the properties that the plan does not allow', async () => {
  await setPlan('Article Saved', 'STRIP');

  await send('stripped', 'Article Saved', { title: 'Hats', words: 'many', other: 1 });

  const [event] = await tracking.eventsOf('stripped');
  expect(event!.properties).toMatchObject({ title: 'Hats' });
  expect(Object.keys(event!.properties).toSorted()).toEqual(['context', 'title']);
  expect((await plansOf('Article Saved'))[0]!.violations).toMatchObject([{ count: 1 }]);
});

test('REJECT drops it with the reason, and a replay takes it in once the plan allows it', async () => {
  await setPlan('Article Sold', 'REJECT');

  const sent = await send('rejected', 'Article Sold', { words: 3 });
  const rejects = await tracking.ask('{ trackingRejects(first: 1) { nodes { id reason } } }');
  const { id, reason } = rejects.trackingRejects!.nodes[0]!;
  await setPlan('Article Sold', 'REJECT', { type: 'object' });
  const replay = await tracking.ask(
    `mutation ($ids: [ID!]!) { replayTrackingRejects(input: { ids: $ids }) {
      ... on ReplayTrackingRejectsPayload { replayedCount } } }`,
    { ids: [id] },
  );
  await tracking.settle();

  expect(sent).toMatchObject({ status: 400 });
  expect(reason).toBe("properties: must have required property 'title'");
  expect(replay.replayTrackingRejects).toEqual({ replayedCount: 1 });
  expect(await tracking.eventsOf('rejected')).toHaveLength(1);
});

test('good events of a batch stay where the plan rejects another', async () => {
  await setPlan('Article Rated', 'REJECT');
  const message = (messageId: string, properties: object) => ({
    type: 'track',
    userId: 'batch',
    event: 'Article Rated',
    messageId,
    properties,
  });

  const sent = await tracking.send('/v1/batch', {
    batch: [message('a', { title: 'Hats' }), message('b', { title: 7 }), message('c', { title: 'Caps' })],
  });

  expect(sent).toMatchObject({ status: 200, body: { dropped: [{ index: 1, messageId: 'b' }] } });
  expect(await tracking.eventsOf('batch')).toHaveLength(2);
});

test('versions count up where the plan changes, and the same plan again is the same version', async () => {
  expect(await setPlan('Versioned', 'WARN')).toMatchObject({ plan: { version: 1 } });
  expect(await setPlan('Versioned', 'WARN')).toMatchObject({ plan: { version: 1 } });
  expect(await setPlan('Versioned', 'REJECT')).toMatchObject({ plan: { version: 2, mode: 'REJECT' } });

  const remove = () =>
    tracking.ask(
      `mutation { removeTrackingPlan(input: { event: "Versioned" }) {
        __typename ... on RemoveTrackingPlanPayload { plan { version } } } }`,
    );
  expect((await remove()).removeTrackingPlan).toMatchObject({ plan: { version: 2 } });
  expect((await remove()).removeTrackingPlan).toEqual({ __typename: 'NotFoundError' });

  const versions = await plansOf('Versioned');
  expect(versions.map(({ version }) => version)).toEqual([2, 1]);
  expect(versions.every(({ endedAt }) => endedAt !== null)).toBe(true);
  expect((await send('free', 'Versioned', { any: 1 })).status).toBe(200);
  const { trackingPlans } = await tracking.ask('{ trackingPlans { event } }');
  expect(trackingPlans!.map(({ event }) => event)).not.toContain('Versioned');
});

test('a plan may stand in the text of the request', async () => {
  const set = () =>
    tracking.ask(
      `mutation { setTrackingPlan(input: { event: "Literal", mode: WARN, schema: { properties: { a: { type: "string" } } } }) {
        ... on SetTrackingPlanPayload { plan { version schema } } } }`,
    );

  expect((await set()).setTrackingPlan).toEqual({
    plan: { version: 1, schema: { properties: { a: { type: 'string' } } } },
  });
  expect((await set()).setTrackingPlan).toMatchObject({ plan: { version: 1 } });
});

test('a plan that is none is refused, and changes nothing', async () => {
  expect(await setPlan('Wrong', 'WARN', { type: 'objekt' })).toMatchObject({
    __typename: 'InvalidInputError',
    field: 'schema',
  });
  expect(await setPlan(' ', 'WARN')).toMatchObject({ field: 'event' });
  expect(await plansOf('Wrong')).toEqual([]);
});
