/** Runs an operation by the engine that serves, and holds the compiled answers of queries against those of graphql-js. */
import { createEngine } from '#graphql/engine.ts';
import type { App } from '#platform/app.ts';
import type { EngineResult } from '#platform/graphql-engine.ts';
import type { RequestContext } from '#platform/request.ts';
import {
  type DocumentNode,
  type ExecutionResult,
  graphql,
  type GraphQLError,
  OperationTypeNode,
  parse,
} from 'graphql';
import { AssertionError } from 'node:assert';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { schema } from '../../src/main/schema.ts';
import type { StatementLog } from './app.ts';

/** A test that writes at the same time moves the data between two runs: the comparison is then made again. */
const MAX_ATTEMPTS = 4;
/** The engine writes fractions to nine decimals. */
const DECIMALS = 1e9;

const engines = new WeakMap<object, ReturnType<typeof createEngine>>();

export interface Run {
  readonly app: App & Partial<StatementLog>;
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** A request of its own for each run. */
  readonly createContext: () => RequestContext;
}

/** Mutations run once. Queries run as the first, the second and the third request of their kind would. */
export async function runLikeServe(run: Run): Promise<ExecutionResult> {
  if (!isQuery(run.source)) return read(await runOnce(run));

  for (let attempt = 1; ; attempt += 1) {
    const counted = run.app.statements?.length ?? 0;
    const expected = await graphql({
      schema,
      source: run.source,
      variableValues: run.variables,
      contextValue: run.createContext(),
    });
    const results = [await runOnce(run, withoutEffects(run)), await runOnce(run, withoutEffects(run))];
    run.app.keepStatements?.(counted);
    results.push(await runOnce(run));
    const answers = results.map(read);
    const difference = answers.map((actual) => findDifference(actual, expected)).find(Boolean);
    if (difference === undefined) {
      const [result, answer] = [results.at(-1), answers.at(-1)];
      if (!('body' in result) && answer.errors === undefined && !asksForTypes(run.source))
        throw new AssertionError({ message: 'The third run was not compiled.' });
      return answer;
    }
    if (attempt === MAX_ATTEMPTS) throw new AssertionError({ ...difference, message: MESSAGE });
    run.app.keepStatements?.(counted);
  }
}

/** One request alone. */
export async function runOnce(
  { app, source, variables, createContext }: Run,
  context: RequestContext = createContext(),
): Promise<EngineResult> {
  const { limits } = app.config;
  const engine = engines.get(limits) ?? createEngine(schema, limits);
  engines.set(limits, engine);
  // A request begins in a turn of its own: behind others it would yield, and its batches would fall apart.
  await nextTurn();
  return engine.answer({ query: source, variables, operationName: null }, context);
}

const MESSAGE = 'The engine and graphql-js answer differently.';

function isQuery(source: string): boolean {
  let document: DocumentNode;
  try {
    document = parse(source);
  } catch {
    return false;
  }
  return document.definitions.every(
    (definition) => !('operation' in definition) || definition.operation === OperationTypeNode.QUERY,
  );
}

/** What a run leaves behind, such as impressions, counts once: for the last. */
function withoutEffects({ createContext }: Run): RequestContext {
  const context = createContext();
  context.effects.set = () => context.effects;
  return context;
}

/** Introspection is left to graphql-js. */
function asksForTypes(source: string): boolean {
  return /\b__(schema|type)\b/.test(source);
}

/** As a client reads it. */
export function read(result: EngineResult): ExecutionResult {
  if ('body' in result) return JSON.parse(Buffer.from(result.body).toString('utf8')) as ExecutionResult;
  if (result.data === undefined || result.data === null) return result;
  return { ...result, data: JSON.parse(JSON.stringify(result.data)) as NonNullable<ExecutionResult['data']> };
}

/** Undefined where they agree, or where the engine refused to run the request at all. */
function findDifference(
  actual: ExecutionResult,
  expected: ExecutionResult,
): { actual: unknown; expected: unknown } | undefined {
  if (actual.data === undefined && actual.errors !== undefined) return undefined;
  const told = new Map(actual.errors?.map((error) => [placeOf(error), error] as const));
  const [left, right] = [comparable(actual, told), comparable(expected, told)];
  return isDeepStrictEqual(left, right) ? undefined : { actual: left, expected: right };
}

function placeOf({ path, locations }: GraphQLError): string {
  return JSON.stringify([path, locations]);
}

/**
 * @param told errors of the engine by their place: it masks bugs, and puts the name of the field before what is wrong
 * with it, where graphql-js shows what was thrown
 */
function comparable(
  { data, errors = [] }: ExecutionResult,
  told: ReadonlyMap<string, GraphQLError>,
): unknown {
  const places = errors.map((error) => {
    const place = placeOf(error);
    const { message = '', extensions = {} } = told.get(place) ?? {};
    const isTold = extensions['code'] !== 'BAD_USER_INPUT' || message.endsWith(error.message);
    return `${place} ${isTold ? message : error.message}`;
  });
  // As text first, so that the order of keys counts as well.
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'number' ? round(value) : value,
  );
  return { text, places: places.toSorted() };
}

function round(value: number): number {
  return Number.isInteger(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER / DECIMALS
    ? value
    : Math.round(value * DECIMALS) / DECIMALS;
}
