/** What fields cost, from a table into the schema, and which of them give way to others. Knows no type of the domain. */
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isCompositeType,
  isListType,
  isObjectType,
} from 'graphql';

import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

type Arguments = Readonly<Record<string, unknown>>;

/**
 * Cost of one field of one parent, in units: one stands for at most 40 microseconds of processor time of this process, or
 * of a statement that looks at everybody for its share of the database.
 */
export interface FieldPrice {
  /** Without what is selected in it; 1 unless said. */
  readonly price?: number | ((args: Arguments) => number);
  /** How many come of a list without a page; the most that come of a page. */
  readonly size?: number;
  /** Argument that says how many come, where it is not `first`, `last` or `ids`. */
  readonly sizeArgument?: string;
  /** It is computed for each parent by itself, without a loader, and looks at the clock before. */
  readonly isComputed?: boolean;
}

/** By type and field, such as `Customer.recommendations`; a mutation that is missing costs what `Mutation.*` does. */
export type PriceTable = Readonly<Record<string, FieldPrice>>;

/** Of a list of objects without a page, unless the table knows better. */
const LIST_SIZE = 10;

/** @throws {Error} naming fields that the schema does not have. */
export function priceSchema(schema: GraphQLSchema, table: PriceTable): GraphQLSchema {
  const unknown = new Set(Object.keys(table).filter((name) => !name.endsWith('.*')));
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      unknown.delete(name);
      const listed = table[name] ?? table[`${type.name}.*`] ?? {};
      const price = isWholeList(type, field, listed) ? { size: LIST_SIZE, ...listed } : listed;
      field.extensions = { ...field.extensions, price };
      if (price.isComputed === true) pace(field);
    }
  }
  if (unknown.size > 0)
    throw new Error(`The price table has fields that the schema has not: ${[...unknown].join(', ')}.`);
  return schema;
}

/** A list of objects whose length no argument says; the rows of a page are counted by the connection's field. */
function isWholeList(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { sizeArgument }: FieldPrice,
): boolean {
  if (type.name.endsWith('Connection')) return false;
  if (field.args.some(({ name }) => isSizeArgument(name, sizeArgument))) return false;
  return isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
}

function isSizeArgument(name: string, sizeArgument: string | undefined): boolean {
  return name === 'first' || name === 'last' || name === 'ids' || name === sizeArgument;
}

export function priceOf(field: GraphQLField<unknown, unknown>): FieldPrice {
  return (field.extensions['price'] as FieldPrice | undefined) ?? {};
}

/** Where the turn's slice is spent, the field is worked out in a later turn. */
function pace(field: GraphQLField<unknown, unknown>): void {
  const resolve = field.resolve!;
  field.resolve = (parent, args, context, info) =>
    isSliceSpent()
      ? nextTurn((context as RequestContext | undefined)?.signal).then(() =>
          resolve(parent, args, context, info),
        )
      : resolve(parent, args, context, info);
}
