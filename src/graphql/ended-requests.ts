/** Root fields of a mutation run one after the other: those that are left when the request ends do not begin. */
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';

import type { RequestContext } from '#platform/request.ts';

const watched = new WeakSet<GraphQLSchema>();

/** Has every field of `Mutation` refuse to begin for a request that was answered: timed out, or left by its client. */
export function watchForEndOfRequest(schema: GraphQLSchema): void {
  if (watched.has(schema)) return;
  watched.add(schema);
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (parent, args, context: RequestContext, info) => {
      context.signal.throwIfAborted();
      return resolve(parent, args, context, info);
    };
  }
}
