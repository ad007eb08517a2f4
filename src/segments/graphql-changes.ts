/** Segments and lists of change-log entries. No SQL. */
import { Change } from '#changes/graphql.ts';
import { builder } from '#graphql/builder.ts';

import { Segment } from './graphql.ts';
import { CustomerList } from './lists/graphql.ts';
import { listById } from './lists/loaders.ts';
import { segmentById } from './loaders.ts';

builder.objectFields(Change, (t) => ({
  segment: t.field({
    type: Segment,
    nullable: true,
    description: 'Of SEGMENT_ENTERED and SEGMENT_LEFT, the segment; null for other kinds.',
    resolve: ({ kind, subjectId }, _, context) =>
      kind.startsWith('segment_') && subjectId !== null ? segmentById(context).load(subjectId) : null,
  }),
  list: t.field({
    type: CustomerList,
    nullable: true,
    description: 'Of LIST_JOINED and LIST_LEFT, the list; null for other kinds.',
    resolve: ({ kind, subjectId }, _, context) =>
      kind.startsWith('list_') && subjectId !== null ? listById(context).load(subjectId) : null,
  }),
}));
