import { capTimers, steadyClock } from '#platform/steady-clock.ts';
import { afterEach, expect, test, vi } from 'vitest';

const DAY_MS = 86_400_000;
afterEach(() => vi.useRealTimers());

test('goes on where it was when the clock of the system is set', () => {
  const before = steadyClock.now();

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * DAY_MS });

  expect(Date.now() - before).toBeGreaterThan(399 * DAY_MS);
  expect(steadyClock.now() - before).toBeLessThan(DAY_MS);
});

test('waits for a delay that the timers of the runtime cannot hold', async () => {
  const fired = vi.fn();
  const timers = [
    steadyClock.setTimeout(fired, 400 * DAY_MS),
    steadyClock.setInterval(fired, 400 * DAY_MS),
    steadyClock.setTimeout(fired, Number.POSITIVE_INFINITY),
  ];

  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const timer of timers) steadyClock.clearTimeout(timer);

  expect(fired).not.toHaveBeenCalled();
});

test('has timers of other code wait too, once they are capped', async () => {
  const set = globalThis.setTimeout;
  const fired = vi.fn();
  capTimers();

  const timer = setTimeout(fired, 400 * DAY_MS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clearTimeout(timer);
  globalThis.setTimeout = set;

  expect(fired).not.toHaveBeenCalled();
});
