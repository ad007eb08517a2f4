import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { schema } from '../../src/main/schema.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { execute, query, textLike } from '../support/query.ts';

let app: TestApp;

beforeAll(async () => {
  app = await openTestApp();
  app.setNow(new Date('2026-05-01T12:00:00Z'));
  const { errors } = await execute(
    app,
    `mutation { upsertCustomer(input: { identities: [{ kind: EXTERNAL, source: "crm", value: "1" }], name: "Ada Lovelace",
      email: "ada@example.com", phone: "+442079460018", address: "1 St James's Square", country: "GB",
      language: "en-GB", attributes: { tier: "gold" } }) { __typename } }`,
  );
  if (errors) throw new Error(errors.join('\n'));
});
afterAll(() => app.close());

const fields = Object.values((schema.getType('Customer') as GraphQLObjectType).getFields())
  .filter(({ args }) => !args.some(isRequiredArgument))
  .map((field) => [field.name, select(field)] as const);

function select({ name, type }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return name;
  const leaves = Object.values((named as GraphQLObjectType).getFields())
    .filter((field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument))
    .map((field) => field.name);
  return `${name} { __typename ${leaves.join(' ')} }`;
}

async function ask(selection: string): Promise<Record<string, unknown>> {
  const data = await query(
    app,
    textLike<'{ customers { nodes { id } } }'>(`{ customers(first: 1) { nodes { ${selection} } } }`),
  );
  return data.customers!.nodes[0] as unknown as Record<string, unknown>;
}

test.each(fields)('%s is the same alone and beside every other field', async (name, selection) => {
  const whole = await ask(`id country ${fields.map(([, one]) => one).join(' ')}`);

  expect(await ask(selection)).toEqual({ [name]: whole[name] });
});

test('a page reads the columns that its fields take and no others', async () => {
  app.resetStatements();
  await ask('id country');
  const [statement] = app.statements;

  expect(statement).toContain('country');
  expect(statement).not.toMatch(/language|attributes|last_seen_at|customer_profiles/);
});
