import { expect, test } from 'vitest';
import { withTeam } from '#numeric/team.ts';
import { failOnHelpers } from './invert-task.ts';

test('tells why a member failed, and does not wait for it forever', () => {
  const run = (): void =>
    withTeam(2, (team) => team.run(new URL('./invert-task.ts', import.meta.url).href, failOnHelpers, null));

  expect(run).toThrow('failOnHelpers failed: Error: a helper fails');
});
