import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { gatherWrites, Lanes } from '#platform/database/lanes.ts';
import { expect, test } from 'vitest';

test('statements of one turn go down one connection, those of the next down an idle one', async () => {
  const lanes = new Lanes(['a', 'b', 'c']);
  const taken: string[] = [];
  const send = (connection: string) => {
    taken.push(connection);
    return new Promise<void>(() => {});
  };

  for (let statement = 0; statement < 3; statement += 1) void lanes.run(send);
  await nextTurn();
  void lanes.run(send);
  await nextTurn();
  void lanes.run(send);

  expect(taken).toEqual(['a', 'a', 'a', 'b', 'c']);
});

test('no connection takes more than six statements of a turn', () => {
  const lanes = new Lanes(['a', 'b']);
  const taken: string[] = [];

  for (let statement = 0; statement < 13; statement += 1) {
    void lanes.run(async (connection) => void taken.push(connection));
  }

  expect(taken.join('')).toBe('aaaaaabbbbbba');
});

test('a connection that has answered or failed is as free as before', async () => {
  const lanes = new Lanes(['a', 'b']);
  const taken: string[] = [];
  const send = async (connection: string) => {
    taken.push(connection);
    throw new Error('no answer');
  };

  await lanes.run(send).catch(() => {});
  await nextTurn();
  await lanes.run(send).catch(() => {});

  expect(taken).toEqual(['a', 'a']);
});

test('what is written to a socket in one turn arrives together and in order', async () => {
  const chunks: string[] = [];
  const server = createServer((connection) => {
    connection.on('data', (chunk) => chunks.push(chunk.toString()));
    connection.on('end', () => connection.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = gatherWrites(connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true));
  await once(socket, 'connect');

  for (const part of ['a', 'b', 'c']) socket.write(part);
  await nextTurn();
  await nextTurn();
  socket.end('d');
  await once(socket, 'close');
  server.close();

  expect(chunks[0]).toMatch(/^abc/);
  expect(chunks.join('')).toBe('abcd');
});
