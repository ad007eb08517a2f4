import { followProgress } from '#graphql/progress.ts';
import type { RequestContext } from '#platform/request.ts';
import { expect, test } from 'vitest';

interface Row {
  readonly id: string;
  readonly done: number;
}

/** One reading after the other; the last one again and again. */
function follow(readings: readonly (readonly Row[])[], signal: AbortSignal, lastId?: string) {
  let index = 0;
  const context = { app: {}, signal } as RequestContext;
  return followProgress<Row>(context, {
    read: () => Promise.resolve(readings[Math.min(index++, readings.length - 1)]!),
    keyOf: ({ id }) => id,
    stateOf: ({ done }) => String(done),
    isLast: ({ id, done }) => id === lastId && done === 2,
  });
}

test('answers each row as it is, then only those that changed, until the last', async () => {
  const readings = [
    [0, 0],
    [0, 1],
    [2, 1],
  ].map(([a, b]) => [
    { id: 'a', done: a! },
    { id: 'b', done: b! },
  ]);

  const rows = await Array.fromAsync(follow(readings, new AbortController().signal, 'a'));

  expect(rows.map(({ id, done }) => `${id}${done}`)).toEqual(['a0', 'b0', 'b1', 'a2']);
});

test('ends when its reader leaves', async () => {
  const leaving = new AbortController();
  const events = follow([[{ id: 'a', done: 0 }]], leaving.signal);
  await events.next();

  const next = events.next();
  leaving.abort();

  expect(await next).toEqual({ done: true, value: undefined });
});
