/** The cost of an operation: every field's price, multiplied by the sizes of the pages around it. */
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromAST,
  visit,
} from 'graphql';

import { MAX_PAGE_SIZE, badInput } from './connections.ts';
import { type FieldPrice, priceOf } from './prices.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** Cost with these variables. @throws {GraphQLError} a page size is out of range. */
export type CostOf = (variables: Variables) => number;

const DEFAULT_PAGE_SIZE = 20;

/**
 * Cost of a field = its price + size × (cost of its selections), where size is its `first` or `last`, the length of its
 * `ids`, or the size in the price table. The result is a tree of closures, so that a request computes only the parts
 * that depend on variables.
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
    // Within one request a fragment costs the same wherever it is spread: without this cache, fragments that spread
    // each other twice would take exponential time.
    costOfFragment.set(name, typeof cost === 'number' ? cost : memoizeLast(cost));
    return costOfFragment.get(name)!;
  }

  function ofField(node: FieldNode, typeName: string): Cost {
    const type = schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    // Introspection fields are not in the type: introspection.ts limits them.
    if (field === undefined) return 1;
    const price = priceOf(field);
    const own = ownPrice(node, field, price, operation);
    const named = getNamedType(field.type);
    if (!node.selectionSet || !isCompositeType(named)) return own;
    const size = sizeOf(node, field, price, operation);
    const inner = ofSelections(node.selectionSet, named.name);
    if (typeof own === 'number' && typeof size === 'number' && typeof inner === 'number') {
      return own + size * inner;
    }
    return (variables) => valueOf(own, variables) + valueOf(size, variables) * valueOf(inner, variables);
  }

  const root = schema.getRootType(operation.operation);
  const cost = root ? ofSelections(operation.selectionSet, root.name) : 0;
  return typeof cost === 'number' ? () => cost : cost;
}

type Cost = number | CostOf;

function valueOf(cost: Cost, variables: Variables): number {
  return typeof cost === 'number' ? cost : cost(variables);
}

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

function ownPrice(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  { price = 1 }: FieldPrice,
  operation: OperationDefinitionNode,
): Cost {
  if (typeof price === 'number') return price;
  const given = node.arguments ?? [];
  const read = (variables: Variables): number =>
    price(
      Object.fromEntries(
        field.args.map((argument) => [argument.name, readValue(argument, given, variables)]),
      ),
    );
  return given.some(hasVariable) ? (variables) => read(withDefaults(variables, operation)) : read({});
}

function hasVariable(argument: ArgumentNode): boolean {
  let found = false;
  visit(argument, { Variable: () => void (found = true) });
  return found;
}

/** Variables are uncoerced: their enums are still names. */
function readValue(argument: GraphQLArgument, given: readonly ArgumentNode[], variables: Variables): unknown {
  const value = given.find(({ name }) => name.value === argument.name)?.value;
  if (value === undefined) return argument.defaultValue;
  const read: unknown = valueFromAST(value, argument.type, variables) ?? argument.defaultValue;
  const type = getNullableType(argument.type);
  if (value.kind !== Kind.VARIABLE || !isEnumType(type) || typeof read !== 'string') return read;
  return type.getValue(read)?.value ?? read;
}

function withDefaults(
  variables: Variables,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Variables {
  const missing = variableDefinitions.filter(
    ({ variable, defaultValue }) =>
      defaultValue !== undefined && variables[variable.name.value] === undefined,
  );
  if (missing.length === 0) return variables;
  const defaults = missing.map(({ variable, defaultValue }) => [
    variable.name.value,
    literalOf(defaultValue!),
  ]);
  return { ...Object.fromEntries(defaults), ...variables };
}

function literalOf(value: NonNullable<ArgumentNode['value']>): unknown {
  if (value.kind === Kind.INT || value.kind === Kind.FLOAT) return Number(value.value);
  return 'value' in value && typeof value.value === 'string' ? value.value : null;
}

/** Maximum number of times that the selections of the field occur. */
function sizeOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  { size: listed, sizeArgument }: FieldPrice,
  operation: OperationDefinitionNode,
): Cost {
  const sizes: Cost[] = listed === undefined ? [] : [listed];
  let isPaged = false;
  for (const argument of field.args) {
    const isPageSize =
      argument.name === 'first' || argument.name === 'last' || argument.name === sizeArgument;
    const isIdList = argument.name === 'ids' && isListType(getNullableType(argument.type));
    if (!isPageSize && !isIdList) continue;
    isPaged ||= isPageSize;
    const limit = argument.name === sizeArgument ? Number.POSITIVE_INFINITY : MAX_PAGE_SIZE;
    const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
    const size = given === undefined ? undefined : read(given, operation);
    const fallback = typeof argument.defaultValue === 'number' ? argument.defaultValue : null;
    if (size === undefined) {
      if (fallback !== null) sizes.push(fallback);
    } else if (typeof size === 'function') {
      sizes.push(
        (variables) => check(size(variables), argument.name, limit) ?? fallback ?? DEFAULT_PAGE_SIZE,
      );
    } else {
      const checked = check(size, argument.name, limit);
      if (checked !== null) sizes.push(checked);
    }
  }
  if (sizes.length === 0) return isPaged ? DEFAULT_PAGE_SIZE : 1;
  if (sizes.length === 1) return sizes[0]!;
  return (variables) => Math.min(...sizes.map((size) => valueOf(size, variables)));
}

/** Value of an argument: constant, or dependent on the variables. */
function read(value: ArgumentNode['value'], operation: OperationDefinitionNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values;
  if (value.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const fallback = definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : null;
  return (variables: Variables) => variables[name] ?? fallback;
}

function check(value: unknown, name: string, limit: number): number | null {
  const size = Array.isArray(value) ? value.length : value;
  if (typeof size !== 'number') return null;
  if (size < 0 || size > limit) {
    throw badInput(`\`${name}\` must be between 0 and ${MAX_PAGE_SIZE}, got ${size}.`);
  }
  return size;
}
