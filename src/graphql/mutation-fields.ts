/** Root fields of a mutation run serially: none begins after the request ended, and each reads the state after it. */
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';

import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import { forgetReads, type RequestContext } from '#platform/request.ts';

const watched = new WeakSet<GraphQLSchema>();

/**
 * Makes every field of `Mutation` refuse to begin for a request that ended: timed out, or disconnected. Loaders are
 * cleared after each field, so that neither its payload nor later fields show older data.
 */
export function watchMutations(schema: GraphQLSchema): void {
  if (watched.has(schema)) return;
  watched.add(schema);
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = async (parent, args, context: RequestContext, info) => {
      context.signal.throwIfAborted();
      // Variables of a megabyte are read in one slice, or the mutation before has spent it.
      if (isSliceSpent()) await nextTurn(context.signal);
      try {
        return await resolve(parent, args, context, info);
      } finally {
        forgetReads(context);
      }
    };
  }
}
