/** The steps of a GraphQL request, for every transport: parse, validate, execute. */
import {
  createSourceEventStream,
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { mapAsyncIterator } from 'graphql-yoga';

import type { Viewer } from '#platform/auth/viewer.ts';
import { isStatementTimeout } from '#platform/database/statement-timeout.ts';
import { outageErrorOf } from '#platform/outage-error.ts';
import { DomainError, InvalidInputError } from '#platform/errors.ts';
import type {
  Engine,
  EngineResult,
  GraphqlParameters,
  MaybePromise,
  OperationParameters,
} from '#platform/graphql-engine.ts';
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

import { missingScopes } from './access.ts';
import type { Variables } from './complexity.ts';
import { createDocuments, nulError, type PreparedOperation } from './documents.ts';
import { watchMutations } from './mutation-fields.ts';
import { createExecutor } from './executor.ts';
import type { DocumentLimits } from './limits.ts';
import { requestError } from './request-error.ts';

/** Longest text in a variable, in UTF-16 units: far above any name, rule or content. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_VARIABLE_DEPTH = 32;
const MAX_MESSAGE_LENGTH = 1_000;

export function createEngine(schema: GraphQLSchema, limits: DocumentLimits): Engine {
  const documents = createDocuments(schema, limits);
  watchMutations(schema);
  const run = createExecutor(schema);

  function parseFor(text: string, operationName: string | null): DocumentNode {
    const document = documents.parse(text);
    if (!getOperationAST(document, operationName)) throw noOperationError(operationName);
    return document;
  }

  function validate(
    document: DocumentNode,
    operationName: string | null,
    viewer: Viewer,
  ): readonly GraphQLError[] {
    const { errors } = documents.prepare(document);
    return errors.length > 0
      ? errors
      : missingScopes(operationOf(document, operationName).requiredScopes, viewer);
  }

  /** Of a valid document. */
  function operationOf(document: DocumentNode, name: string | null): PreparedOperation {
    const { operations } = documents.prepare(document);
    return name === null ? operations.values().next().value! : operations.get(name)!;
  }

  function execute(
    document: DocumentNode,
    { variables, operationName }: OperationParameters,
    context: RequestContext,
  ): MaybePromise<EngineResult> {
    const operation = operationOf(document, operationName);
    const refused = checkRequest(operation, variables, limits);
    if (refused !== null) return { errors: refused };
    const result = inTime(context, () => run(operation, variables, context));
    if (result instanceof Promise) return result.then((settled) => finish(settled, context));
    return finish(result, context);
  }

  async function subscribe(
    document: DocumentNode,
    { variables, operationName }: OperationParameters,
    context: RequestContext,
    contextOfEvent: () => RequestContext,
  ): Promise<EngineResult | AsyncIterable<EngineResult>> {
    const operation = operationOf(document, operationName);
    const refused = checkRequest(operation, variables, limits);
    if (refused !== null) return { errors: refused };
    const events = await createSourceEventStream({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context,
    });
    if (!(Symbol.asyncIterator in events)) return finish(events, context);
    return mapAsyncIterator(events[Symbol.asyncIterator](), async (event) => {
      const own = contextOfEvent();
      return finish(await run(operation, variables, own, event), own);
    });
  }

  function answer(
    { query, variables, operationName }: GraphqlParameters,
    context: RequestContext,
  ): MaybePromise<EngineResult> {
    let document: DocumentNode;
    try {
      document = parseFor(query, operationName);
    } catch (error) {
      return { errors: [error as GraphQLError] };
    }
    const errors = validate(document, operationName, context.viewer);
    return errors.length > 0 ? { errors } : execute(document, { variables, operationName }, context);
  }

  return { schema, parse: parseFor, validate, execute, subscribe, answer };
}

/** At once, or in a later turn if the slice of this one is spent. */
function inTime<T>(context: RequestContext, step: () => MaybePromise<T>): MaybePromise<T> {
  return isSliceSpent() ? nextTurn(context.signal).then(step) : step();
}

function noOperationError(name: string | null): GraphQLError {
  const message =
    name === null
      ? 'The document has several operations, or none; name one in `operationName`.'
      : `The document has no operation named ${JSON.stringify(name)}.`;
  return requestError(message, { code: 'OPERATION_RESOLUTION_FAILURE', status: 400, isSpecified: true });
}

function checkRequest(
  operation: PreparedOperation,
  variables: Variables,
  limits: DocumentLimits,
): readonly GraphQLError[] | null {
  const wrongText = checkTexts(variables);
  if (wrongText !== null) return [wrongText];
  try {
    const cost = operation.costOf(variables);
    if (cost <= limits.complexity) return null;
    const message = `The operation may cost ${cost}; at most ${limits.complexity} is allowed. Ask for smaller pages or fewer fields at a time.`;
    const extensions = { cost, limit: limits.complexity };
    return [requestError(message, { code: 'QUERY_TOO_COMPLEX', status: 400, isSpecified: true, extensions })];
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** Refuses text that Postgres cannot store or that is too long, anywhere in the variables. */
function checkTexts(variables: Variables): GraphQLError | null {
  const wrong = findWrongText(variables);
  if (wrong === null) return null;
  if (wrong.problem === 'nested too deep') {
    const message = `\`variables\` are nested more than ${MAX_VARIABLE_DEPTH} levels deep.`;
    return requestError(message, { code: 'BAD_USER_INPUT', status: 400, isSpecified: true });
  }
  const path = `\`${['variables', ...wrong.path.toReversed()].join('.')}\``;
  if (wrong.problem === 'NUL') return nulError(path);
  const message = `${path} is longer than ${MAX_TEXT_LENGTH} characters, which is the limit.`;
  return requestError(message, { code: 'BAD_USER_INPUT', status: 400, isSpecified: true });
}

interface WrongText {
  /** Innermost key first. */
  readonly path: string[];
  readonly problem: 'too long' | 'NUL' | 'nested too deep';
}

function findWrongText(value: unknown, depth: number = 0): WrongText | null {
  if (typeof value === 'string') {
    if (value.length > MAX_TEXT_LENGTH) return { path: [], problem: 'too long' };
    return value.includes('\0') ? { path: [], problem: 'NUL' } : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_VARIABLE_DEPTH) return { path: [], problem: 'nested too deep' };
  for (const key in value) {
    const wrong = findWrongText((value as Record<string, unknown>)[key], depth + 1);
    if (wrong === null) continue;
    wrong.path.push(key);
    return wrong;
  }
  return null;
}

function finish(result: EngineResult, context: RequestContext): EngineResult {
  if (context.effects.size > 0) runEffects(context);
  if (result.errors === undefined) return result;
  // Without a path nothing ran: the variables do not match the declarations of the operation.
  const tell = (error: GraphQLError): GraphQLError =>
    error.path === undefined && result.data === undefined ? variableError(error) : maskError(error, context);
  return { ...result, errors: result.errors.map(tell) };
}

/** Effects of a cancelled request are dropped: its response was not sent. */
function runEffects({ app, effects, requestId, signal }: RequestContext): void {
  for (const [key, effect] of signal.aborted ? [] : effects) {
    try {
      effect();
    } catch (error) {
      app.log.error({ requestId, key, error }, 'an effect of an answered request failed');
    }
  }
  effects.clear();
}

function variableError(error: GraphQLError): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', http: { status: 400, spec: true } };
  // It quotes the value, which may be most of the request.
  const message =
    error.message.length > MAX_MESSAGE_LENGTH
      ? `${error.message.slice(0, MAX_MESSAGE_LENGTH)}…`
      : error.message;
  return new GraphQLError(message, { nodes: error.nodes ?? null, extensions });
}

/**
 * An error that the caller can fix keeps its message; a bug is logged once, and the response has only the request id.
 */
function maskError(error: GraphQLError, context: RequestContext): GraphQLError {
  // Without a cause it is a null for a non-null field: a bug of a resolver.
  const cause = error.originalError ?? error;
  const place = { nodes: error.nodes ?? null, path: error.path ?? null };
  if (cause !== error && cause instanceof GraphQLError) {
    return cause.extensions['code'] === undefined
      ? new GraphQLError(error.message, {
          ...place,
          extensions: { ...cause.extensions, code: 'BAD_USER_INPUT' },
        })
      : error;
  }
  if (cause instanceof DomainError) {
    const message = cause instanceof InvalidInputError ? `${cause.field}: ${cause.message}` : cause.message;
    return new GraphQLError(message, { ...place, extensions: { code: 'BAD_USER_INPUT' } });
  }
  if (context.signal.aborted) {
    return new GraphQLError('The request was cancelled.', { ...place, extensions: { code: 'CANCELLED' } });
  }
  if (isStatementTimeout(cause)) {
    const { statementTimeoutMs } = context.app.config;
    const message = `A statement of the database took longer than ${statementTimeoutMs} ms (STATEMENT_TIMEOUT_MS) and was stopped. Ask for less at a time.`;
    return new GraphQLError(message, { ...place, extensions: { code: 'TIMEOUT' } });
  }
  const outage = outageErrorOf(cause);
  if (outage !== null) {
    context.app.log.warn({ requestId: context.requestId, error: cause }, 'the database did not answer');
    return new GraphQLError(outage.message, { ...place, extensions: outage.extensions });
  }
  context.app.log.error(
    { requestId: context.requestId, path: error.path?.join('.'), error: cause },
    'a resolver failed',
  );
  const { requestId } = context;
  return new GraphQLError('Unexpected error.', {
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  });
}
