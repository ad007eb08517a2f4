import { type Scope, scopes } from '#platform/auth/viewer.ts';
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessTable } from '../../src/access-table.ts';
import { schema } from '../../src/schema.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const query = schema.getQueryType()!;
const mutation = schema.getMutationType()!;
const objects = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
);

/** A field on the way, and the object type that has it. */
interface Step {
  readonly owner: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}
type Path = readonly Step[];

function typesBehind(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

/** The shortest way from the root to every object type, the last step one that is wanted. */
function shortestPaths(root: GraphQLObjectType, isWanted: (step: Step) => boolean): Map<string, Path> {
  const wanted = new Map<string, Path>();
  const seen = new Set([root.name]);
  let border: { readonly type: GraphQLObjectType; readonly path: Path }[] = [{ type: root, path: [] }];
  while (border.length > 0) {
    const next: typeof border = [];
    for (const { type, path } of border) {
      for (const field of Object.values(type.getFields())) {
        if (field.name === 'node' && type === query) continue;
        if (field.name === 'nodes' && type === query) continue;
        const step = { owner: type, field };
        for (const target of typesBehind(field)) {
          if (isWanted(step) && !wanted.has(target.name)) wanted.set(target.name, [...path, step]);
          if (seen.has(target.name)) continue;
          seen.add(target.name);
          next.push({ type: target, path: [...path, step] });
        }
      }
    }
    border = next;
  }
  return wanted;
}

const isPageStep = ({ owner }: Step) => owner.name.endsWith('Connection') || owner.name.endsWith('Edge');
const ways: Readonly<Record<string, ReadonlyMap<string, Path>>> = {
  query: shortestPaths(query, () => true),
  'query field': shortestPaths(query, ({ owner }) => owner === query),
  payload: shortestPaths(mutation, () => true),
  'connection of a query': shortestPaths(query, isPageStep),
  'connection in a payload': shortestPaths(mutation, isPageStep),
  node: nodePaths('node'),
  nodes: nodePaths('nodes'),
};

function nodePaths(name: 'node' | 'nodes'): Map<string, Path> {
  const step = { owner: query, field: query.getFields()[name]! };
  return new Map(typesBehind(step.field).map((type) => [type.name, [step]]));
}

function exampleOf(type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (isListType(inner)) return '[]';
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields());
    const needed = inner.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isRequiredInputField(field));
    return `{${needed.map(({ name, type: own }) => `${name}: ${exampleOf(own)}`).join(', ')}}`;
  }
  const examples: Readonly<Record<string, string>> = {
    Int: '1',
    Float: '1',
    Boolean: 'true',
    JSON: '{}',
    DateTime: '"2026-01-01T00:00:00Z"',
    Date: '"2026-01-01"',
    Decimal: '"1"',
    ID: '"018f0000-0000-7000-8000-000000000000"',
  };
  return examples[inner.name] ?? '"a"';
}

function callOf({ name, args }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${exampleOf(arg.type)}`);
  return given.length === 0 ? name : `${name}(${given.join(', ')})`;
}

/** A document that selects along the path; at its end the text. `as` is the interface to ask the last field of. */
function documentOf(path: Path, type: GraphQLObjectType, selection: string, as = type.name): string {
  const inner = path.reduceRight((below, step, index) => {
    const target = index === path.length - 1 ? as : path[index + 1]!.owner.name;
    return `${callOf(step.field)} { ... on ${target} { ${below} } }`;
  }, selection);
  return `${path[0]!.owner === mutation ? 'mutation' : 'query'} { ${inner} }`;
}

/** What a person reads in the table: which scopes let a caller have this field of this type. */
function scopesInTable(typeName: string, fieldName: string | null): readonly string[] | 'open' {
  const part = typeName === 'Query' ? 'queries' : typeName === 'Mutation' ? 'mutations' : 'types';
  const name = part === 'types' ? typeName : fieldName!;
  const [scope] = Object.entries(accessTable[part]).find(([, names]) => names.includes(name))!;
  if (scope === 'open') return 'open';
  const definition = part === 'types' ? accessTable.definitions[typeName] : undefined;
  const isDefinition = definition && (fieldName === null || definition.fields.includes(fieldName));
  return [scope, ...(isDefinition ? [definition.readableWith] : []), 'admin'];
}

function mayAsk(scope: Scope, path: Path, type: GraphQLObjectType, field: Step['field'] | null): boolean {
  const steps: Path = field === null ? path : [...path, { owner: type, field }];
  const decisions = steps.flatMap((step) => [
    scopesInTable(step.owner.name, step.field.name),
    ...typesBehind(step.field).map((target) => scopesInTable(target.name, null)),
  ]);
  return decisions.every((allowed) => allowed === 'open' || allowed.includes(scope));
}

interface Question {
  readonly label: string;
  readonly document: string;
  mayAsk(scope: Scope): boolean;
}

function* questions(): Generator<Question> {
  for (const type of objects) {
    if (type === query || type === mutation) continue;
    for (const [way, paths] of Object.entries(ways)) {
      const path = paths.get(type.name);
      if (path === undefined) continue;
      const fields = [...Object.values(type.getFields()), null];
      for (const field of fields) {
        const selection =
          field === null
            ? '__typename'
            : isCompositeType(getNamedType(field.type))
              ? `${callOf(field)} { __typename }`
              : callOf(field);
        yield {
          label: `${type.name}.${field?.name ?? '__typename'} by ${way}`,
          document: documentOf(path, type, selection),
          mayAsk: (scope) => mayAsk(scope, path, type, field),
        };
      }
    }
  }
}

/** Every field of every interface, of which all that may stand behind it must be allowed. */
function* interfaceQuestions(): Generator<Question> {
  for (const type of Object.values(schema.getTypeMap()).filter((one) => isInterfaceType(one))) {
    for (const field of [...Object.values(type.getFields()), null]) {
      for (const [way, paths] of Object.entries(ways)) {
        const path = schema
          .getPossibleTypes(type)
          .map(({ name }) => paths.get(name))
          .find((one) => one !== undefined);
        if (path === undefined || !isAbstractType(getNamedType(path.at(-1)!.field.type))) continue;
        const target = schema
          .getPossibleTypes(type)
          .filter((possible) => typesBehind(path.at(-1)!.field).includes(possible));
        yield {
          label: `${type.name}.${field?.name ?? '__typename'} by ${way}`,
          document: documentOf(path, target[0]!, field?.name ?? '__typename', type.name),
          mayAsk: (scope) => target.every((possible) => mayAsk(scope, path, possible, field)),
        };
      }
    }
  }
}

const all = [...questions(), ...interfaceQuestions()];
/** Some ways are the same for a type. */
const distinct = [...new Map(all.map((question) => [question.document, question])).values()];

test('reaches every type by a query, a payload or both, and those with an id by node and nodes', () => {
  const labels = new Set(all.map(({ label }) => label));
  const unreached = objects
    .filter((type) => type !== query && type !== mutation)
    .filter(({ name }) => !['query', 'payload'].some((way) => labels.has(`${name}.__typename by ${way}`)));

  expect(unreached.map(({ name }) => name)).toEqual([]);
  expect(labels).toContain('Customer.email by node');
  expect(labels).toContain('Customer.email by nodes');
  expect(labels).toContain('Customer.email by payload');
  expect(labels).toContain('Customer.email by connection in a payload');
  expect(labels).toContain('Node.id by node');
  expect(labels).toContain('Error.message by payload');
});

test.for(scopes.map((scope) => [scope] as const))(
  'answers a caller with %s alone just those fields that the table gives it, by whatever path',
  { timeout: 120_000 },
  async ([scope]) => {
    const key = await server.createKey([scope]);
    const wrong: string[] = [];
    const rest = [...distinct];
    const ask = async () => {
      for (let question = rest.pop(); question !== undefined; question = rest.pop()) {
        const reply = await post({ ...server, key }, { query: question.document });
        const isRefused = reply.status === 403;
        if (reply.status !== 200 && !isRefused) wrong.push(`${question.label}: ${reply.text}`);
        else if (isRefused === question.mayAsk(scope)) {
          wrong.push(`${question.label}: ${isRefused ? 'refused' : 'answered'}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, ask));

    expect(wrong).toEqual([]);
  },
);
