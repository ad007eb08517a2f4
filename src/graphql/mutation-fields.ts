/** Root fields of a mutation run one after the other: none begins after the request ended, and each answers what is true after it. */
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';

import { forgetReads, type RequestContext } from '#platform/request.ts';

const watched = new WeakSet<GraphQLSchema>();

/**
 * Has every field of `Mutation` refuse to begin for a request that was answered: timed out, or left by its client. What
 * loaders remember is forgotten after each, so that neither its payload nor the fields behind it show what was before.
 */
export function watchMutations(schema: GraphQLSchema): void {
  if (watched.has(schema)) return;
  watched.add(schema);
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = async (parent, args, context: RequestContext, info) => {
      context.signal.throwIfAborted();
      try {
        return await resolve(parent, args, context, info);
      } finally {
        forgetReads(context);
      }
    };
  }
}
