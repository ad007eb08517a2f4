import { setImmediate as nextTurn } from 'node:timers/promises';

import { PipelineConnections } from '../src/pipeline-connections.ts';
import { expect, test } from 'vitest';

/** Connections that count what they were given and answer nothing. */
function openPipelines(...names: readonly string[]) {
  const connections = names.map((name) => ({ name, load: 0 }));
  const pipelines = new PipelineConnections(connections);
  const take = () => {
    const connection = pipelines.take();
    connection.load += 1;
    return connection.name;
  };
  return { connections, take };
}

test('statements of one turn go down one connection, those of the next down an idle one', async () => {
  const { take } = openPipelines('a', 'b', 'c');

  const taken = [take(), take(), take()];
  await nextTurn();
  taken.push(take());
  await nextTurn();
  taken.push(take());

  expect(taken).toEqual(['a', 'a', 'a', 'b', 'c']);
});

test('no connection takes more than six statements of a turn', () => {
  const { take } = openPipelines('a', 'b');

  expect(Array.from({ length: 13 }, take).join('')).toBe('aaaaaabbbbbba');
});

test('a connection that has answered is as free as before', async () => {
  const { take, connections } = openPipelines('a', 'b');

  const taken = [take()];
  connections[0]!.load -= 1;
  await nextTurn();
  taken.push(take());

  expect(taken).toEqual(['a', 'a']);
});
