import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { expect, test } from 'vitest';

import { guardSchema } from '#graphql/access.ts';

import { accessTable } from '../../src/main/access-table.ts';
import { schema } from '../../src/main/schema.ts';

import { faultsOf } from '../words/plain-words.ts';

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);
const composites = types.filter((type) => isObjectType(type) || isInterfaceType(type));

interface Place {
  readonly path: string;
  readonly description: string | null | undefined;
}

function* describedPlaces(): Generator<Place> {
  for (const type of types) {
    yield { path: type.name, description: type.description };
    if (isEnumType(type)) {
      for (const value of type.getValues()) yield { path: `${type.name}.${value.name}`, ...value };
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        yield { path: `${type.name}.${field.name}`, ...field };
    }
  }
  for (const [path, field] of fields()) {
    yield { path, description: field.description };
    for (const argument of field.args) yield { path: `${path}(${argument.name}:)`, ...argument };
  }
}

function* fields(): Generator<[string, GraphQLField<unknown, unknown>]> {
  for (const type of composites) {
    for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field];
  }
}

function* inputs(): Generator<[string, GraphQLArgument | GraphQLInputField]> {
  for (const [path, field] of fields()) {
    for (const argument of field.args) yield [`${path}(${argument.name}:)`, argument];
  }
  for (const type of types) {
    if (!isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field];
  }
}

test('equals schema.graphql; `npm run -s c360 -- schema print > schema.graphql` writes it anew', async () => {
  const sdl = `${printSchema(lexicographicSortSchema(schema))}\n`;

  await expect(sdl).toMatchFileSnapshot('../../schema.graphql');
});

test('describes every type, field, argument, input field and enum value', () => {
  const bare = [...describedPlaces()]
    .filter(({ description }) => !description?.trim())
    .map(({ path }) => path);

  expect(bare).toEqual([]);
});

test('is described in plain words', () => {
  const faults = [...describedPlaces()].flatMap(({ path, description }) =>
    faultsOf(description?.replaceAll(/`[^`]*`/g, '') ?? '').map((fault) => `${path}: ${fault}`),
  );

  expect(faults).toEqual([]);
});

test('is decided by the access table whole: a missing, doubled or unknown name keeps the gateway from starting', () => {
  const guard = (change: (types: Record<string, readonly string[]>) => void) => () => {
    const types = { ...accessTable.types } as Record<string, readonly string[]>;
    change(types);
    guardSchema(schema, { ...accessTable, types });
  };

  expect(guard(() => {})).not.toThrow();
  expect(guard((types) => (types['open'] = types['open']!.slice(1)))).toThrow('types: Viewer missing');
  expect(guard((types) => (types['admin'] = ['Viewer']))).toThrow('types: Viewer stands in it twice');
  expect(guard((types) => (types['admin'] = ['Ghost']))).toThrow('types: the schema has no Ghost');
  expect(() => guardSchema(schema, { ...accessTable, mutations: {} })).toThrow('trackEvents');
  expect(() => guardSchema(schema, { ...accessTable, masked: { Customer: ['ghost'] } })).toThrow('ghost');
});

test('names types in PascalCase, fields and arguments in camelCase, enum values in CAPITALS', () => {
  const wrong = [
    ...types.map(({ name }) => name).filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name)),
    ...[...fields()].filter(([, { name }]) => !/^[a-z][A-Za-z0-9]*$/.test(name)).map(([path]) => path),
    ...[...inputs()].filter(([, { name }]) => !/^[a-z][A-Za-z0-9]*$/.test(name)).map(([path]) => path),
    ...types
      .filter((type) => isEnumType(type))
      .flatMap((type) => type.getValues().map(({ name }) => name))
      .filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name)),
  ];

  expect(wrong).toEqual([]);
});

test('never begins a field with get', () => {
  expect([...fields()].filter(([, { name }]) => /^get[A-Z]/.test(name)).map(([path]) => path)).toEqual([]);
});

test('ends instants in At, ends of a span in From and To, and days in On', () => {
  const wrong = [...fields(), ...inputs()]
    .filter(([, { type, name }]) => {
      const { name: typeName } = getNamedType(type);
      return (
        (typeName === 'DateTime' && !/(At|From|To|^updatedSince|^at|^from|^to)$/.test(name)) ||
        (typeName === 'Date' && !/(On|^on)$/.test(name))
      );
    })
    .map(([path]) => path);

  expect(wrong).toEqual([]);
});

test('pages connections in both directions, with nodes beside edges and a total', () => {
  const wrong: string[] = [];
  for (const [path, field] of fields()) {
    const type = getNamedType(field.type);
    if (!type.name.endsWith('Connection') || !isObjectType(type)) continue;
    const paging = new Set(field.args.map(({ name }) => name));
    if (['first', 'after', 'last', 'before'].some((name) => !paging.has(name))) wrong.push(path);
    if (['edges', 'nodes', 'pageInfo', 'totalCount'].some((name) => !(name in type.getFields()))) {
      wrong.push(type.name);
    }
  }

  expect(wrong).toEqual([]);
});

test('gives a mutation one input, and answers a union of its payload and errors', () => {
  const wrong = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ name, args, type }) => {
      const result = getNamedType(type).name;
      const expected = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      return args.length !== 1 || args[0]?.name !== 'input' || result !== `${expected}Result`;
    })
    .map(({ name }) => name);

  expect(wrong).toEqual([]);
});

test('keeps lists and their items free of nulls, save for nodes asked by id', () => {
  const wrong = [...fields()]
    .filter(([, { type }]) => {
      const list = isNonNullType(type) ? type.ofType : type;
      return isListType(list) && !isNonNullType(list.ofType);
    })
    .map(([path]) => path);

  expect(wrong).toEqual(['Query.nodes']);
});

test('answers scalars of its own or of the specification', () => {
  const scalars = types.filter((type) => isScalarType(type)).map(({ name }) => name);

  expect(scalars.toSorted()).toEqual(['Date', 'DateTime', 'Decimal', 'JSON']);
});
