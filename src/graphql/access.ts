/** The scopes that a document requires, by the types and fields that it selects. Knows no domain type. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

import { hasScope, type Scope, type Viewer } from '#platform/auth/viewer.ts';

import { requestError } from './request-error.ts';

type NamesByScope = Readonly<Partial<Record<Scope | 'open', readonly string[]>>>;

/** Contains every query, mutation, subscription and object type once; `open` is for every authenticated caller. */
export interface AccessTable {
  readonly queries: NamesByScope;
  readonly mutations: NamesByScope;
  readonly subscriptions: NamesByScope;
  readonly types: NamesByScope;
  /** Fields of a type above that a caller with only the write scope may read. */
  readonly definitions: Readonly<
    Record<string, { readonly readableWith: Scope; readonly fields: readonly string[] }>
  >;
  /** Fields whose contact data is masked without `pii:read`, see customers/contact-data/masking.ts. */
  readonly masked: Readonly<Record<string, readonly string[]>>;
}

/** A caller must have one of these scopes. */
type Requirement = readonly Scope[];

/** Fields of one operation by the scopes that they require. */
export type RequiredScopes = ReadonlyMap<
  string,
  { readonly anyOf: Requirement; readonly nodes: FieldNode[] }
>;

/**
 * Copies the table into the schema, where `collectScopes` reads it.
 * @throws {Error} naming what is missing in the table, duplicated, or not in the schema
 */
export function guardSchema(schema: GraphQLSchema, table: AccessTable): GraphQLSchema {
  const problems: string[] = [];
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const objects = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__') && !roots.includes(type),
  );

  function read(
    part: 'queries' | 'mutations' | 'subscriptions' | 'types',
    names: readonly string[],
  ): Map<string, Requirement> {
    const requirements = new Map<string, Requirement>();
    for (const [scope, listed] of Object.entries(table[part])) {
      for (const name of listed) {
        if (requirements.has(name)) problems.push(`${part}: ${name} stands in it twice`);
        if (!names.includes(name)) problems.push(`${part}: the schema has no ${name}`);
        requirements.set(name, scope === 'open' ? [] : [scope as Scope]);
      }
    }
    const missing = names.filter((name) => !requirements.has(name));
    if (missing.length > 0) problems.push(`${part}: ${missing.join(', ')} missing`);
    return requirements;
  }

  (['queries', 'mutations', 'subscriptions'] as const).forEach((part, index) => {
    const fields = roots[index]?.getFields() ?? {};
    for (const [name, requirement] of read(part, Object.keys(fields))) {
      const field = fields[name];
      if (field) field.extensions = { ...field.extensions, requirement };
    }
  });
  const requirements = read(
    'types',
    objects.map(({ name }) => name),
  );
  for (const [typeName, needs] of requirements) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) continue;
    const definition = table.definitions[typeName];
    const orWriter: Requirement = definition ? [...needs, definition.readableWith] : needs;
    type.extensions = { ...type.extensions, requirement: orWriter };
    for (const field of Object.values(type.getFields())) {
      const requirement = definition?.fields.includes(field.name) ? orWriter : needs;
      field.extensions = { ...field.extensions, requirement };
    }
  }
  const listedFields = [
    ...Object.entries(table.definitions).map(([name, { fields }]) => [name, fields] as const),
    ...Object.entries(table.masked),
  ];
  for (const [typeName, fields] of listedFields) {
    const type = schema.getType(typeName);
    const known = isObjectType(type) ? type.getFields() : {};
    const unknown = fields.filter((name) => known[name] === undefined);
    if (unknown.length > 0) problems.push(`${typeName} has no ${unknown.join(', ')}`);
  }
  if (problems.length > 0)
    throw new Error(`The access table does not fit the schema. ${problems.join('; ')}.`);
  return schema;
}

/**
 * The requirements of every selected field. A field of an interface requires the scopes of each possible type, and a
 * field that returns an object those of the object's type, so that its existence is not disclosed either. A field below
 * one with the same requirement is not repeated.
 */
export function collectScopes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RequiredScopes {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const required = new Map<string, { readonly anyOf: Requirement; readonly nodes: FieldNode[] }>();
  const seenFragments = new Set<string>();

  /** @param parents possible object types at this level @param met requirements of the fields above */
  function visit({ selections }: SelectionSetNode, parents: ObjectTypes, met: readonly Requirement[]): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        visitField(selection, parents, met);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        visit(selection.selectionSet, narrow(schema, parents, condition), met);
        continue;
      }
      const name = selection.name.value;
      // Without this cache, fragments that spread each other twice would take exponential time.
      const key = [name, ...parents.map((type) => type.name), ...met.map(keyOf)].join(' ');
      if (seenFragments.has(key)) continue;
      seenFragments.add(key);
      const fragment = fragments.get(name)!;
      visit(fragment.selectionSet, narrow(schema, parents, fragment.typeCondition.name.value), met);
    }
  }

  function visitField(node: FieldNode, parents: ObjectTypes, met: readonly Requirement[]): void {
    const fields = parents.flatMap((parent) => parent.getFields()[node.name.value] ?? []);
    const children = new Set(fields.flatMap((field) => possibleTypes(schema, getNamedType(field.type).name)));
    // `__typename` is a meta field, of no type.
    const decided = fields.length > 0 ? [...fields, ...children] : parents;
    const metHere = [...met];
    for (const { extensions } of decided) {
      const anyOf = (extensions['requirement'] as Requirement | undefined) ?? [];
      if (anyOf.length === 0 || metHere.some((other) => isStricter(other, anyOf))) continue;
      metHere.push(anyOf);
      const known = required.get(keyOf(anyOf));
      if (known === undefined) required.set(keyOf(anyOf), { anyOf, nodes: [node] });
      else known.nodes.push(node);
    }
    if (node.selectionSet) visit(node.selectionSet, [...children], metHere);
  }

  const root = schema.getRootType(operation.operation);
  if (root) visit(operation.selectionSet, [root], []);
  return required;
}

type ObjectTypes = readonly GraphQLObjectType[];

function possibleTypes(schema: GraphQLSchema, typeName: string): ObjectTypes {
  const type = schema.getType(typeName);
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

function narrow(schema: GraphQLSchema, types: ObjectTypes, condition: string | undefined): ObjectTypes {
  const wanted = condition === undefined ? undefined : schema.getType(condition);
  if (wanted === undefined || !isCompositeType(wanted)) return types;
  const possible = possibleTypes(schema, wanted.name);
  return types.filter((type) => possible.includes(type));
}

function keyOf(anyOf: Requirement): string {
  return anyOf.join('|');
}

/** Whether a caller who meets one requirement also meets the other. */
function isStricter(one: Requirement, other: Requirement): boolean {
  return one.every((scope) => other.includes(scope));
}

/** One error for each requirement that the caller does not meet, with the locations of the fields that have it. */
export function missingScopes(required: RequiredScopes, viewer: Viewer): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const { anyOf, nodes } of required.values()) {
    if (anyOf.some((scope) => hasScope(viewer, scope))) continue;
    const names = [...new Set(nodes.map((node) => `\`${node.name.value}\``))].join(', ');
    const wanted = anyOf.map((scope) => `\`${scope}\``).join(' or ');
    errors.push(
      requestError(`${names} needs the scope ${wanted}, which this caller does not hold.`, {
        code: 'FORBIDDEN',
        status: 403,
        nodes,
        extensions: { scope: anyOf[0] },
      }),
    );
  }
  return errors;
}
