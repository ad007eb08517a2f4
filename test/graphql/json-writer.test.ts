import { GlobalId } from '#graphql/global-id.ts';
import { JsonWriter } from '#graphql/compiled/json-writer.ts';
import { createRandom } from '#numeric/random.ts';
import { GraphQLID } from 'graphql';
import { expect, test } from 'vitest';

function written(write: (output: JsonWriter) => void): string {
  const output = new JsonWriter();
  write(output);
  const bytes = Buffer.alloc(output.length);
  output.copy(0, output.length, bytes, 0);
  output.release();
  return bytes.toString();
}

test('writes any number as JSON.stringify does', () => {
  const random = createRandom(7);
  const numbers = [
    0,
    -0,
    1,
    9,
    10,
    99,
    100,
    999_999,
    1_000_000,
    1_234_567,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53,
    -1,
    -0.5,
    0.1,
    0.2 + 0.1,
    1e-6,
    9.99e-7,
    1e-9,
    1.5e-9,
    0.000_001_5,
    0.999_999_999,
    0.999_999_999_9,
    999_999.999_999_999,
    999_999.999_999_999_9,
    1 / 3,
    5e-324,
    Number.MAX_VALUE,
    123.456,
    82.75,
    100.01,
    1.000_000_001,
  ];
  for (let draw = 0; draw < 20_000; draw += 1) {
    const size = 10 ** Math.floor(random.uniform() * 9 - 2);
    const number = random.uniform() * size;
    const places = 10 ** Math.floor(random.uniform() * 12);
    numbers.push(number, Math.round(number * places) / places, Math.floor(number));
  }
  for (const number of numbers) {
    expect(written((output) => output.writeNumber(number))).toBe(JSON.stringify(number));
  }
});

test.each(['', 'a', 'ab', 'abc', '01a203ae-7920-74a8-9d2f-cfe0400e2809', 'x'.repeat(185), 'x'.repeat(500)])(
  'writes the global id of %j as the library forms it',
  (id) => {
    for (const prefix of ['Customer:', 'Product:', 'Ab:']) {
      const expected = btoa(prefix + id);
      expect(written((output) => output.writeBase64(prefix, id))).toBe(JSON.stringify(expected));
      expect(GraphQLID.serialize(new GlobalId(prefix, id))).toBe(expected);
    }
  },
);
