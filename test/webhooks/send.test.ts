import { connect } from 'node:net';

import { sendMessage } from '#webhooks/send.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => receiver.reset());
afterAll(() => receiver.close());

describe('a receiver that misbehaves', () => {
  const send = (to: string, timeoutMs = 2_000) =>
    sendMessage({ url: to, headers: {}, body: '{}' }, { privateHosts: ['localhost'], timeoutMs });

  test('and hangs is given up', async () => {
    receiver.answer = () => {};

    await expect(send(receiver.url, 200)).rejects.toThrow('no answer in time');
  });

  test('by a redirect to 127.0.0.1 is not followed', async () => {
    const target = receiver.url.replace('localhost', '127.0.0.1');
    receiver.answer = (response) => response.writeHead(307, { location: target }).end();

    await expect(send(receiver.url)).rejects.toThrow('127.0.0.1 has a private address');
    expect(receiver.received).toHaveLength(1);
  });

  test('by redirects in a circle is given up', async () => {
    receiver.answer = (response) => response.writeHead(308, { location: receiver.url }).end();

    await expect(send(receiver.url)).rejects.toThrow('redirects');
    expect(receiver.received).toHaveLength(4);
  });

  test.each([
    ['too much', '5', 'a much longer body than it said'],
    ['too little', '1000', 'short'],
  ])('and lies about its length, %s, has answered', async (_title, length, body) => {
    receiver.answer = (response) => {
      response.socket!.end(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${body}`);
    };

    expect(await send(receiver.url)).toEqual({ status: 200, retryAfterMs: null });
  });

  test('and never ends its body costs no memory', async () => {
    let isClosed = false;
    receiver.answer = (response, request) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(Buffer.alloc(65_536)), 1);
      request.socket.once('close', () => {
        isClosed = true;
        clearInterval(timer);
      });
    };

    expect(await send(receiver.url)).toEqual({ status: 200, retryAfterMs: null });
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });
});

test('a name that resolves to this machine is refused when it is called', async () => {
  const isOpen = await new Promise((resolve) => {
    const socket = connect(Number(new URL(receiver.url).port), 'localhost', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.end());
  });
  expect(isOpen).toBe(true);

  await expect(
    sendMessage(
      { url: receiver.url.replace('http:', 'https:'), headers: {}, body: '{}' },
      { privateHosts: [], timeoutMs: 2_000 },
    ),
  ).rejects.toThrow('localhost has a private address');
  expect(receiver.received).toEqual([]);
});
