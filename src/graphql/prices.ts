/**
 * Prices of fields, from a table into the schema, and the fields that yield to other requests. Knows no domain type.
 */
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
 * Cost of one field of one parent, in units: a unit is at most 40 microseconds of processor time of this process, or of
 * the database for its share of a statement over all customers.
 */
export interface FieldPrice {
  /** Without its selections; 1 by default. */
  readonly price?: number | ((args: Arguments) => number);
  /** Length of a list without a page; maximum length of a page. */
  readonly size?: number;
  /** Argument with the length, where it is not `first`, `last` or `ids`. */
  readonly sizeArgument?: string;
  /** Computed for each parent separately, without a loader; yields first if the slice is spent. */
  readonly isComputed?: boolean;
}

/** By type and field, such as `Customer.recommendations`; a mutation that is missing costs as much as `Mutation.*`. */
export type PriceTable = Readonly<Record<string, FieldPrice>>;

/** Assumed length of a list of objects without a page, unless the table has one. */
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

/** A list of objects without an argument for its length; the rows of a page are counted by the connection's field. */
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

/** Resolves the field in a later turn if the slice of this one is spent. */
function pace(field: GraphQLField<unknown, unknown>): void {
  const resolve = field.resolve!;
  field.resolve = (parent, args, context, info) =>
    isSliceSpent()
      ? nextTurn((context as RequestContext | undefined)?.signal).then(() =>
          resolve(parent, args, context, info),
        )
      : resolve(parent, args, context, info);
}
