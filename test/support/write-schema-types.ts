/** Writes `schema-types.d.ts`, the types of schema.graphql that `typed-text.ts` reads; `npm run types` runs it first. */
import {
  buildSchema,
  GraphQLNonNull,
  type GraphQLNamedType,
  type GraphQLType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  isScalarType,
} from 'graphql';
import { readFileSync, writeFileSync } from 'node:fs';

const scalars: Readonly<Record<string, string>> = {
  Boolean: 'boolean',
  Float: 'number',
  Int: 'number',
  JSON: 'Json',
};
const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const types = Object.values(schema.getTypeMap());

function typeOf(type: GraphQLType, nameOf: (type: GraphQLNamedType) => string): string {
  if (!isNonNullType(type)) return `${typeOf(new GraphQLNonNull(type), nameOf)} | null`;
  const inner: GraphQLType = type.ofType;
  return isListType(inner)
    ? `readonly (${typeOf(inner.ofType, nameOf)})[]`
    : nameOf(inner as GraphQLNamedType);
}

function leafOf(type: GraphQLNamedType): string {
  if (isEnumType(type))
    return type
      .getValues()
      .map(({ name }) => `'${name}'`)
      .join(' | ');
  return scalars[type.name] ?? 'string';
}

function outputOf(type: GraphQLNamedType): string {
  return isCompositeType(type) ? `Ref<'${type.name}'>` : leafOf(type);
}

/** The scalars of instants and days take dates as well, and that of JSON whatever there is. */
const inputScalars: Readonly<Record<string, string>> = {
  Date: 'string | Date',
  DateTime: 'string | Date',
  JSON: 'unknown',
};

function inputOf(type: GraphQLNamedType): string {
  return isInputObjectType(type) ? `Inputs['${type.name}']` : (inputScalars[type.name] ?? leafOf(type));
}

function outputs(type: GraphQLNamedType): string[] {
  if (!isCompositeType(type)) return [];
  const names = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const lines = [`__typename: ${names.map((name) => `'${name}'`).join(' | ')};`];
  if (type === schema.getQueryType())
    lines.push("__schema: Ref<'__Schema'>;", "__type: Ref<'__Type'> | null;");
  for (const { name, type } of fields) lines.push(`${name}: ${typeOf(type, outputOf)};`);
  return [`${type.name}: { ${lines.join(' ')} };`];
}

function inputs(type: GraphQLNamedType): string[] {
  if (isScalarType(type) || isEnumType(type)) return [`${type.name}: ${inputOf(type)};`];
  if (!isInputObjectType(type)) return [];
  const fields = Object.values(type.getFields());
  if (type.isOneOf) {
    return [
      `${type.name}: ${fields.map(({ name, type }) => `{ ${name}: ${typeOf(type, inputOf).replace(/ \| null$/, '')} }`).join(' | ')};`,
    ];
  }
  const lines = fields.map(
    (field) =>
      `${field.name}${isRequiredInputField(field) ? '' : '?'}: ${typeOf(field.type, inputOf)}${isRequiredInputField(field) ? '' : ' | undefined'};`,
  );
  return [`${type.name}: { ${lines.join(' ')} };`];
}

const text = `/** Written by write-schema-types.ts from schema.graphql. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A value of a type that is an object, an interface or a union. */
export interface Ref<Name extends string> { readonly ref: Name }
/** Fields of the types that answers are made of, by the type's name. */
export interface Outputs {
  ${types.flatMap(outputs).join('\n  ')}
}
/** Types of variables by their name. */
export interface Inputs {
  ${types.flatMap(inputs).join('\n  ')}
}
`;
writeFileSync(new URL('schema-types.d.ts', import.meta.url), text);
