/** Global ids as plain values. The Relay plugin awaits each of them, and a page has some hundreds. Encodes nothing else. */
import SchemaBuilder, {
  BasePlugin,
  completeValue,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';

const PLUGIN_NAME = 'c360NodeId';

declare global {
  // oxlint-disable-next-line typescript/no-namespace
  export namespace PothosSchemaTypes {
    // oxlint-disable-next-line no-unused-vars
    interface Plugins<Types extends SchemaTypes> {
      c360NodeId: NodeIdPlugin<Types>;
    }
  }
}

class NodeIdPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (field.name !== 'id') return field;
    const { name, pothosOptions } = this.builder.configStore.getTypeConfig(field.parentType);
    const { id } = pothosOptions as { id?: { resolve: GraphQLFieldResolver<unknown, object> } };
    if (id === undefined) return field;
    return {
      ...field,
      resolve: (parent, args, context, info) =>
        completeValue(id.resolve(parent, args, context, info), (own) => encodeGlobalId(name, String(own))),
    };
  }
}

/** The library's own form, at half its cost. Names and ids are ASCII. */
export function encodeGlobalId(typeName: string, id: string): string {
  return btoa(`${typeName}:${id}`);
}

SchemaBuilder.registerPlugin(PLUGIN_NAME, NodeIdPlugin);
export const nodeIdPlugin = PLUGIN_NAME;
