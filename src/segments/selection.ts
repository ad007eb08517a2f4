/** Whether a query asks for a field below the one being resolved. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Whether any of the paths of field names below this field is selected; conditions are not looked at. */
export function selects(
  { fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>,
  ...paths: readonly (readonly string[])[]
): boolean {
  return fieldNodes.some((node) => paths.some((path) => hasPath(node, path, fragments)));
}

function hasPath(
  node: FieldNode,
  [name, ...rest]: readonly string[],
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  if (name === undefined) return true;
  return fieldsOf(node.selectionSet, fragments).some(
    (field) => field.name.value === name && hasPath(field, rest, fragments),
  );
}

function fieldsOf(
  selectionSet: SelectionSetNode | undefined,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, fragments);
    return fieldsOf(fragments[selection.name.value]?.selectionSet, fragments);
  });
}
