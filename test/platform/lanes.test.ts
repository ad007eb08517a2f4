import { setImmediate as nextTurn } from 'node:timers/promises';

import { Lanes } from '#platform/database/lanes.ts';
import { expect, test } from 'vitest';

/** Connections that count what they were given and answer nothing. */
function openLanes(...names: readonly string[]) {
  const connections = names.map((name) => ({ name, load: 0 }));
  const lanes = new Lanes(connections);
  const take = () => {
    const connection = lanes.take();
    connection.load += 1;
    return connection.name;
  };
  return { connections, take };
}

test('statements of one turn go down one connection, those of the next down an idle one', async () => {
  const { take } = openLanes('a', 'b', 'c');

  const taken = [take(), take(), take()];
  await nextTurn();
  taken.push(take());
  await nextTurn();
  taken.push(take());

  expect(taken).toEqual(['a', 'a', 'a', 'b', 'c']);
});

test('no connection takes more than six statements of a turn', () => {
  const { take } = openLanes('a', 'b');

  expect(Array.from({ length: 13 }, take).join('')).toBe('aaaaaabbbbbba');
});

test('a connection that has answered is as free as before', async () => {
  const { take, connections } = openLanes('a', 'b');

  const taken = [take()];
  connections[0]!.load -= 1;
  await nextTurn();
  taken.push(take());

  expect(taken).toEqual(['a', 'a']);
});
