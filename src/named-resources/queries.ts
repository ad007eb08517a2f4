/** The queries of a named resource: one by its id or key, and pages of the active ones. */
import type DataLoader from 'dataloader';

import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import type { RequestContext } from '#platform/request.ts';

import type { NamedType } from './graphql.ts';
import type { NamedResource } from './named-resource.ts';

export interface IdOrKey {
  readonly id?: string | number | null | undefined;
  readonly key?: string | null | undefined;
}

export interface NamedReads<Row> {
  readonly resource: Pick<NamedResource<Row, never>, 'byKey'>;
  readonly byId: (context: RequestContext) => DataLoader<string, Row | null>;
}

/** Includes archived ones; null where there is none. @throws {InvalidInputError} the id is not one of the type */
export async function findByIdOrKey<Row>(
  context: RequestContext,
  type: string,
  { resource, byId }: NamedReads<Row>,
  { id, key }: IdOrKey,
): Promise<Row | null> {
  if (id != null) return byId(context).load(readGlobalId(type, String(id)));
  return key == null ? null : resource.byKey(context.db, key);
}

/** The input by which a caller names one. */
export function namedBy<Row>({ type, noun }: NamedType<Row>) {
  return builder.inputType(`${type}By`, {
    description: `Which ${noun}: exactly one of these.`,
    isOneOf: true,
    fields: (t) => ({
      id: t.id({ description: `Global id as in \`${type}.id\`, or the plain UUID.` }),
      key: t.string({ description: 'Its key.' }),
    }),
  });
}

/**
 * The input that names one, the field that finds one, and the field that lists them by key.
 * @param list name of the field that lists them, such as `clusterSets`
 */
export function namedQueries<Row extends object>(
  named: NamedType<Row>,
  list: string,
  reads: NamedReads<Row> & {
    readonly resource: Pick<NamedResource<Row, never>, 'keyset' | 'page' | 'count'>;
  },
) {
  const { type, noun, ref } = named;
  const one = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const By = namedBy(named);
  builder.queryField(one, (t) =>
    t.field({
      type: ref,
      nullable: true,
      description: `One ${noun}, archived or not; null where there is none.`,
      args: { by: t.arg({ type: By, required: true, description: 'How to find it.' }) },
      resolve: (_, { by }, context) => findByIdOrKey(context, type, reads, by) as never,
    }),
  );
  const { keyset, page: readRows, count } = reads.resource;
  builder.queryField(list, (t) =>
    t.connection(
      {
        type: ref,
        description: `The active ${noun}s, by key.`,
        args: {
          updatedSince: t.arg({
            type: 'DateTime',
            description: 'Instead those that changed then or later, archived ones too.',
          }),
        },
        resolve: async (_, { updatedSince, ...args }, { db }) => {
          const page = readPage(args, keyset.order);
          const rows = await readRows(db, page, updatedSince);
          return toConnection(page, rows, keyset.cursorOf, () => count(db, updatedSince));
        },
      },
      { name: `${type}Connection`, description: `A page of ${noun}s.` },
      { name: `${type}Edge`, description: `A ${noun} and its place in the order.` },
    ),
  );
  return By;
}
