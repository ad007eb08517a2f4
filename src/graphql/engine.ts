/** Answers a GraphQL request from its parameters: the one path that every transport takes. Knows no transport. */
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';

import { isStatementTimeout } from '#platform/database/statement-timeout.ts';
import { outageErrorOf } from '#platform/outage-error.ts';
import { DomainError } from '#platform/errors.ts';
import type { Engine, EngineResult, GraphqlParameters, MaybePromise } from '#platform/graphql-engine.ts';
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

import { missingScopes } from './access.ts';
import type { Variables } from './complexity.ts';
import { createDocuments, nulError, type PreparedDocument, type PreparedOperation } from './documents.ts';
import { watchForEndOfRequest } from './ended-requests.ts';
import { createExecutor } from './executor.ts';
import type { DocumentLimits } from './limits.ts';
import { requestError } from './request-error.ts';

/** Longest text in a variable, in UTF-16 units: far above any name, rule or content of ours. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_VARIABLE_DEPTH = 32;
const MAX_MESSAGE_LENGTH = 1_000;

export function createEngine(schema: GraphQLSchema, limits: DocumentLimits): Engine {
  const prepare = createDocuments(schema, limits);
  watchForEndOfRequest(schema);
  const execute = createExecutor(schema);

  function answer(parameters: GraphqlParameters, context: RequestContext): MaybePromise<EngineResult> {
    const { variables } = parameters;
    const prepared = prepare(parameters.query);
    if (prepared.errors !== null) return { errors: prepared.errors };
    const operation = selectOperation(prepared, parameters.operationName);
    if (operation instanceof GraphQLError) return { errors: [operation] };
    const refused = checkRequest(operation, parameters, context, limits);
    if (refused !== null) return { errors: refused };
    const result = inTime(context, () => execute(operation, variables, context));
    if (result instanceof Promise) return result.then((settled) => finish(settled, context));
    return finish(result, context);
  }

  // Reading a large request, and a document for the first time, may each take a slice of its own.
  return (parameters, context) => inTime(context, () => answer(parameters, context));
}

/** Now, or in a later turn where the slice of this one is spent. */
function inTime<T>(context: RequestContext, step: () => MaybePromise<T>): MaybePromise<T> {
  return isSliceSpent() ? nextTurn(context.signal).then(step) : step();
}

function selectOperation(
  prepared: Extract<PreparedDocument, { errors: null }>,
  name: string | null,
): PreparedOperation | GraphQLError {
  const { operations } = prepared;
  if (name === null && operations.size === 1) return operations.values().next().value!;
  const operation = name === null ? undefined : operations.get(name);
  if (operation !== undefined) return operation;
  const message =
    name === null
      ? 'The document has several operations, or none; name one in `operationName`.'
      : `The document has no operation named ${JSON.stringify(name)}.`;
  return requestError(message, { code: 'OPERATION_RESOLUTION_FAILURE', status: 400, isSpecified: true });
}

function checkRequest(
  operation: PreparedOperation,
  { variables, isReadOnly }: GraphqlParameters,
  context: RequestContext,
  limits: DocumentLimits,
): readonly GraphQLError[] | null {
  if (isReadOnly && operation.definition.operation === OperationTypeNode.MUTATION) {
    const options = { code: 'BAD_REQUEST', status: 405, nodes: [operation.definition] };
    return [requestError('A mutation must be sent by POST.', options)];
  }
  const missing = missingScopes(operation.requiredScopes, context.viewer);
  if (missing.length > 0) return missing;
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

/** Refuses text that Postgres cannot hold or nobody means, wherever it stands in the variables. */
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
  // Nothing ran: the variables do not fit what the operation declares.
  if (result.data === undefined) return { errors: result.errors.map(variableError) };
  return { ...result, errors: result.errors.map((error) => maskError(error, context)) };
}

/** Those of a request that was cancelled are dropped: nobody saw its answer. */
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

/** What a caller can fix keeps its words; a bug is logged once and answered with the request's id alone. */
function maskError(error: GraphQLError, context: RequestContext): GraphQLError {
  // Without a cause it is a null where the schema allows none: a bug of a resolver.
  const cause = error.originalError ?? error;
  const place = { locations: error.locations, path: error.path };
  if (cause !== error && cause instanceof GraphQLError) {
    return cause.extensions['code'] === undefined
      ? new PlacedError(error.message, place, { ...cause.extensions, code: 'BAD_USER_INPUT' })
      : error;
  }
  if (cause instanceof DomainError) {
    return new PlacedError(cause.message, place, { code: 'BAD_USER_INPUT' });
  }
  if (context.signal.aborted) {
    return new PlacedError('The request was cancelled.', place, { code: 'CANCELLED' });
  }
  if (isStatementTimeout(cause)) {
    const { statementTimeoutMs } = context.app.config;
    const message = `A statement of the database took longer than ${statementTimeoutMs} ms (STATEMENT_TIMEOUT_MS) and was stopped. Ask for less at a time.`;
    return new PlacedError(message, place, { code: 'TIMEOUT' });
  }
  const outage = outageErrorOf(cause);
  if (outage !== null) {
    context.app.log.warn({ requestId: context.requestId, error: cause }, 'the database did not answer');
    return new PlacedError(outage.message, place, outage.extensions);
  }
  context.app.log.error(
    { requestId: context.requestId, path: error.path?.join('.'), error: cause },
    'a resolver failed',
  );
  const { requestId } = context;
  return new PlacedError('Unexpected error.', place, { code: 'INTERNAL_SERVER_ERROR', requestId });
}

/** Keeps the places of the error it replaces: graphql-js would compute them from nodes that compiled code drops. */
class PlacedError extends GraphQLError {
  constructor(
    message: string,
    place: Pick<GraphQLError, 'locations' | 'path'>,
    extensions: Record<string, unknown>,
  ) {
    super(message, { path: place.path ?? null, extensions });
    if (place.locations)
      Object.defineProperty(this, 'locations', { value: place.locations, enumerable: true });
  }
}
