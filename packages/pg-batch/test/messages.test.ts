import { createHash } from 'node:crypto';

import { MessageReader } from '../src/message-reader.ts';
import { MessageWriter } from '../src/message-writer.ts';
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
