import { JsonWriter } from '#graphql/compiled/json-writer.ts';
import { createRandom } from '#numeric/random.ts';
import { parseInstant } from '#platform/database/instants.ts';
import { expect, test } from 'vitest';

test.each([
  '2025-10-30 05:17:01+00',
  '2025-10-30 05:17:01.5+00',
  '2000-02-29 23:59:59.999999+00',
  '1000-01-01 00:00:00+00',
  '1969-12-31 23:59:59.001+00',
  '9999-12-31 23:59:59+00',
  '2025-10-30',
  '2025-10-30 05:17:01+05:30',
  '0044-03-15 12:00:00+00',
  '12025-01-01 00:00:00+00',
])('reads %s as JavaScript does', (text) => {
  expect(parseInstant(text)).toEqual(new Date(text));
});

test('reads and writes any instant of the years 1000 to 9999', () => {
  const random = createRandom(5);
  const [first, last] = [Date.UTC(1000, 0), Date.UTC(10_000, 0) - 1];
  const times = [
    first,
    last,
    -1,
    0,
    ...Array.from({ length: 3000 }, () => first + random.uniform() * (last - first)),
  ];
  for (const time of times.map(Math.floor)) {
    const iso = new Date(time).toISOString();
    expect(parseInstant(`${iso.slice(0, 10)} ${iso.slice(11, -1)}+00`).getTime()).toBe(time);
    expect(write(time)).toBe(JSON.stringify(iso));
  }
});

function write(time: number): string {
  const output = new JsonWriter();
  output.writeInstant(time);
  const bytes = new Uint8Array(output.length);
  output.copy(0, output.length, bytes, 0);
  output.release();
  return Buffer.from(bytes).toString();
}
