/**
 * A faster form of the Relay plugin, which awaits the global id of every row and decodes the ids in a field's arguments
 * for each parent: here both happen once. An unknown id finds nothing, and an argument that is not an id of its type is
 * refused with a code. Adds nothing to the schema.
 */
import SchemaBuilder, {
  BasePlugin,
  completeValue,
  type PothosOutputFieldConfig,
  PothosValidationError,
  type SchemaTypes,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';

import { badInput } from './connections.ts';
import { type DecodedId, GlobalId } from './global-id.ts';
import { findNodes } from './nodes.ts';

const PLUGIN_NAME = 'c360LeanRelay';

declare global {
  // oxlint-disable-next-line typescript/no-namespace
  export namespace PothosSchemaTypes {
    // oxlint-disable-next-line no-unused-vars
    interface Plugins<Types extends SchemaTypes> {
      c360LeanRelay: LeanRelayPlugin<Types>;
    }
  }
}

type FieldConfig<Types extends SchemaTypes> = PothosOutputFieldConfig<Types>;
type ArgumentMapper = FieldConfig<SchemaTypes>['argMappers'][number];

/** Must come before the Relay plugin in `plugins`: Pothos applies plugins in reverse order. */
class LeanRelayPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: FieldConfig<Types>): FieldConfig<Types> {
    const lean = { ...field, argMappers: field.argMappers.map(rememberMapped) };
    if (field.parentType === 'Query' && field.name === 'node') {
      return {
        ...lean,
        resolve: async (_, { id }, context, info) =>
          (await findNodes(this.builder, context, info, [id as DecodedId]))[0],
      };
    }
    if (field.parentType === 'Query' && field.name === 'nodes') {
      return {
        ...lean,
        resolve: (_, { ids }, context, info) =>
          findNodes(this.builder, context, info, ids as readonly DecodedId[]),
      };
    }
    const { name, pothosOptions } = this.builder.configStore.getTypeConfig(field.parentType);
    const { id } = pothosOptions as { id?: { resolve: GraphQLFieldResolver<unknown, object> } };
    if (field.name !== 'id' || id === undefined) return lean;
    const prefix = `${name}:`;
    return {
      ...lean,
      resolve: (parent, args, context, info) =>
        completeValue(id.resolve(parent, args, context, info), (own) => new GlobalId(prefix, String(own))),
    };
  }
}

/** The parents of a field share their arguments, whose mapping depends on nothing else. */
function rememberMapped(map: ArgumentMapper): ArgumentMapper {
  const known = new WeakMap<object, ReturnType<ArgumentMapper>>();
  return (args, context, info) => {
    let mapped = known.get(args);
    if (mapped === undefined) known.set(args, (mapped = mapOrRefuse(map, args, context, info)));
    return mapped;
  };
}

/** The error of the Relay plugin repeats the complete id and has no code. */
function mapOrRefuse(map: ArgumentMapper, ...[args, context, info]: Parameters<ArgumentMapper>) {
  try {
    return map(args, context, info);
  } catch (error) {
    const types =
      error instanceof PothosValidationError && / is not of type: (.+)$/s.exec(error.message)?.[1];
    throw types
      ? badInput(`An id among the arguments is not that of a ${types}. Use \`${types}.id\`.`)
      : error;
  }
}

SchemaBuilder.registerPlugin(PLUGIN_NAME, LeanRelayPlugin);
export const cachedGlobalIdPlugin = PLUGIN_NAME;
