/** Which scopes an operation needs, told by its text. Asks nobody who is calling until `missingScopes`. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLError,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

import { hasScope, type Scope, type Viewer } from '#platform/auth/viewer.ts';

import { requestError } from './request-error.ts';

/** Fields of one operation by the scope that they need. */
export type RequiredScopes = ReadonlyMap<Scope, readonly FieldNode[]>;

/** Reads the `scopes` of every selected field; of an interface's field also those of the types behind it. */
export function collectScopes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RequiredScopes {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const required = new Map<Scope, FieldNode[]>();
  const seenFragments = new Set<string>();

  function visit(selectionSet: SelectionSetNode, typeName: string): void {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) visitField(selection, typeName);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
      } else if (!seenFragments.has(selection.name.value)) {
        seenFragments.add(selection.name.value);
        const fragment = fragments.get(selection.name.value)!;
        visit(fragment.selectionSet, fragment.typeCondition.name.value);
      }
    }
  }

  function visitField(node: FieldNode, typeName: string): void {
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    const field = type.getFields()[node.name.value];
    if (field === undefined) return;
    const needed = new Set(scopesOf(field.extensions));
    if (isInterfaceType(type)) {
      for (const implementation of schema.getPossibleTypes(type)) {
        for (const scope of scopesOf(implementation.getFields()[node.name.value]?.extensions))
          needed.add(scope);
      }
    }
    for (const scope of needed) {
      const nodes = required.get(scope);
      if (nodes === undefined) required.set(scope, [node]);
      else nodes.push(node);
    }
    if (node.selectionSet) visit(node.selectionSet, getNamedType(field.type).name);
  }

  const root = schema.getRootType(operation.operation);
  if (root) visit(operation.selectionSet, root.name);
  return required;
}

function scopesOf(extensions: Readonly<Record<string, unknown>> | undefined): readonly Scope[] {
  return (extensions?.['scopes'] as readonly Scope[] | undefined) ?? [];
}

/** One error for each scope that the caller lacks, with the places of the fields that need it. */
export function missingScopes(required: RequiredScopes, viewer: Viewer): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const [scope, nodes] of required) {
    if (hasScope(viewer, scope)) continue;
    const names = [...new Set(nodes.map((node) => `\`${node.name.value}\``))].join(', ');
    errors.push(
      requestError(`${names} needs the scope \`${scope}\`, which this caller does not hold.`, {
        code: 'FORBIDDEN',
        status: 403,
        nodes,
        extensions: { scope },
      }),
    );
  }
  return errors;
}
