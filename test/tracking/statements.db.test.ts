import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTracking, type Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTracking();
});
afterAll(() => tracking.close());

async function countStatements(messageCount: number, run: string): Promise<number> {
  const batch = Array.from({ length: messageCount }, (_, index) => ({
    type: 'track',
    userId: `user-${index % 10}`,
    event: 'Lamp Lit',
    messageId: `${run}-${index}`,
  }));
  tracking.app.resetStatements();
  const { status } = await tracking.send('/v1/batch', { batch });
  expect(status).toBe(200);
  return tracking.app.statements.length;
}

test('needs as many statements for a batch of 400 as for one of 10', async () => {
  await countStatements(10, 'warm');

  const few = await countStatements(10, 'few');
  const many = await countStatements(400, 'many');

  expect(many).toBe(few);
  expect(many).toBeLessThanOrEqual(40);
});
