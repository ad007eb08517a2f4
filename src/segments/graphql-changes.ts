/** Segments and lists of change-log entries. No SQL. */
import { afterDescription, readCustomer } from '#changes/graphql-subscriptions.ts';
import { Change } from '#changes/graphql.ts';
import { subscribeToChanges } from '#changes/subscribe.ts';
import { builder } from '#graphql/builder.ts';
import { badInput } from '#graphql/connections.ts';

import { Segment, SegmentBy } from './graphql.ts';
import { CustomerList } from './lists/graphql.ts';
import { listById } from './lists/loaders.ts';
import { segmentById } from './loaders.ts';
import { findSegment } from './lookup.ts';

builder.subscriptionField('segmentMembershipChanged', (t) =>
  t.field({
    type: Change,
    nullable: true,
    description: 'Customers who enter and leave segments: SEGMENT_ENTERED and SEGMENT_LEFT.',
    args: {
      segment: t.arg({ type: SegmentBy, description: 'Only this segment; all unless given.' }),
      customer: t.arg.id({ description: 'Only this customer: global id or plain UUID; all unless given.' }),
      after: t.arg.string({ description: afterDescription }),
    },
    subscribe: async (_, { segment, customer, after }, context) => {
      const found = segment == null ? null : await findSegment(context, segment);
      if (segment != null && found === null) throw badInput('There is no such `segment`.');
      const kinds = ['segment_entered', 'segment_left'] as const;
      const filter = { kinds, customerId: readCustomer(customer), subjectId: found?.id };
      return subscribeToChanges(context, filter, after);
    },
    resolve: (change) => change,
  }),
);

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
