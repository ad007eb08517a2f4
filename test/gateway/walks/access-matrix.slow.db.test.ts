import { type Scope, scopes } from '#platform/auth/viewer.ts';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  type GraphQLObjectType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessTable } from '../../../src/main/access-table.ts';
import { schema } from '../../../src/main/schema.ts';
import {
  callOf,
  documentOf,
  mutation,
  objects,
  type Path,
  query,
  shortestPaths,
  type Step,
  typesBehind,
} from '../../support/schema-paths.ts';
import { post, startTestServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

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
              ? `${callOf({ owner: type, field })} { __typename }`
              : callOf({ owner: type, field });
        yield {
          label: `${type.name}.${field?.name ?? '__typename'} by ${way}`,
          document: documentOf(path, type.name, selection),
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
          document: documentOf(path, type.name, field?.name ?? '__typename'),
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
    .filter((type) => type !== query && type !== mutation && type !== schema.getSubscriptionType())
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
