/** Runs a prepared operation: by graphql-js the first time, compiled once it comes again. Checks no access. */
import {
  execute,
  type ExecutionResult,
  getVariableValues,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  visit,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';

import type { MaybePromise } from '#platform/graphql-engine.ts';

import type { Variables } from './complexity.ts';
import { conditionVariables, readBoolean, settleConditions } from './conditions.ts';
import type { PreparedOperation } from './documents.ts';
import { LruCache } from './lru-cache.ts';

/** Both ways answer alike; what the compiler does otherwise than graphql-js is kept from it, see test/gateway. */
export type Execute = (
  operation: PreparedOperation,
  variables: Variables,
  context: unknown,
) => MaybePromise<ExecutionResult>;

const COMPILED_OPERATIONS = 200;
/** Compiling costs more than a run, so an operation must come again. */
const RUNS_BEFORE_COMPILING = 1;
/** Combinations of `@skip` and `@include` that are compiled for one operation. */
const VARIANTS_PER_OPERATION = 8;

interface Compilation {
  runs: number;
  readonly conditions: readonly string[];
  /** Variables inside object or list literals: absent ones would become null in compiled code. */
  readonly nested: readonly string[];
  /** By the values of the conditions; null cannot be compiled. */
  readonly variants: Map<string, CompiledQuery | null>;
}

export function createExecutor(schema: GraphQLSchema): Execute {
  const compilations = new LruCache<PreparedOperation, Compilation>(COMPILED_OPERATIONS);

  function interpret(operation: PreparedOperation, variables: Variables, context: unknown) {
    return execute({
      schema,
      document: operation.document,
      operationName: operation.name,
      variableValues: variables,
      contextValue: context,
    });
  }

  function compile(
    operation: PreparedOperation,
    compilation: Compilation,
    variables: Variables,
  ): CompiledQuery | null {
    const { definition } = operation;
    const key = compilation.conditions
      .map((name) => (readBoolean(definition, variables, name) ? '1' : '0'))
      .join('');
    const known = compilation.variants.get(key);
    if (known !== undefined) return known;
    if (compilation.variants.size === VARIANTS_PER_OPERATION) return null;
    const document = settleConditions(operation.document, definition, variables);
    const compiled = compileQuery(schema, document, operation.name ?? undefined, {
      disablingCapturingStackErrors: true,
    });
    const usable = isCompiledQuery(compiled) ? compiled : null;
    compilation.variants.set(key, usable);
    return usable;
  }

  return (operation, variables, context) => {
    // Mutations are few, and their order matters.
    if (operation.definition.operation !== OperationTypeNode.QUERY)
      return interpret(operation, variables, context);
    let compilation = compilations.get(operation);
    if (compilation === undefined) {
      compilation = {
        runs: 0,
        conditions: conditionVariables(operation.document),
        nested: nestedVariables(operation),
        variants: new Map(),
      };
      compilations.set(operation, compilation);
    }
    if (compilation.runs < RUNS_BEFORE_COMPILING) {
      compilation.runs += 1;
      return interpret(operation, variables, context);
    }
    const definitions = operation.definition.variableDefinitions;
    if (definitions !== undefined && definitions.length > 0) {
      if (compilation.nested.some((name) => variables[name] === undefined)) {
        return interpret(operation, variables, context);
      }
      // The compiler's own check words its errors otherwise and does not know @oneOf.
      const { errors } = getVariableValues(schema, definitions, variables, {
        maxErrors: 50,
      });
      if (errors !== undefined) return { errors };
    }
    const compiled = compile(operation, compilation, variables);
    if (compiled === null) return interpret(operation, variables, context);
    return compiled.query(undefined, context, variables);
  };
}

function nestedVariables({ document, definition }: PreparedOperation): readonly string[] {
  const withDefault = new Set(
    definition.variableDefinitions?.filter((one) => one.defaultValue).map((one) => one.variable.name.value),
  );
  const names = new Set<string>();
  let depth = 0;
  const literal = { enter: () => void (depth += 1), leave: () => void (depth -= 1) };
  visit(document, {
    [Kind.OBJECT]: literal,
    [Kind.LIST]: literal,
    Variable(node) {
      if (depth > 0 && !withDefault.has(node.name.value)) names.add(node.name.value);
    },
  });
  return [...names];
}
