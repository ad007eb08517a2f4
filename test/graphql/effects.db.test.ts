import { createEngine } from '#graphql/engine.ts';
import { afterAnswer, type RequestContext } from '#platform/request.ts';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createContext, openTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const resolved: string[] = [];
const effects: string[] = [];

function note(name: string, context: RequestContext): string {
  resolved.push(name);
  afterAnswer(context, name, () => effects.push(name));
  return name;
}

const Query = new GraphQLObjectType<unknown, RequestContext>({
  name: 'Query',
  fields: {
    shown: { type: GraphQLString, resolve: (_, __, context) => note('shown', context) },
    failing: {
      type: GraphQLString,
      resolve: (_, __, context) => {
        if (effects.length > 0) throw new Error('an effect came before the answer');
        note('failing', context);
        throw new Error('failing');
      },
    },
  },
});

test('a query that bails out of its plan resolves twice, and has its effects once, after the answer', async () => {
  const engine = createEngine(new GraphQLSchema({ query: Query }), app.config.limits);
  const ask = () => {
    resolved.length = 0;
    effects.length = 0;
    const parameters = { query: '{ shown failing }', variables: {}, operationName: null };
    return engine.answer(parameters, createContext(app));
  };
  await ask();
  expect(resolved).toEqual(['shown', 'failing']);

  const answer = await ask();

  expect(answer.errors).toHaveLength(1);
  expect(resolved).toEqual(['shown', 'failing', 'shown', 'failing']);
  expect(effects).toEqual(['shown', 'failing']);
});
