/** Answers `node` and `nodes`: an id that no object can have finds nothing, and leaves the ids beside it alone. */
import type { SchemaTypes } from '@pothos/core';
import { resolveNodes } from '@pothos/plugin-relay';
import { type GraphQLResolveInfo, isObjectType } from 'graphql';

import type { DecodedId } from './global-id.ts';

export function findNodes<Types extends SchemaTypes>(
  builder: PothosSchemaTypes.SchemaBuilder<Types>,
  context: object,
  info: GraphQLResolveInfo,
  ids: readonly DecodedId[],
): Promise<unknown[]> {
  return resolveNodes(
    builder,
    context,
    info,
    ids.map((id) => (isNodeId(id, info) ? id : null)),
  );
}

/** Ids of a type have one UUID, or as many as its extension `idParts` says. */
function isNodeId({ typename, id }: DecodedId, { schema }: GraphQLResolveInfo): boolean {
  const type = schema.getType(typename);
  if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === 'Node')) return false;
  return id.split(':').length === (type.extensions['idParts'] ?? 1);
}
