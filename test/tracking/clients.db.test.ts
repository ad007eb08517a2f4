import { Analytics } from '@segment/analytics-node';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTracking, type Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTracking();
});
afterAll(() => tracking.close());

test('takes what @segment/analytics-node sends, unmodified', async () => {
  const client = new Analytics({ writeKey: tracking.writeKey, host: tracking.url });
  const failures: unknown[] = [];
  client.on('error', (error) => failures.push(error));

  client.identify({ userId: 'segment', traits: { email: 'segment@example.com', plan: 'gold' } });
  client.track({ userId: 'segment', event: 'Lamp Lit', properties: { room: 'hall' } });
  client.page({ userId: 'segment', name: 'Home', properties: { path: '/' } });
  client.screen({ userId: 'segment', name: 'Start' });
  client.group({ userId: 'segment', groupId: 'acme', traits: { name: 'Acme' } });
  client.alias({ previousId: 'segment-visitor', userId: 'segment' });
  await client.closeAndFlush({ timeout: 10_000 });
  await tracking.settle();

  expect(failures).toEqual([]);
  const events = await tracking.eventsOf('segment');
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(['lamp_lit', 'page_viewed', 'screen_viewed']);
  const { customer } = await tracking.ask(
    '{ customer(by: { email: "segment@example.com" }) { attributes } }',
  );
  expect(customer!.attributes).toMatchObject({ plan: 'gold' });
});

test('takes what @rudderstack/rudder-sdk-node sends, packed as it packs it', async () => {
  const client = new RudderAnalytics(tracking.writeKey, {
    dataPlaneUrl: tracking.url,
    flushAt: 3,
    gzip: true,
  });

  client.identify({ userId: 'rudder', traits: { email: 'rudder@example.com' } });
  client.track({ userId: 'rudder', event: 'Lamp Lit', properties: { room: 'hall' } });
  client.page({ userId: 'rudder', name: 'Home' });
  await client.flush();
  await tracking.settle();

  const events = await tracking.eventsOf('rudder');
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(['lamp_lit', 'page_viewed']);
});
