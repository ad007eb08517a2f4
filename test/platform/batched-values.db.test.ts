import { clientOptions } from '#platform/database/client-options.ts';
import type { Database } from '#platform/database/database.ts';
import * as fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let db: Database;
let oracle: Oracle;
beforeAll(async () => {
  app = await openTestApp();
  db = app.db.forRequest({ caller: 'test', signal: new AbortController().signal });
  oracle = openOracle(app);
});
afterAll(async () => {
  await oracle.close();
  await app.close();
});

interface Oracle {
  readonly query: (text: string, parameters: readonly unknown[]) => Promise<unknown[]>;
  close(): Promise<void>;
}

/** Another client of the same server; of the embedded database there is none. */
function openOracle({ config, db: embedded }: TestApp): Oracle {
  const { databaseUrl: url } = config;
  if (url === null) {
    return { query: (text, parameters) => embedded.query(text, parameters), close: async () => {} };
  }
  const client = postgres(url, { ...clientOptions(30_000), max: 4 });
  return {
    query: async (text, parameters) => client.unsafe(text, parameters as never[], { prepare: true }),
    close: () => client.end(),
  };
}

interface Answers {
  readonly expected: unknown;
  readonly found: unknown;
}

/** What a batched query gives, and what the other client gives through text. */
async function readBoth(text: string, parameters: readonly unknown[] = []): Promise<Answers> {
  const [expected, found] = await Promise.all([
    oracle.query(text, parameters),
    db.queryBatched(text, parameters),
  ]);
  return { expected: [...expected], found };
}

/** What both say that they refuse. */
async function refuseBoth(text: string, parameters: readonly unknown[]): Promise<Answers> {
  const [expected, found] = await Promise.all(
    [oracle.query(text, parameters), db.queryBatched(text, parameters)].map((answer) =>
      answer.then(() => null, describeError),
    ),
  );
  expect(found).not.toBeNull();
  return { expected, found };
}

function describeError(error: unknown): object {
  const { name, message, constructor: type } = error as Error;
  return { name, message, type, ...(error as object) };
}

test.each([
  [
    'numbers',
    `select 1::int2 a, (-32768)::int2 b, 2147483647 c, (-2147483648)::int4 d, 9007199254740993 e,
    (-9223372036854775807 - 1) f, 0::int8 g, 4294967295::oid h`,
  ],
  [
    'floats',
    `select 0.1::float4 a, 0.1::float8 b, 'NaN'::float8 c, '-Infinity'::float8 d, '-0'::float8 e, 1e300::float8 f,
    'Infinity'::float4 g, 1.5::float4 h, 5e-324::float8 i`,
  ],
  [
    'decimals',
    `select 'NaN'::numeric a, 1.50::numeric(18,4) b, -0.00010::numeric c, 12345678901234567890.1234567890 d,
    0::numeric(10,2) e, (10::numeric ^ 300) f, '-Infinity'::numeric g, 1e-30::numeric h, 10000.0001 i`,
  ],
  [
    'instants',
    `select 'infinity'::timestamptz a, '-infinity'::timestamptz b, '0044-03-15 12:00:00.5+00 BC'::timestamptz c,
    '0044-03-15'::timestamptz d, '12025-01-01'::timestamptz e, '294000-01-01'::timestamptz f,
    '1500-01-01 00:00:00.123456'::timestamptz g, '9999-12-31 23:59:59.999999'::timestamptz h,
    '1969-12-31 23:59:59.9999'::timestamptz i, '2026-01-31T12:00:00+05:30'::timestamptz j,
    '1000-01-01'::timestamptz k, '0999-12-31 23:59:59.999999'::timestamptz l, '10000-01-01'::timestamptz m`,
  ],
  [
    'days and times',
    `select '2026-01-31'::date a, 'infinity'::date b, '2026-01-31 12:00:00.5'::timestamp c,
    '-infinity'::timestamp d, '12:30'::time e, '1 day 02:00'::interval f`,
  ],
  [
    'texts',
    `select 'é€😀' a, ''::varchar b, 'x'::char(3) c, 'name'::name d, 'c'::"char" e, null::text f, E'a\\tb' g`,
  ],
  ['json', `select '{"a": [1, null, "é"]}'::json a, '{"b": 1e3}'::jsonb b, 'null'::jsonb c, '"x"'::json d`],
  [
    'ids, bytes and truths',
    `select '01a203ae-c79f-7ebc-a315-54111ec6436d'::uuid a, null::uuid b, '\\x00ff10'::bytea c,
    ''::bytea d, true e, false f, null::bool g, '00000000-0000-0000-0000-000000000000'::uuid h`,
  ],
  [
    'arrays',
    `select array['a', 'b,c', '"d"', '\\', '', 'é€😀', 'null'] a, '{}'::text[] b, array[1, -2] c,
    '{{1,2},{3,4}}'::int[] d, array['01a203ae-c79f-7ebc-a315-54111ec6436d'::uuid] e, array[1, 9007199254740993]::int8[] f,
    array[true, false] g, array[0.1, 2]::float8[] h, array[1.50, 2]::numeric[] i, null::uuid[] j,
    array['2026-01-31'::timestamptz] k, array['x'::varchar] l, array[1::int2] m, array['a'::name] n,
    array['2026-01-31'::date] o, array['\\x00'::bytea] p, array['{"a": 1}'::jsonb] q, array[0.1::float4] r`,
  ],
  [
    'types without a reader',
    `select '127.0.0.1'::inet a, '(1,2)'::point b, int4range(1, 3) c, row(1, 'x')::text d,
    'a & b'::tsquery e, '1.50'::money f, 'pg_class'::regclass g`,
  ],
  ['no rows', 'select 1 as a where false'],
  ['no columns', 'select'],
  ['columns of one name', 'select 1 as a, 2 as b, 3 as a, 4 as "1", 5 as "x y""`$"'],
])('%s read as before', async (_what, text) => {
  const { expected, found } = await readBoth(text);

  expect(found).toStrictEqual(expected);
});

test('elements of an array that are null read as null', async () => {
  const [row] = await db.queryBatched<{ numbers: unknown }>(
    `select '{1,null}'::int[] as numbers, '{a,NULL}'::text[] as texts`,
  );

  expect(row).toEqual({ numbers: [1, null], texts: ['a', null] });
});

const text = fc.string({ unit: 'binary', maxLength: 300 }).map((value) => value.replaceAll('\0', ''));
const day = 86_400_000_000n;
const values = fc.record({
  at: fc.bigInt(-2_000_000n * day, 20_000_000n * day),
  number: fc.bigInt(-(2n ** 63n) + 1n, 2n ** 63n - 1n),
  small: fc.integer(),
  double: fc.double(),
  float: fc.float(),
  decimal: fc
    .tuple(fc.bigInt(-(10n ** 40n), 10n ** 40n), fc.integer({ min: 0, max: 30 }))
    .map(([digits, scale]) => `${digits}e-${scale}`),
  text,
  texts: fc.array(text, { minLength: 1, maxLength: 5 }),
  id: fc.uuid(),
  ids: fc.array(fc.uuid(), { maxLength: 5 }),
  bytes: fc.uint8Array({ maxLength: 200 }),
  json: fc.json().map((value) => value.replaceAll(String.raw`\u0000`, '')),
  truth: fc.option(fc.boolean()),
  date: fc.option(fc.date({ min: new Date('1800-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })),
});

test('any value reads and is written as before', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      const { expected, found } = await readBoth(
        `select timestamptz '2000-01-01' + $1::text::bigint * interval '1 microsecond' as at, $2::bigint as number,
          $3::int4 as small, $4::float8 as double, $5::float4 as float, $6::numeric as decimal, $7::text as text,
          $8::text[] as texts, $9::uuid as id, $10::uuid[] as ids, $11::bytea as bytes, $12::text::json as json,
          $13::bool as truth, $14::timestamptz as date, array[$2::bigint] as numbers, array[$4::float8] as doubles`,
        [
          String(value.at),
          String(value.number),
          value.small,
          value.double,
          value.float,
          value.decimal,
          value.text,
          value.texts,
          value.id,
          value.ids,
          value.bytes,
          value.json,
          value.truth,
          value.date,
        ],
      );
      expect(found).toStrictEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test.each([
  [
    'dates for other types of time',
    'select $1::date as day, $2 as at, $3::timestamp as plain',
    Array.from({ length: 3 }, () => new Date('2026-01-31T12:00:00.5Z')),
  ],
  [
    'values whose type nothing else says',
    'select $1 as a, $2 as b, $3 as c, $4 as d',
    [true, 12n, 'x', Buffer.from('é')],
  ],
  [
    'ids in capitals and none at all',
    'select $1::uuid[] as a, $2::uuid[] as b, $3::uuid[] as c',
    [['01A203AE-C79F-7EBC-A315-54111EC6436D'], [], null],
  ],
  [
    'ids in another form',
    'select $1::uuid[] as a',
    [['{01a203aec79f7ebca31554111ec6436d}', '01a203aec79f7ebca31554111ec6436d']],
  ],
  ['ids as the text of an array', 'select $1::uuid[] as a', ['{01a203ae-c79f-7ebc-a315-54111ec6436d}']],
  [
    'json as text or as it is',
    'select $1::jsonb as a, $2::json as b, $3::jsonb as c',
    ['{"a":1}', { b: [2] }, [1]],
  ],
  [
    'arrays',
    'select $1::text[] as a, $2::int[] as b, $3::numeric[] as c, $4::text[] as d',
    [['x"', '\\', 'é'], [1, 2], ['1.50'], [['a'], ['b']]],
  ],
  [
    'numbers as text and texts as numbers',
    'select $1::int as a, $2::text as b, $3::numeric as c',
    ['7', 7, 1.5],
  ],
])('%s are written as before', async (_what, text, parameters) => {
  const { expected, found } = await readBoth(text, parameters);

  expect(found).toStrictEqual(expected);
});

test.each([
  ['no id', 'select $1::uuid[] as a', [['nonsense']]],
  ['no id of the right length', 'select $1::uuid[] as a', [['01a203ae-c79f-7ebc-a315-54111ec6436g']]],
  [
    'no id with a character beyond a byte',
    'select $1::uuid[] as a',
    [['01a203ae-c79f-7ebc-a315-54111ec6436İ']],
  ],
  ['no number', 'select $1::int as a', ['x']],
  ['a division by zero', 'select 1 / $1::int as a', [0]],
  ['no table', 'select * from nowhere where a = $1', ['x']],
  ['no sentence', 'select from where $1', ['x']],
  ['no instant', 'select $1::timestamptz as a', ['nonsense']],
])('%s is refused with the same error as before', async (_what, text, parameters) => {
  const { expected, found } = await refuseBoth(text, parameters);

  expect(found).toEqual(expected);
});

test('ids that differ in one place are told apart', async () => {
  const { expected, found } = await readBoth(
    `select overlay(repeat('0', 32) placing lpad(to_hex(n), 8, '0') from 8 * word + 1 for 8)::uuid as id
    from generate_series(0, 3) word, generate_series(1, 3000) n`,
  );

  expect(found).toEqual(expected);
});

test('one text may be asked with values of several types', async () => {
  const values = ['x', new Date('2026-01-31T12:00:00Z'), true, null, 12n];

  const answers = await Promise.all(values.map((value) => readBoth('select $1 as value', [value])));

  expect(answers.map(({ found }) => found)).toStrictEqual(answers.map(({ expected }) => expected));
});

// The embedded database takes the one for null, and the other in its own way.
describe.skipIf(process.env['TEST_ENGINE'] !== 'postgres')('on a server', () => {
  test.each([
    ['a value that is not there', [undefined]],
    ['more values than there can be', Array.from({ length: 65_536 }, () => 1)],
  ])('%s is refused with the same error as before', async (_what, parameters) => {
    const { expected, found } = await refuseBoth('select $1::int as a', parameters);

    expect(found).toEqual(expected);
  });

  test('what writes is refused, since an error of its neighbour would undo it', async () => {
    await expect(db.queryBatched('delete from installation where key = $1', ['none'])).rejects.toMatchObject({
      code: '25006',
    });
  });

  test('each batched query is observed once', async () => {
    app.resetStatements();

    await Promise.all([
      db.queryBatched('select 1 as a'),
      db.queryBatched('select 1 as a'),
      db.queryBatched('select $1::int', [2]),
    ]);

    expect(app.statements).toEqual(['select 1 as a', 'select 1 as a', 'select $1::int']);
  });
});
