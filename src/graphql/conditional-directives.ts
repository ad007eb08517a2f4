/** Applies `@skip` and `@include` before compiling: one document for each combination of their variables. */
import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

import type { Variables } from './complexity.ts';
import type { PreparedOperation } from './documents.ts';

/** Names of the variables in conditions. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const condition = conditionOf(node);
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    },
  });
  return [...names];
}

/** The operation without the excluded selections and without conditions. Locations stay unchanged. */
export function applySkipInclude(prepared: PreparedOperation, variables: Variables): PreparedOperation {
  const { definition: operation, document, name } = prepared;
  function isTrue(directive: DirectiveNode): boolean {
    const condition = conditionOf(directive);
    if (condition?.kind === Kind.BOOLEAN) return condition.value;
    if (condition?.kind !== Kind.VARIABLE) return false;
    return readBoolean(operation, variables, condition.name.value);
  }
  function isKept(selection: SelectionNode): boolean {
    return (selection.directives ?? []).every(
      (directive) =>
        conditionOf(directive) === null || isTrue(directive) === (directive.name.value === 'include'),
    );
  }
  function strip<Node extends SelectionNode>(node: Node): Node {
    return {
      ...node,
      directives: (node.directives ?? []).filter((directive) => conditionOf(directive) === null),
    };
  }
  const settled = visit(document, {
    SelectionSet: (node): SelectionSetNode => ({
      ...node,
      selections: node.selections.filter(isKept).map((selection) => strip(selection)),
    }),
  });
  const definition = settled.definitions.find(
    (one) => one.kind === Kind.OPERATION_DEFINITION && (one.name?.value ?? null) === name,
  );
  return { ...prepared, document: settled, definition: definition as OperationDefinitionNode };
}

export function readBoolean(operation: OperationDefinitionNode, variables: Variables, name: string): boolean {
  const given = variables[name];
  if (given !== undefined) return given === true;
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return definition?.defaultValue?.kind === Kind.BOOLEAN && definition.defaultValue.value;
}

/** The `if` of a condition; null for any other directive. */
function conditionOf(directive: DirectiveNode) {
  if (directive.name.value !== 'skip' && directive.name.value !== 'include') return null;
  return directive.arguments?.find(({ name }) => name.value === 'if')?.value ?? null;
}
