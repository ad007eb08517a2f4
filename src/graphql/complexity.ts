/** What an operation may cost: every field once, times the pages it lies in. Knows the schema and runs nothing. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  getNullableType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

import { MAX_PAGE_SIZE, badInput } from './connections.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** Cost with these variables. @throws {GraphQLError} a page size is out of range. */
export type CostOf = (variables: Variables) => number;

const DEFAULT_PAGE_SIZE = 20;

/**
 * Cost of a field = 1 + size × (cost of what is selected in it), where size is its `first` or `last`, the length of
 * its `ids`, or 1. The result is a tree of closures, so that a request only pays for what depends on variables.
 */
export function compileCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostOf {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const costOfFragment = new Map<string, Cost>();

  function ofSelections(selectionSet: SelectionSetNode, typeName: string): Cost {
    let fixed = 0;
    const varying: CostOf[] = [];
    for (const selection of selectionSet.selections) {
      let cost: Cost;
      if (selection.kind === Kind.FIELD) cost = ofField(selection, typeName);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        cost = ofSelections(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
      } else cost = ofFragment(selection.name.value);
      if (typeof cost === 'number') fixed += cost;
      else varying.push(cost);
    }
    if (varying.length === 0) return fixed;
    return (variables) => varying.reduce((sum, part) => sum + part(variables), fixed);
  }

  function ofFragment(name: string): Cost {
    const known = costOfFragment.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name)!;
    const cost = ofSelections(fragment.selectionSet, fragment.typeCondition.name.value);
    // Within one request a fragment costs the same wherever it is spread: without this memory, fragments that
    // spread each other twice would take exponential time to add up.
    costOfFragment.set(name, typeof cost === 'number' ? cost : memoizeLast(cost));
    return costOfFragment.get(name)!;
  }

  function ofField(node: FieldNode, typeName: string): Cost {
    const type = schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    // Introspection fields are no field of the type; a validation rule bounds them.
    if (field === undefined) return 1;
    const size = sizeOf(node, field, operation);
    const named = getNamedType(field.type);
    const inner =
      node.selectionSet && isCompositeType(named) ? ofSelections(node.selectionSet, named.name) : 0;
    if (typeof size === 'number' && typeof inner === 'number') return 1 + size * inner;
    return (variables) => {
      const times = typeof size === 'number' ? size : size(variables);
      return 1 + times * (typeof inner === 'number' ? inner : inner(variables));
    };
  }

  const root = schema.getRootType(operation.operation);
  const cost = root ? ofSelections(operation.selectionSet, root.name) : 0;
  return typeof cost === 'number' ? () => cost : cost;
}

type Cost = number | CostOf;

function memoizeLast(cost: CostOf): CostOf {
  let lastVariables: Variables | undefined;
  let lastCost = 0;
  return (variables) => {
    if (variables !== lastVariables) {
      lastCost = cost(variables);
      lastVariables = variables;
    }
    return lastCost;
  };
}

/** How often what is selected in the field may come. */
function sizeOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  operation: OperationDefinitionNode,
): Cost {
  const sizes: Cost[] = [];
  let isPaged = false;
  for (const argument of field.args) {
    const isPageSize = argument.name === 'first' || argument.name === 'last';
    const isIdList = argument.name === 'ids' && isListType(getNullableType(argument.type));
    if (!isPageSize && !isIdList) continue;
    isPaged ||= isPageSize;
    const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
    const size = given === undefined ? undefined : read(given, operation);
    const fallback = typeof argument.defaultValue === 'number' ? argument.defaultValue : null;
    if (size === undefined) {
      if (fallback !== null) sizes.push(fallback);
    } else if (typeof size === 'function') {
      sizes.push((variables) => check(size(variables), argument.name) ?? fallback ?? DEFAULT_PAGE_SIZE);
    } else {
      const checked = check(size, argument.name);
      if (checked !== null) sizes.push(checked);
    }
  }
  if (sizes.length === 0) return isPaged ? DEFAULT_PAGE_SIZE : 1;
  if (sizes.length === 1) return sizes[0]!;
  return (variables) => Math.min(...sizes.map((size) => (typeof size === 'number' ? size : size(variables))));
}

/** Value of an argument: known, or dependent on the variables. */
function read(value: ValueNode, operation: OperationDefinitionNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values;
  if (value.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const fallback = definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : null;
  return (variables: Variables) => variables[name] ?? fallback;
}

function check(value: unknown, name: string): number | null {
  const size = Array.isArray(value) ? value.length : value;
  if (typeof size !== 'number') return null;
  if (size < 0 || size > MAX_PAGE_SIZE) {
    throw badInput(`\`${name}\` must be between 0 and ${MAX_PAGE_SIZE}, got ${size}.`);
  }
  return size;
}
