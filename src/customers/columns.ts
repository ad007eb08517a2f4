/** The columns of a customer that a query needs, so that a page reads no others. */
import { projectColumns } from '#graphql/selection.ts';
import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';

import { type CustomerColumn, customerColumns } from './queries.ts';

/**
 * Marks a field of `Customer` with the columns that its resolver reads from the row beside the id. A field without the
 * mark gets the complete row.
 */
export function requiresColumns(...columns: readonly CustomerColumn[]): {
  readonly customerColumns: readonly CustomerColumn[];
} {
  return { customerColumns: columns };
}

/** @param fieldNames selected fields of `Customer` */
export function customerColumnsFor(
  { schema }: Pick<GraphQLResolveInfo, 'schema'>,
  fieldNames: ReadonlySet<string>,
): readonly CustomerColumn[] {
  const fields = (schema.getType('Customer') as GraphQLObjectType).getFields();
  const needs: Record<string, readonly CustomerColumn[]> = { __typename: [] };
  for (const name of fieldNames) {
    const columns = fields[name]?.extensions['customerColumns'] as readonly CustomerColumn[] | undefined;
    if (columns !== undefined) needs[name] = columns;
  }
  return projectColumns(fieldNames, needs, customerColumns, ['id']);
}
