/** Runs a prepared operation: by graphql-js the first time, by a plan of its own once it comes again. Checks no access. */
import {
  execute,
  type ExecutionResult,
  getVariableValues,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';

import type { EngineResult, MaybePromise } from '#platform/graphql-engine.ts';

import { type OperationPlan, planOperation } from './compiled/plan.ts';
import { runPlan, type Written } from './compiled/run.ts';
import type { Variables } from './complexity.ts';
import { conditionVariables, readBoolean, settleConditions } from './conditions.ts';
import type { PreparedOperation } from './documents.ts';
import { LruCache } from './lru-cache.ts';

/** Both ways answer alike, see test/gateway. */
export type Execute = (
  operation: PreparedOperation,
  variables: Variables,
  context: unknown,
) => MaybePromise<EngineResult>;

const PLANNED_OPERATIONS = 200;
/** Planning costs about as much as a run, so an operation must come again. */
const RUNS_BEFORE_PLANNING = 1;
/** Combinations of `@skip` and `@include` that are planned for one operation. */
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
    context: unknown,
  ): MaybePromise<ExecutionResult> {
    return execute({
      schema,
      document: operation.document,
      operationName: operation.name,
      variableValues: variables,
      contextValue: context,
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
    const planned = planOperation(schema, settleConditions(operation, variables));
    planning.variants.set(key, planned);
    return planned;
  }

  return (operation, variables, context) => {
    // Mutations are few, and their order matters.
    if (operation.definition.operation !== OperationTypeNode.QUERY)
      return interpret(operation, variables, context);
    let planning = plannings.get(operation);
    if (planning === undefined) {
      planning = { runs: 0, conditions: conditionVariables(operation.document), variants: new Map() };
      plannings.set(operation, planning);
    }
    if (planning.runs < RUNS_BEFORE_PLANNING) {
      planning.runs += 1;
      return interpret(operation, variables, context);
    }
    const { errors, coerced } = getVariableValues(
      schema,
      operation.definition.variableDefinitions ?? [],
      variables,
      { maxErrors: 50 },
    );
    if (errors !== undefined) return { errors };
    const planned = plan(operation, planning, variables);
    if (planned === null) return interpret(operation, variables, context);
    const answer = (written: Written): MaybePromise<EngineResult> =>
      written === null ? interpret(operation, variables, context) : { body: written };
    const written = runPlan(schema, planned, coerced, context);
    return written instanceof Promise ? written.then(answer) : answer(written);
  };
}
