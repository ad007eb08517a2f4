/** Prepares documents, once per text: parses, checks limits, validates. Runs nothing. */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
  visit,
} from 'graphql';

import { collectScopes, type RequiredScopes } from './access.ts';
import { compileCost, type CostOf } from './complexity.ts';
import { createIntrospectionLimit } from './introspection.ts';
import { LruCache } from './lru-cache.ts';
import { checkLimits, type DocumentLimits } from './limits.ts';
import { requestError } from './request-error.ts';

export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly name: string | null;
  readonly requiredScopes: RequiredScopes;
  readonly costOf: CostOf;
}

/** A prepared document: operations by name, or the errors that prevent a run. */
export interface PreparedDocument {
  readonly errors: readonly GraphQLError[];
  /** Empty where there are errors. */
  readonly operations: ReadonlyMap<string | null, PreparedOperation>;
}

export interface Documents {
  /** @throws {GraphQLError} not GraphQL, or too long. */
  parse(text: string): DocumentNode;
  prepare(document: DocumentNode): PreparedDocument;
}

const CACHED_DOCUMENTS = 1_000;
const MAX_VALIDATION_ERRORS = 20;

export function createDocuments(schema: GraphQLSchema, limits: DocumentLimits): Documents {
  const checkIntrospection = createIntrospectionLimit(schema);
  const parsed = new LruCache<string, DocumentNode | GraphQLError>(CACHED_DOCUMENTS);
  const preparedBy = new WeakMap<DocumentNode, PreparedDocument>();
  return {
    parse(text) {
      let document = parsed.get(text);
      if (document === undefined) {
        document = parseOrError(text, limits);
        parsed.set(text, document);
      }
      if (document instanceof GraphQLError) throw document;
      return document;
    },
    prepare(document) {
      let prepared = preparedBy.get(document);
      if (prepared === undefined) {
        const errors = check(schema, document, checkIntrospection);
        const operations: PreparedDocument['operations'] =
          errors.length > 0 ? new Map() : prepareOperations(schema, document);
        preparedBy.set(document, (prepared = { errors, operations }));
      }
      return prepared;
    },
  };
}

function parseOrError(text: string, limits: DocumentLimits): DocumentNode | GraphQLError {
  try {
    const document = parse(text, { maxTokens: limits.tokens });
    return checkLimits(document, limits) ?? findNul(document) ?? document;
  } catch (error) {
    return parseError(error as GraphQLError, limits);
  }
}

function check(
  schema: GraphQLSchema,
  document: DocumentNode,
  checkIntrospection: (document: DocumentNode) => GraphQLError | null,
): readonly GraphQLError[] {
  const invalid = validate(schema, document, undefined, { maxErrors: MAX_VALIDATION_ERRORS });
  if (invalid.length > 0) return invalid.map(validationError);
  const tooCurious = checkIntrospection(document);
  return tooCurious === null ? [] : [tooCurious];
}

function prepareOperations(
  schema: GraphQLSchema,
  document: DocumentNode,
): Map<string | null, PreparedOperation> {
  const operations = new Map<string | null, PreparedOperation>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const name = definition.name?.value ?? null;
    operations.set(name, {
      document,
      definition,
      name,
      requiredScopes: collectScopes(schema, document, definition),
      costOf: costOrError(() => compileCost(schema, document, definition)),
    });
  }
  return operations;
}

/** An invalid page size that is written into the document is found while compiling; it is a request error. */
function costOrError(compile: () => CostOf): CostOf {
  try {
    return compile();
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function parseError(error: GraphQLError, limits: DocumentLimits): GraphQLError {
  const isTooLong = /more that? \d+ tokens/.test(error.message);
  return new GraphQLError(
    isTooLong ? `The document has more than ${limits.tokens} tokens, which is the limit.` : error.message,
    {
      ...(error.source ? { source: error.source } : {}),
      ...(error.positions ? { positions: error.positions } : {}),
      extensions: {
        code: isTooLong ? 'TOO_MANY_TOKENS' : 'GRAPHQL_PARSE_FAILED',
        http: { status: 400, spec: true },
      },
    },
  );
}

function validationError(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400, spec: true } },
  });
}

/** Postgres cannot store a NUL character in text, so input must not contain any. */
function findNul(document: DocumentNode): GraphQLError | null {
  let found: GraphQLError | null = null;
  visit(document, {
    StringValue(node) {
      if (node.value.includes('\0')) found ??= nulError('A string of the document');
    },
  });
  return found;
}

export function nulError(where: string): GraphQLError {
  return requestError(`${where} contains a NUL character, which text cannot hold. Leave it out.`, {
    code: 'BAD_USER_INPUT',
    status: 400,
    isSpecified: true,
  });
}
