import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { hashPassword, Login } from '../src/login.ts';
import { MessageReader } from '../src/message-reader.ts';
import { MessageWriter } from '../src/message-writer.ts';
import { ScramExchange } from '../src/scram.ts';
import type { ServerSettings } from '../src/settings.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('messages', () => {
  test('are found whole wherever the chunks end', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });

    fc.assert(
      fc.property(bodies, cuts, (bodies, cuts) => {
        const found: Buffer[] = [];
        const reader = new MessageReader((_type, bytes, start, end) =>
          found.push(Buffer.from(bytes.subarray(start, end))),
        );

        readInPieces(reader, writeAll(bodies), cuts);

        expect(found.map((body) => [...body])).toEqual(bodies.map((body) => [...body]));
      }),
    );
  });

  test('longer than any chunk are put together, and short ones after them are read as before', () => {
    const bodies = [
      Buffer.alloc(1_000_000, 7),
      Buffer.from('short'),
      Buffer.alloc(200_000, 9),
      Buffer.alloc(0),
    ];
    const hashes: string[] = [];
    const reader = new MessageReader((type, bytes, start, end) =>
      hashes.push(String.fromCharCode(type) + hash(bytes.subarray(start, end))),
    );

    readInPieces(reader, writeAll(bodies), [65_536]);

    expect(hashes).toEqual(bodies.map((body) => `D${hash(body)}`));
  });

  test('hold any text, and what was handed over stays while the next is written', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 50 });

    fc.assert(
      fc.property(texts, (texts) => {
        const writer = new MessageWriter();
        for (const text of texts) writer.text(text);
        const taken = writer.take();

        writer.text('x'.repeat(200));

        expect(taken.toString()).toBe(texts.join(''));
        expect(writer.take().toString()).toBe('x'.repeat(200));
      }),
    );
  });
});

describe('passwords', () => {
  test('are proven as in the example of RFC 7677, section 3', async () => {
    const exchange = new ScramExchange('pencil', 'user', 'rOprNGfwEbeRWgbNEkqO');
    expect(exchange.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');

    const answer = await exchange.answer(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );

    expect(answer).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    exchange.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(() => exchange.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95H4=')).toThrow('signature');
  });

  test.each([
    ['another nonce', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['nothing of its own in the nonce', 'r=ours,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['no iterations', 'r=ours-and-theirs,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0'],
    ['no salt', 'r=ours-and-theirs,i=4096'],
  ])('are not proven to a server that answers with %s', async (_what, message) => {
    await expect(new ScramExchange('pencil', '*', 'ours').answer(message)).rejects.toThrow('SCRAM');
  });

  test('are not enough where the server lets in without its own proof', async () => {
    const settled: (Error | null)[] = [];
    const settings = { host: ['127.0.0.1'], port: [1], pass: 'pencil' } as unknown as ServerSettings;
    const login = new Login(
      settings,
      new MessageWriter(),
      () => {},
      (error) => settled.push(error),
    );
    const receive = (type: string, body: Buffer) => login.receive(type.charCodeAt(0), body, 0, body.length);

    receive('R', Buffer.from('\0\0\0\x0aSCRAM-SHA-256\0\0'));
    await nextTurn();
    receive('R', Buffer.alloc(4));
    receive('Z', Buffer.from('I'));

    expect(settled).toMatchObject([{ code: 'AUTHENTICATION_FAILED' }]);
  });

  test('are hashed with the name of the role and the salt for md5', () => {
    const inner = createHash('md5').update('secretada').digest('hex');
    const outer = createHash('md5')
      .update(Buffer.concat([Buffer.from(inner), Buffer.from([1, 2, 3, 4])]))
      .digest('hex');

    expect(hashPassword('secret', 'ada', Buffer.from([1, 2, 3, 4]))).toBe(`md5${outer}`);
  });
});

function writeAll(bodies: readonly Uint8Array[]): Buffer {
  const writer = new MessageWriter();
  for (const body of bodies) {
    const start = writer.begin('D'.charCodeAt(0));
    writer.raw(body);
    writer.end(start);
  }
  return writer.take();
}

/** One buffer is read into again and again, as a socket does it. */
function readInPieces(reader: MessageReader, bytes: Buffer, cuts: readonly number[]): void {
  const chunk = Buffer.alloc(Math.max(...cuts));
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = bytes.copy(chunk, 0, at, at + cuts[turn % cuts.length]!);
    reader.read(chunk, length);
    at += length;
  }
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
