/** Values that a hostile or careless caller may send, by scalar, and what a field needs to get as far as one of them. */
import {
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

/** A place in the arguments of a field that takes a scalar. */
export interface ScalarPlace {
  /** Such as `input.orders.0.lines.0.sku`. */
  readonly path: string;
  readonly scalar: string;
  /** The whole argument with this value in its place. */
  readonly build: (value: unknown) => unknown;
}

const MAX_DEPTH = 5;

/** Base values that are good, by the name of the input field or by that of the scalar. */
export type GoodValues = Readonly<Record<string, unknown>>;

export function scalarPlaces(
  type: GraphQLInputType,
  path: string,
  good: GoodValues,
  depth: number = 0,
): ScalarPlace[] {
  if (isNonNullType(type)) return scalarPlaces(type.ofType, path, good, depth);
  if (isListType(type)) {
    return scalarPlaces(type.ofType, `${path}.0`, good, depth).map((place) => ({
      ...place,
      build: (value) => [place.build(value)],
    }));
  }
  if (!isInputObjectType(type)) return [{ path, scalar: type.name, build: (value) => value }];
  if (depth === MAX_DEPTH) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    scalarPlaces(field.type, `${path}.${field.name}`, good, depth + 1).map((place) => ({
      ...place,
      build: (value: unknown) => ({
        ...(type.isOneOf ? {} : goodFields(Object.values(type.getFields()), type.name, good)),
        [field.name]: place.build(value),
      }),
    })),
  );
}

/** A value that the type takes; undefined where it may be left out. */
export function goodValue(type: GraphQLInputType, names: readonly string[], good: GoodValues): unknown {
  if (!isNonNullType(type)) return undefined;
  const inner = type.ofType;
  if (isListType(inner)) return [goodOf(inner.ofType, names, good)];
  return goodOf(inner, names, good);
}

function goodOf(type: GraphQLInputType, names: readonly string[], good: GoodValues): unknown {
  const bare = isNonNullType(type) ? type.ofType : type;
  for (const name of names) if (name in good) return good[name];
  if (isListType(bare)) return [goodOf(bare.ofType, names, good)];
  if (isEnumType(bare)) return bare.getValues()[0]!.name;
  if (isInputObjectType(bare)) {
    const fields = Object.values(bare.getFields());
    if (!bare.isOneOf) return goodFields(fields, bare.name, good);
    const first = fields[0]!;
    return { [first.name]: goodOf(first.type, [`${bare.name}.${first.name}`, first.name], good) };
  }
  return good[bare.name];
}

function goodFields(fields: readonly GraphQLInputField[], typeName: string, good: GoodValues): object {
  const values = fields
    .filter(({ type }) => isNonNullType(type))
    .map(({ name, type }) => [name, goodValue(type, [`${typeName}.${name}`, name], good)]);
  return Object.fromEntries(values) as object;
}

const HALVES = ['\ud83d', 'a\udc00b', 'key\ud800'];
const BAD_INSTANTS = [
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '9999-12-31T23:59:59Z',
  '10000-01-01T00:00:00Z',
  '1899-12-31T00:00:00Z',
  '2099-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-31T12:00:00',
  '2026-01-31',
  'now',
  'infinity',
  1_800_000_000_000,
];

const texts = [
  ...HALVES,
  '',
  ' \u00a0\u200b ',
  '\u0001',
  '\u007f',
  'a\0b',
  '\u202e\ufeff',
  `'); drop table customers; --`,
  '%_\\',
  '$1',
  '🎁'.repeat(300),
  'x'.repeat(5000),
  'NaN',
  '9'.repeat(400),
  `EVERYONE AND country = '\ud83d'`,
  `country = '\u0001'`,
  `country = 'x' AND number_of_orders > ${'9'.repeat(400)}`,
  'last_order_date >= 9999-12-31T00:00:00Z',
  'last_order_date >= -99999999999999d',
  '{"a":',
];

const NODE_TYPES = [
  'Campaign',
  'Cluster',
  'ClusterSet',
  'Customer',
  'CustomerList',
  'Event',
  'LookAlike',
  'Order',
  'Product',
  'Segment',
  'Query',
  'Money',
  '__Schema',
  'constructor',
];
const UUID = '01890000-0000-7000-8000-000000000000';
const global = (text: string) => Buffer.from(text).toString('base64');

export const madeUpIds: readonly string[] = [
  '',
  'x',
  '\ud83d',
  'a\0b',
  'x'.repeat(5000),
  UUID.toUpperCase(),
  ...NODE_TYPES.flatMap((type) => [
    global(`${type}:${UUID}`),
    global(`${type}:${UUID}:${UUID}`),
    global(`${type}:x`),
    global(`${type}:`),
  ]),
];

export const hostileValues: Readonly<Record<string, readonly unknown[]>> = {
  String: [...texts, 5, true, {}, []],
  // The first three types stand for all: `nodes` is asked for each of them apart.
  ID: madeUpIds.slice(0, 18),
  Int: [2_147_483_647, -2_147_483_648, 0, -1, 101, 1e300, 1.5, '1', '\ud83d'],
  Float: [1e308, -1e308, 5e-324, 0, -1, 2, '1', Number.POSITIVE_INFINITY],
  Boolean: ['true', 1, '\ud83d'],
  DateTime: [...BAD_INSTANTS, ...HALVES],
  Date: ['0000-01-01', '2026-02-30', '9999-12-31', '0001-01-01', '275760-09-13', '\ud83d', '2026-1-1'],
  Decimal: ['99999999999999.9999', '-1', '-99999999999999', '1e400', 'NaN', '', '0', 1e21, 1e-9, '\ud83d'],
  JSON: [
    { a: '\ud83d' },
    { 'key\udc00': 1 },
    { a: 'b\0' },
    { '\u0001': 1 },
    { a: [{ b: '\udfff' }] },
    { a: Number.POSITIVE_INFINITY },
    { a: 1e308 },
    JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toString": null}'),
    JSON.parse(`${'{"a":'.repeat(25)}1${'}'.repeat(25)}`),
    { a: 'x'.repeat(60_000), b: 'x'.repeat(60_000) },
    {},
    [],
    [1],
    'text',
    '\ud83d',
    7,
    true,
  ],
};

/** What may stand in a cursor in place of any of its values. */
export const cursorValues: readonly unknown[] = [
  null,
  true,
  {},
  [],
  0,
  -1,
  1e308,
  '',
  'x',
  '\ud83d',
  'a\0b',
  UUID,
  'NaN',
  '99999999999999999999',
  ...BAD_INSTANTS,
  '2026-01-31 12:00:00+00',
];
