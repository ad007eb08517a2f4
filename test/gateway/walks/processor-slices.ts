/** Processor time of this thread between two turns of the event loop, and of a whole request. Asks for nothing. */
import { expect } from 'vitest';

/** Longest stretch of processor time between two turns of the event loop. */
export const MAX_SLICE_MS = 50;
/** Processor time of the gateway for one request: 50,000 units of 40 microseconds. */
const MAX_REQUEST_MS = 2_000;

/** Of this thread alone: a process that has to wait for a processor takes none of it. */
export function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

export interface Measured {
  readonly name: string;
  readonly longestMs: number;
  readonly totalMs: number;
}

/** Beats of a millisecond cost nothing while the request waits for the database; those of each turn would count as its own. */
export async function measure(name: string, run: () => Promise<unknown>): Promise<Measured> {
  let longestMs = 0;
  let isDone = false;
  const startedAt = processorMs();
  let last = startedAt;
  const beat = (): void => {
    const now = processorMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!isDone) setTimeout(beat, 1);
  };
  setTimeout(beat, 1);
  await run();
  isDone = true;
  longestMs = Math.max(longestMs, processorMs() - last);
  return { name, longestMs, totalMs: processorMs() - startedAt };
}

/**
 * What code costs once it is compiled, and no collection of garbage of others falls into it: where it was too long, a
 * few times more.
 * @param prepare makes the request of one run, outside of what is measured
 */
export async function measureAtBest(
  name: string,
  prepare: () => () => Promise<unknown>,
  maxSliceMs = MAX_SLICE_MS,
): Promise<Measured> {
  let best = await measure(name, prepare());
  for (let more = 0; more < 5 && (best.longestMs > maxSliceMs || best.totalMs > MAX_REQUEST_MS); more += 1) {
    const again = await measure(name, prepare());
    best = {
      name,
      longestMs: Math.min(best.longestMs, again.longestMs),
      totalMs: Math.min(best.totalMs, again.totalMs),
    };
  }
  return best;
}

export function expectShort(measured: readonly Measured[], maxSliceMs = MAX_SLICE_MS): void {
  const worst = (by: 'longestMs' | 'totalMs'): string =>
    measured
      .toSorted((left, right) => right[by] - left[by])
      .slice(0, 5)
      .map((one) => `${one.name} ${one[by].toFixed(1)}`)
      .join(', ');
  process.stdout.write(
    `longest slices, ms: ${worst('longestMs')}\nprocessor time, ms: ${worst('totalMs')}\n`,
  );
  expect(measured.filter(({ longestMs }) => longestMs > maxSliceMs)).toEqual([]);
  expect(measured.filter(({ totalMs }) => totalMs > MAX_REQUEST_MS)).toEqual([]);
}
