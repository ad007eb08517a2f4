/**
 * Runs a prepared operation: by graphql-js the first time, by a compiled plan when it is repeated. Authorisation
 * happens before.
 */
import {
  defaultFieldResolver,
  execute,
  type ExecutionResult,
  getVariableValues,
  getNamedType,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isCompositeType,
  OperationTypeNode,
} from 'graphql';

import type { EngineResult, MaybePromise } from '#platform/graphql-engine.ts';
import { isSliceSpent, isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

import { type OperationPlan, planOperation } from './compiled/plan.ts';
import { runPlan, type ResponseBody } from './compiled/run.ts';
import type { Variables } from './complexity.ts';
import { conditionVariables, readBoolean, applySkipInclude } from './conditional-directives.ts';
import type { PreparedOperation } from './documents.ts';
import { LruCache } from './lru-cache.ts';

/** Both ways give the same response, see test/gateway. */
export type Execute = (
  operation: PreparedOperation,
  variables: Variables,
  context: RequestContext,
  /** Of a subscription: the event to respond to. */
  event?: unknown,
) => MaybePromise<EngineResult>;

const MAX_VARIABLE_ERRORS = 3;
const CANCELLED: EngineResult = { errors: [new GraphQLError('The request was cancelled.')], data: null };

/** From this cost on a plan is compiled at once: graphql-js takes about five times as long, without yielding. */
const COST_WORTH_PLANNING = 2_000;

const PLANNED_OPERATIONS = 200;
/** Compiling costs about as much as a run, so it pays only for a repeated operation. */
const RUNS_BEFORE_PLANNING = 1;
/** Maximum number of combinations of `@skip` and `@include` compiled for one operation. */
const VARIANTS_PER_OPERATION = 8;

interface Planning {
  runs: number;
  readonly conditions: readonly string[];
  /** By the values of the conditions; null is left to graphql-js. */
  readonly variants: Map<string, OperationPlan | null>;
}

export function createExecutor(schema: GraphQLSchema): Execute {
  const plannings = new LruCache<PreparedOperation, Planning>(PLANNED_OPERATIONS);

  function interpret(
    operation: PreparedOperation,
    variables: Variables,
    context: RequestContext,
    event?: unknown,
  ): MaybePromise<ExecutionResult> {
    return execute({
      schema,
      rootValue: event,
      document: operation.document,
      operationName: operation.name,
      variableValues: variables,
      contextValue: context,
      fieldResolver: resolveInTime,
    });
  }

  function plan(
    operation: PreparedOperation,
    planning: Planning,
    variables: Variables,
  ): OperationPlan | null {
    const { definition } = operation;
    const key = planning.conditions
      .map((name) => (readBoolean(definition, variables, name) ? '1' : '0'))
      .join('');
    const known = planning.variants.get(key);
    if (known !== undefined) return known;
    if (planning.variants.size === VARIANTS_PER_OPERATION) return null;
    const planned = planOperation(schema, applySkipInclude(operation, variables));
    planning.variants.set(key, planned);
    return planned;
  }

  /** In a later turn if coercing the variables took long; graphql-js coerces them again. */
  function interpretLater(
    operation: PreparedOperation,
    variables: Variables,
    context: RequestContext,
    event?: unknown,
  ): MaybePromise<EngineResult> {
    if (!isSliceSpent()) return interpret(operation, variables, context, event);
    return nextTurn(context.signal).then(() => interpret(operation, variables, context, event));
  }

  return (operation, variables, context, event) => {
    // graphql-js would report 50 errors, each with the complete value: 300,000 unknown fields took 26 s and 174 MB.
    const { errors, coerced } = getVariableValues(
      schema,
      operation.definition.variableDefinitions ?? [],
      variables,
      { maxErrors: MAX_VARIABLE_ERRORS },
    );
    if (errors !== undefined) return { errors };
    // Mutations are few, and run in order.
    if (operation.definition.operation !== OperationTypeNode.QUERY)
      return interpretLater(operation, variables, context, event);
    let planning = plannings.get(operation);
    if (planning === undefined) {
      planning = { runs: 0, conditions: conditionVariables(operation.document), variants: new Map() };
      plannings.set(operation, planning);
    }
    if (planning.runs < RUNS_BEFORE_PLANNING && operation.costOf(variables) < COST_WORTH_PLANNING) {
      planning.runs += 1;
      return interpretLater(operation, variables, context);
    }
    const planned = plan(operation, planning, variables);
    if (planned === null) return interpret(operation, variables, context);
    const answer = (written: ResponseBody): MaybePromise<EngineResult> => {
      if (written !== null) return { body: written };
      // A run that bailed out because the request ended is not repeated.
      return context.signal.aborted ? CANCELLED : interpret(operation, variables, context);
    };
    const written = runPlan(schema, planned, coerced, context);
    return written instanceof Promise ? written.then(answer) : answer(written);
  };
}

/** Reads a property; one that returns objects in a later turn if the slice of this one is spent. */
const resolveInTime: GraphQLFieldResolver<unknown, RequestContext> = (parent, args, context, info) => {
  if (isSliceSpentByNow() && isCompositeType(getNamedType(info.returnType))) {
    return nextTurn(context.signal).then(() => defaultFieldResolver(parent, args, context, info));
  }
  return defaultFieldResolver(parent, args, context, info);
};
