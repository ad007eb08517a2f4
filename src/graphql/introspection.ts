/** Limits introspection in a document to about the amount that tools select at once. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getIntrospectionQuery,
  getNamedType,
  type GraphQLError,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';

import { requestError } from './request-error.ts';

/** Ratio to the introspection query of the usual tools, which takes 20 ms and has a response of 340 KB. */
const MAX_SHARE = 1.5;

/** Recognises documents that repeat introspection: field prices do not include it. */
export function createIntrospectionLimit(
  schema: GraphQLSchema,
): (document: DocumentNode) => GraphQLError | null {
  const sizes = meanSizes(schema);
  const whole = parse(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true }));
  const limit = MAX_SHARE * countFields(schema, whole, sizes);
  return (document) => {
    if (countFields(schema, document, sizes) <= limit) return null;
    const message =
      'The document selects too much of the schema: at most one and a half times the introspection of GraphiQL is allowed.';
    return requestError(message, { code: 'QUERY_TOO_COMPLEX', status: 400, isSpecified: true });
  };
}

type Sizes = Readonly<Record<string, number>>;

/** Average length of each list; the actual length for the lists of the schema itself. */
function meanSizes(schema: GraphQLSchema): Sizes {
  const types = Object.values(schema.getTypeMap());
  const fieldsOf = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const perType = (total: number): number => Math.max(total / types.length, 0.1);
  return {
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': perType(fieldsOf.length),
    '__Type.inputFields': perType(
      sum(types.map((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0))),
    ),
    '__Type.enumValues': perType(sum(types.map((type) => (isEnumType(type) ? type.getValues().length : 0)))),
    '__Type.interfaces': perType(
      sum(types.map((type) => (isObjectType(type) ? type.getInterfaces().length : 0))),
    ),
    '__Type.possibleTypes': perType(types.length),
    '__Field.args': sum(fieldsOf.map(({ args }) => args.length)) / Math.max(fieldsOf.length, 1),
    '__Directive.args': 2,
  };
}

/** Number of introspection fields in the response, over all operations of the document. */
function countFields(schema: GraphQLSchema, document: DocumentNode, sizes: Sizes): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();

  function inRoot({ selections }: SelectionSetNode): number {
    let count = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const meta = [SchemaMetaFieldDef, TypeMetaFieldDef].find(({ name }) => name === selection.name.value);
        if (meta !== undefined && selection.selectionSet) {
          count += inType(selection.selectionSet, getNamedType(meta.type).name);
        }
      } else if (selection.kind === Kind.INLINE_FRAGMENT) count += inRoot(selection.selectionSet);
      else count += ofFragment(selection.name.value, (fragment) => inRoot(fragment.selectionSet));
    }
    return count;
  }

  function inType({ selections }: SelectionSetNode, typeName: string): number {
    let count = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) count += inType(selection.selectionSet, typeName);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        count += ofFragment(selection.name.value, (fragment) => inType(fragment.selectionSet, typeName));
      } else count += inField(selection.name.value, selection.selectionSet, typeName);
    }
    return count;
  }

  function inField(name: string, selectionSet: SelectionSetNode | undefined, typeName: string): number {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (field === undefined || selectionSet === undefined) return 1;
    const size = sizes[`${typeName}.${name}`] ?? 1;
    return 1 + size * inType(selectionSet, getNamedType(field.type).name);
  }

  function ofFragment(name: string, count: (fragment: FragmentDefinitionNode) => number): number {
    let counted = known.get(name);
    if (counted === undefined) known.set(name, (counted = count(fragments.get(name)!)));
    return counted;
  }

  return document.definitions
    .filter(
      (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
    )
    .reduce((total, { selectionSet }) => total + inRoot(selectionSet), 0);
}
