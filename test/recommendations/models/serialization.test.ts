import { splitIntoChunks, openPart } from '#recommendations/models/serialization.ts';
import { expect, test } from 'vitest';

test('cuts every type of array into small pieces that join to the same array', () => {
  const parts = {
    'scores.f64': Float64Array.from({ length: 300_000 }, (_, index) => index / 7),
    'values.f32': Float32Array.of(0.5, Number.NaN, -1),
    'offsets.u32': Uint32Array.of(0, 4_294_967_295),
    'groups.i32': Int32Array.of(-1, 5),
    'ids.u8': new Uint8Array(),
  };

  const pieces = [...splitIntoChunks(parts)];
  const joined = Object.entries(parts).map(([name, { byteLength }]) => {
    const reader = openPart(name, byteLength);
    for (const { part, bytes } of pieces) if (part === name) reader.append(bytes);
    return [name, reader.finish()];
  });

  expect(Object.fromEntries(joined)).toEqual(parts);
  expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(pieces.length).toBeGreaterThan(5);
});
