/** Answers `node` and `nodes`: an id that no object can have finds nothing, and leaves the ids beside it alone. */
import { brandWithType, type OutputType, type SchemaTypes } from '@pothos/core';
import { resolveNodes } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, isObjectType } from 'graphql';

import { badInput } from './connections.ts';
import type { DecodedId } from './global-id.ts';

/** @returns null for an id that is nobody's; in the place of a text that is no global id an error, which is told there. */
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
    if (typename === '') return badInput('This is no global id. Use one that the gateway gave.');
    // The plugin names the type of a node only to who asks for it first in a request.
    if (node !== null) brandWithType(node, typename as OutputType<Types>);
    return node;
  });
}

/** Ids of a type have one UUID, or as many as its extension `idParts` says. */
function isNodeId({ typename, id }: DecodedId, { schema }: GraphQLResolveInfo): boolean {
  const type = schema.getType(typename);
  if (id === '' || !isObjectType(type)) return false;
  if (!type.getInterfaces().some(({ name }) => name === 'Node')) return false;
  return id.split(':').length === (type.extensions['idParts'] ?? 1);
}
