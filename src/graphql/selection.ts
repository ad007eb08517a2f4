/** The selections below the field being resolved, so that only what they need is read. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type SelectionSetNode,
} from 'graphql';

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;
type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;
type Path = readonly string[];

/** A compiled query has the same nodes each time: they are traversed once. */
const remembered = new WeakMap<readonly FieldNode[], Map<string, ReadonlySet<string>>>();

/**
 * Names of the fields selected at any of the paths below this field, conditions ignored. Empty where a path is not
 * selected.
 */
export function selectedNames(
  { fieldNodes, fragments }: Info,
  ...paths: readonly Path[]
): ReadonlySet<string> {
  const key = paths.map((path) => path.join('.')).join();
  let byPaths = remembered.get(fieldNodes);
  if (byPaths === undefined) remembered.set(fieldNodes, (byPaths = new Map()));
  let names = byPaths.get(key);
  if (names === undefined) {
    const found = paths.flatMap((path) => fieldsAt(fieldNodes, path, fragments));
    names = new Set(found.map((field) => field.name.value));
    byPaths.set(key, names);
  }
  return names;
}

/**
 * Computes a value once for all parents of a field, which share one object of arguments. For a pure function of the
 * arguments and the selections.
 */
export function oncePerField<Arguments extends object, Result>(
  read: (args: Arguments, info: GraphQLResolveInfo) => Result,
): (args: Arguments, info: GraphQLResolveInfo) => Result {
  const known = new WeakMap<Arguments, Result>();
  return (args, info) => {
    let result = known.get(args);
    if (result === undefined) known.set(args, (result = read(args, info)));
    return result;
  };
}

/**
 * The columns to read for the fields of these names.
 * @param needs columns by field; a field that is missing may need any
 * @param always columns that are read in every case
 */
export function projectColumns<Column>(
  names: ReadonlySet<string>,
  needs: Readonly<Record<string, readonly Column[]>>,
  all: readonly Column[],
  always: readonly Column[] = [],
): readonly Column[] {
  const columns = new Set(always);
  for (const name of names) {
    const needed = needs[name];
    if (needed === undefined) return all;
    for (const column of needed) columns.add(column);
  }
  return all.filter((column) => columns.has(column));
}

function fieldsAt(nodes: readonly FieldNode[], path: Path, fragments: Fragments): readonly FieldNode[] {
  const fields = nodes.flatMap((node) => fieldsOf(node.selectionSet, fragments));
  const [name, ...rest] = path;
  if (name === undefined) return fields;
  return fieldsAt(
    fields.filter((field) => field.name.value === name),
    rest,
    fragments,
  );
}

function fieldsOf(selectionSet: SelectionSetNode | undefined, fragments: Fragments): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, fragments);
    return fieldsOf(fragments[selection.name.value]?.selectionSet, fragments);
  });
}
