/** Resolves `node` and `nodes`: an invalid id finds nothing and does not affect the other ids. */
import { brandWithType, type OutputType, type SchemaTypes } from '@pothos/core';
import { resolveNodes } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, isObjectType } from 'graphql';

import { badInput } from './connections.ts';
import type { DecodedId } from './global-id.ts';

/** @returns null for an id of no object; an error for a text that is not a global id */
export async function findNodes<Types extends SchemaTypes>(
  builder: PothosSchemaTypes.SchemaBuilder<Types>,
  context: object,
  info: GraphQLResolveInfo,
  ids: readonly DecodedId[],
): Promise<unknown[]> {
  const known = ids.map((id) => (isNodeId(id, info) ? id : null));
  const nodes = await Promise.all(await resolveNodes(builder, context, info, known));
  return nodes.map((node, index) => {
    const { typename } = ids[index]!;
    if (typename === '') return badInput('This is not a global id. Use one from an answer of the gateway.');
    // The Relay plugin gives the type of a node only to its first reader in a request.
    if (node !== null) brandWithType(node, typename as OutputType<Types>);
    return node;
  });
}

/** Ids of a type have one UUID, or the number of its extension `idParts`. */
function isNodeId({ typename, id }: DecodedId, { schema }: GraphQLResolveInfo): boolean {
  const type = schema.getType(typename);
  if (id === '' || !isObjectType(type)) return false;
  if (!type.getInterfaces().some(({ name }) => name === 'Node')) return false;
  return id.split(':').length === (type.extensions['idParts'] ?? 1);
}
