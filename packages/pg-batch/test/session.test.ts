import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { Session } from '../src/session.ts';
import type { ServerSettings } from '../src/settings.ts';

/** A server that says what the test wants, for every client. */
interface Script {
  readonly onStart: (socket: Socket) => void;
  readonly onPassword?: (socket: Socket, message: Buffer) => void;
}

const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

async function startScript({ onStart, onPassword }: Script): Promise<number> {
  const server = createServer((socket) => {
    open.push(() => socket.destroy());
    socket.once('data', () => {
      socket.on('data', (message: Buffer) => onPassword?.(socket, message));
      onStart(socket);
    });
  }).listen(0, '127.0.0.1');
  open.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Opened {
  readonly session: Session;
  readonly messages: string[];
  /** Resolves with true, or with the error where it is closed before. */
  readonly ready: Promise<unknown>;
  readonly closed: Promise<Error | null>;
}

function openSession(port: number, changes: Partial<ServerSettings> = {}): Opened {
  const messages: string[] = [];
  const ready = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<Error | null>();
  const settings = {
    host: ['127.0.0.1'],
    port: [port],
    path: false,
    user: 'ada',
    pass: 'pencil',
    database: 'db',
    ssl: false,
    connect_timeout: 5,
    connection: {},
    ...changes,
  } as ServerSettings;
  const session = new Session(settings, {
    onReady: () => ready.resolve(true),
    onMessage: (type, bytes, start, end) =>
      messages.push(String.fromCharCode(type) + bytes.toString('utf8', start, end)),
    onClose: (error) => {
      ready.resolve(error);
      closed.resolve(error);
    },
  });
  return { session, messages, ready: ready.promise, closed: closed.promise };
}

function message(type: string, body: Buffer | string): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

function authentication(kind: number, body = ''): Buffer {
  const code = Buffer.alloc(4);
  code.writeInt32BE(kind);
  return message('R', Buffer.concat([code, Buffer.from(body)]));
}

const LET_IN = Buffer.concat([authentication(0), message('K', Buffer.alloc(8, 1)), message('Z', 'I')]);
const SCRAM = authentication(10, 'SCRAM-SHA-256\0\0');

test('messages behind the readiness of the server are read, even one that is cut in two', async () => {
  const late = message('C', 'cut in two\0');
  const port = await startScript({
    onStart: (socket) => {
      socket.write(Buffer.concat([LET_IN, message('N', 'notice'), late.subarray(0, 9)]));
      setTimeout(() => socket.write(late.subarray(9)), 20);
    },
  });

  const { ready, messages } = openSession(port);

  expect(await ready).toBe(true);
  await expect.poll(() => messages).toEqual(['Nnotice', 'Ccut in two\0']);
});

test('a connection that breaks after the takeover is told once, and ends no process', async () => {
  const port = await startScript({
    onStart: (socket) => {
      socket.write(LET_IN);
      setTimeout(() => socket.resetAndDestroy(), 20);
    },
  });

  const { ready, closed } = openSession(port);

  expect(await ready).toBe(true);
  expect(await closed).toMatchObject({ code: 'ECONNRESET' });
});

test('a server that lets in without its own proof is refused', async () => {
  const port = await startScript({
    onStart: (socket) => socket.write(SCRAM),
    onPassword: (socket) => socket.write(LET_IN),
  });

  expect(await openSession(port).ready).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
});

test.each([
  ['another nonce', () => 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'nonce'],
  ['work without an end', (nonce: string) => `r=${nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001`, 'iteration'],
])('a server that asks for %s is refused', async (_what, answer, reason) => {
  const port = await startScript({
    onStart: (socket) => socket.write(SCRAM),
    onPassword: (socket, first) => {
      const nonce = /r=(.*)$/.exec(first.toString())![1]!;
      socket.write(authentication(11, answer(nonce)));
    },
  });

  const error = (await openSession(port).ready) as Error;

  expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  expect((error.cause as Error).message).toContain(reason);
});

test.each([
  ['is longer than one byte', 'require', 'SX'],
  ['is an error, even where TLS is only preferred', 'prefer', 'E'],
])('an answer to the request for TLS is refused that %s', async (_what, ssl, answer) => {
  const port = await startScript({ onStart: (socket) => socket.write(answer) });

  expect(await openSession(port, { ssl }).ready).toMatchObject({ code: 'TLS_REFUSED' });
});

test('the settings of a session and the options of its URL are sent with its start', async () => {
  const started = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    open.push(() => socket.destroy());
    socket.once('data', (bytes: Buffer) => started.resolve(bytes.toString('utf8', 8)));
  }).listen(0, '127.0.0.1');
  open.push(() => server.close());
  await once(server, 'listening');

  openSession((server.address() as AddressInfo).port, {
    connection: {
      application_name: 'c 360',
      statement_timeout: 0,
      search_path: String.raw`a\b, c`,
      options: '-c jit=off',
    },
  });

  expect((await started.promise).split('\0').filter(Boolean)).toEqual(
    ['user', 'ada', 'database', 'db', 'application_name', 'c 360'].concat(
      ['options', String.raw`-c jit=off -c search_path=a\\b,\ c`],
      ['client_encoding', 'UTF8'],
    ),
  );
});
