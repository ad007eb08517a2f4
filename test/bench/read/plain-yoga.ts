/**
 * The bar for the engine: the same schema, resolvers, loaders and database behind graphql-yoga as its documentation sets
 * it up, executed by graphql-js or, with EXECUTOR=graphql-jit, by what that compiles. Knows no access, cost or pacing.
 */
import { createServer } from 'node:http';

import { GatewayRequest } from '#platform/http/gateway-request.ts';
import { readConfig } from '#platform/config.ts';
import type { RequestContext } from '#platform/request.ts';
import type { DocumentNode, ExecutionArgs } from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { createYoga, type Plugin } from 'graphql-yoga';

import { openApp } from '../../../src/main/open-app.ts';
import { schema } from '../../../src/main/schema.ts';

const app = await openApp(readConfig(process.env), 'serve');
const viewer = {
  id: 'key:bench',
  name: 'bench',
  kind: 'key' as const,
  scopes: new Set(['customers:read'] as const),
};

/** Documents are the same objects as long as Yoga's cache of parsed texts holds them. */
const compiled = new WeakMap<DocumentNode, CompiledQuery>();

function compile({ document, operationName }: ExecutionArgs): CompiledQuery {
  let query = compiled.get(document);
  if (query === undefined) {
    const result = compileQuery(schema, document, operationName ?? undefined);
    if (!isCompiledQuery(result)) throw new Error(`not compiled: ${JSON.stringify(result.errors)}`);
    query = result;
    compiled.set(document, query);
  }
  return query;
}

const useJit: Plugin = {
  onExecute({ setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs) =>
      compile(args).query(args.rootValue, args.contextValue, args.variableValues),
    );
  },
};

/** Yoga copies the properties of a context, so it is an object of its own and not one with getters. */
function createContext(): RequestContext {
  const {
    app: own,
    db,
    requestId,
    requestCache,
    effects,
    now,
    signal,
  } = new GatewayRequest(app, viewer, 'bench');
  return { app: own, db, viewer, requestId, requestCache, effects, now, signal };
}

const yoga = createYoga<object, RequestContext>({
  schema,
  context: createContext,
  logging: false,
  graphiql: false,
  landingPage: false,
  plugins: process.env['EXECUTOR'] === 'graphql-jit' ? [useJit] : [],
});
createServer((request, response) => void yoga(request, response)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
);
