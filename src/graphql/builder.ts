/** The schema builder that every feature adds its types to. Knows no domain type. */
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';

import type { RequestContext } from '#platform/request.ts';

import { decodeGlobalId } from './global-id.ts';
import { cachedGlobalIdPlugin } from './cached-global-id-plugin.ts';
import { nullabilityPlugin } from './nullability-plugin.ts';

export interface Money {
  /** Exact decimal text. */
  readonly amount: string;
  readonly currency: string;
}

export interface SchemaTypes {
  Context: RequestContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Objects: { Money: Money };
  Scalars: {
    ID: { Input: string; Output: string | number };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    Decimal: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [cachedGlobalIdPlugin, ErrorsPlugin, RelayPlugin, nullabilityPlugin],
  defaultFieldNullability: false,
  relay: {
    encodeGlobalID: (typeName, id) => btoa(`${typeName}:${String(id)}`),
    decodeGlobalID: decodeGlobalId,
    edgesFieldOptions: { description: 'The rows of this page with their cursors.' },
    nodeFieldOptions: { description: 'The row itself.' },
    cursorFieldOptions: { description: 'Opaque position of this row, for `after` and `before`.' },
    nodesOnConnection: { description: 'The rows of this page without their cursors.' },
    firstArgOptions: { description: 'Rows from the start, or after `after`: 0 to 100.' },
    afterArgOptions: { description: 'Cursor of the row before the page.' },
    lastArgOptions: { description: 'Rows from the end, or before `before`: 0 to 100.' },
    beforeArgOptions: { description: 'Cursor of the row after the page.' },
    hasNextPageFieldOptions: { description: 'Whether rows follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether rows precede this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last row; null on an empty page.' },
    idFieldOptions: { description: 'Global id, for `node` and for caches.' },
    pageInfoFieldOptions: { description: 'Whether there are more rows, and the cursors to continue from.' },
    pageInfoTypeOptions: { description: 'Position of a page in its connection.' },
    nodeTypeOptions: { description: 'An object with a global id.' },
    nodeQueryOptions: {
      description: 'One object by its global id; null where there is none.',
      args: { id: { description: 'A global id from an answer of the gateway.' } },
    },
    nodesQueryOptions: {
      description:
        'Objects by their global ids, in the order of the ids; null where there is none. At most 100 ids.',
      args: { ids: { description: 'Global ids from answers of the gateway.' } },
    },
  },
  errors: {
    defaultTypes: [],
    directResult: false,
    defaultUnionOptions: {
      description: 'The outcome of the mutation, or an error that the caller can fix.',
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
    },
  },
});

builder.queryType({ description: 'All queries.' });
builder.mutationType({
  description:
    'All mutations. Each takes one `input` and answers a union of its payload and the errors that a caller can fix.',
});

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'Rows in the whole connection. Counted only when selected.',
    resolve: (connection) =>
      (connection as unknown as { totalCount: () => Promise<number> | number }).totalCount(),
  }),
);
