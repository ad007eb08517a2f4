import { InvalidInputError } from '#platform/errors.ts';
import { compilePlan } from '#tracking/plans/compile.ts';
import { expect, test } from 'vitest';

const PLAN = {
  type: 'object',
  properties: {
    title: { type: 'string', maxLength: 20 },
    price: { type: 'number', minimum: 0 },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['title'],
  additionalProperties: false,
};

test('says which property misses which expectation, and never its value', () => {
  const check = compilePlan(PLAN);

  expect(check({ title: 'Hats', price: 3, tags: ['a'] }).fault).toBeNull();
  expect(check({ title: 'Hats', price: -71 }).fault).toEqual({
    field: 'properties.price',
    message: 'must be >= 0',
  });
  expect(check({ title: 'Hats', tags: ['a', 7] }).fault).toEqual({
    field: 'properties.tags.1',
    message: 'must be string',
  });
  expect(check({ price: 3 }).fault).toEqual({
    field: 'properties',
    message: "must have required property 'title'",
  });
  expect(check({ title: 'Hats', secret: 'ada@example.com' }).fault).toEqual({
    field: 'properties.secret',
    message: 'must NOT have additional properties',
  });
});

test('strips what the plan does not allow, and nothing else', () => {
  const check = compilePlan(PLAN);

  expect(check({ title: 'Hats', price: -71, tags: [1], other: true, more: {} }).stripped).toEqual({
    title: 'Hats',
  });
  expect(check({ title: 'Hats', price: 3 }).stripped).toEqual({ title: 'Hats', price: 3 });
  // What is missing cannot be stripped.
  expect(check({ price: 3, other: 1 }).stripped).toEqual({ price: 3 });
  expect(
    compilePlan({ ...PLAN, properties: { 'a/b~c': { type: 'string' } } })({ 'a/b~c': 1 }).stripped,
  ).toEqual({});
});

test('checks a property of its own name alone', () => {
  const check = compilePlan({ type: 'object', properties: { x: { type: 'string' } } });

  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(
      check(JSON.parse(`{"${name}": 1, "x": 2}`) as Record<string, unknown> as never).fault,
    ).toMatchObject({
      field: 'properties.x',
    });
  }
});

test.each([
  ['of another type than it has', { type: 'objekt' }, 'expected a JSON Schema'],
  ['with a keyword that there is not', { type: 'object', propertys: {} }, 'expected a JSON Schema'],
  ['with an expression', { properties: { a: { type: 'string', pattern: '(a+)+$' } } }, '`pattern`'],
  ['with expressions as names', { patternProperties: { '^a': {} } }, '`patternProperties`'],
  ['that refers to another document', { $ref: 'https://example.com/plan.json' }, 'references within'],
  ['that refers to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, 'references within'],
  ['that refers to nothing', { $ref: '#/$defs/none' }, 'expected a JSON Schema'],
  ['that is too long', { description: 'x'.repeat(70_000) }, 'at most 65536 bytes'],
])('refuses a plan %s', (_, schema, message) => {
  expect(() => compilePlan(schema)).toThrow(message);
  expect(() => compilePlan(schema)).toThrow(InvalidInputError);
});

test('follows references within the plan, itself included', () => {
  const check = compilePlan({
    $defs: {
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false },
    },
    $ref: '#/$defs/node',
  });

  expect(check({ next: { next: {} } }).fault).toBeNull();
  expect(check({ next: { next: { other: 1 } } }).fault).toMatchObject({ field: 'properties.next.next' });
});
