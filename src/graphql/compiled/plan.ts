/** Compiles an operation into a plan: the resolver, the arguments and the writer of every field. Runs nothing. */
import {
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getNamedType,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  typeFromAST,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';

import type { PreparedOperation } from '../documents.ts';
import { leafWriter, type WriteLeaf } from './leaves.ts';

export interface SelectionPlan {
  readonly type: GraphQLObjectType;
  readonly fields: readonly FieldPlan[];
}

export interface FieldPlan {
  /** Index among all fields of the operation, for values that a run computes once per field. */
  readonly index: number;
  /** Output before the value: `{` or `,`, and the quoted key. */
  readonly prefix: string;
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  /** Null where the value is the parent's property of this name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | null;
  /** Null where they depend on variables. */
  readonly fixedArguments: Readonly<Record<string, unknown>> | null;
  readonly output: OutputPlan;
}

interface Output {
  /** Whether null is an error. */
  readonly isRequired: boolean;
}
export interface LeafOutput extends Output {
  readonly kind: 'leaf';
  readonly write: WriteLeaf;
}
export interface ObjectOutput extends Output {
  readonly kind: 'object';
  readonly selection: SelectionPlan;
}
export interface AbstractOutput extends Output {
  readonly kind: 'abstract';
  readonly type: GraphQLAbstractType;
  /** @throws {Error} the name is not one of a possible type. */
  selectionOf(typeName: string): SelectionPlan;
}
export interface ListOutput extends Output {
  readonly kind: 'list';
  readonly item: OutputPlan;
}
export type OutputPlan = LeafOutput | ObjectOutput | AbstractOutput | ListOutput;

export interface OperationPlan {
  readonly operation: PreparedOperation;
  readonly selection: SelectionPlan;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/**
 * @param operation without `@skip` and `@include`, which were applied before. Null for operations that only graphql-js
 * runs.
 */
export function planOperation(schema: GraphQLSchema, operation: PreparedOperation): OperationPlan | null {
  const { definition, document } = operation;
  const rootType = schema.getRootType(definition.operation);
  if (rootType == null) return null;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  }
  let fieldCount = 0;

  function planSelection(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectionPlan {
    const nodesByKey = new Map<string, FieldNode[]>();
    for (const set of sets) collectFields(type, set, nodesByKey);
    const fields = [...nodesByKey].map(([key, nodes], position) =>
      planField(type, key, nodes, position === 0),
    );
    return { type, fields };
  }

  function collectFields(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    nodesByKey: Map<string, FieldNode[]>,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const nodes = nodesByKey.get(key);
        if (nodes === undefined) nodesByKey.set(key, [selection]);
        else nodes.push(selection);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value]! : selection;
      const { typeCondition } = fragment;
      const condition = typeCondition && typeFromAST(schema, typeCondition);
      const applies =
        condition === undefined ||
        condition === type ||
        (isAbstractType(condition) && schema.isSubType(condition, type));
      if (applies) collectFields(type, fragment.selectionSet, nodesByKey);
    }
  }

  function planField(
    parentType: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
    isFirst: boolean,
  ): FieldPlan {
    const node = nodes[0]!;
    const name = node.name.value;
    const field = findField(parentType, name);
    const index = fieldCount;
    fieldCount += 1;
    const isPlain = field.resolve === undefined || field.resolve === defaultFieldResolver;
    return {
      index,
      prefix: `${isFirst ? '{' : ','}${JSON.stringify(key)}:`,
      name,
      nodes,
      definition: field,
      parentType,
      resolve: isPlain ? null : field.resolve!,
      fixedArguments: dependsOnVariables(node) ? null : getArgumentValues(field, node),
      output: planOutput(field.type, nodes),
    };
  }

  function planOutput(type: GraphQLOutputType, nodes: readonly FieldNode[]): OutputPlan {
    const isRequired = isNonNullType(type);
    const inner = isNonNullType(type) ? type.ofType : type;
    if (isListType(inner)) return { kind: 'list', isRequired, item: planOutput(inner.ofType, nodes) };
    if (isLeafType(inner)) return { kind: 'leaf', isRequired, write: leafWriter(inner) };
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isObjectType(inner)) return { kind: 'object', isRequired, selection: planSelection(inner, sets) };
    const known = new Map<string, SelectionPlan>();
    const selectionOf = (typeName: string): SelectionPlan => {
      let selection = known.get(typeName);
      if (selection !== undefined) return selection;
      const runtimeType = schema.getType(typeName);
      if (!isObjectType(runtimeType) || !schema.isSubType(inner, runtimeType)) {
        throw new Error(`${typeName} is not a possible type of ${getNamedType(inner).name}.`);
      }
      selection = planSelection(runtimeType, sets);
      known.set(typeName, selection);
      return selection;
    };
    return { kind: 'abstract', isRequired, type: inner, selectionOf };
  }

  const selection = planSelection(rootType, [definition.selectionSet]);
  return { operation, selection, fragments };
}

/** Introspection fields exist on every root type, `__typename` on every object. */
function findField(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  const meta = [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef];
  return type.getFields()[name] ?? meta.find((field) => field.name === name)!;
}

function dependsOnVariables(node: FieldNode): boolean {
  let depends = false;
  for (const argument of node.arguments ?? []) {
    visit(argument, { Variable: () => void (depends = true) });
  }
  return depends;
}
