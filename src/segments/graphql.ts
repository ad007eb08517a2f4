/** Segments and memberships in the schema. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { showText } from '#customers/contact-data/contacts.ts';
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { type PageArguments, readPage, toConnection } from '#graphql/connections.ts';
import { projectColumns, oncePerField, selectedNames } from '#graphql/selection.ts';
import { instants } from '#graphql/instants.ts';
import { defineNamedNode, descriptionField } from '#named-resources/graphql.ts';
import { namedQueries } from '#named-resources/queries.ts';
import type { RequestContext } from '#platform/request.ts';

import {
  membersBySegment,
  reasonsByMembership,
  segmentById,
  segmentCountByCustomer,
  segmentsByCustomer,
  sizeBySegment,
} from './loaders.ts';
import { segmentReads } from './lookup.ts';
import {
  type CustomerSegmentPage,
  everySegmentColumn,
  type SegmentColumn,
  type SegmentRow,
  membersByEntry,
  membershipsByEntry,
} from './queries.ts';
import type { ReasonRow, ReasonsKey } from './membership/reasons.ts';

export const Segment = builder.objectRef<SegmentRow>('Segment');
export const namedSegment = { type: 'Segment', noun: 'segment', field: 'segment', ref: Segment };

const SegmentReason = builder.objectRef<ReasonRow>('SegmentReason').implement({
  description: "A decisive clause of the rule with the customer's values, as of this request.",
  fields: (t) => ({
    clause: t.exposeString('clause', { description: 'The clause in the rule language.' }),
    holds: t.exposeBoolean('holds', { description: 'Whether the clause matches this customer.' }),
    text: t.string({
      description: 'The clause and the values in one sentence.',
      resolve: ({ text }, _, { viewer }) => showText(viewer, text),
    }),
    values: t.field({
      type: 'JSON',
      resolve: ({ values }, _, { viewer }) => showText(viewer, values),
      description:
        "The customer's values by name of attribute or parameter; instants as RFC 3339 text in UTC.",
    }),
  }),
});

/** An edge between a customer and a segment, in either direction. */
interface MembershipEdge {
  readonly node: ReasonsKey & { readonly enteredAt: Date };
}

const enteredAtField = {
  type: 'DateTime' as const,
  description: 'When the customer entered; kept while they stay.',
  resolve: ({ node }: MembershipEdge) => node.enteredAt,
};
const reasonsField = {
  type: [SegmentReason] as [typeof SegmentReason],
  description: 'The decisive clauses, as of this request.',
  resolve: ({ node: { customerId, segmentId } }: MembershipEdge, _: object, context: RequestContext) =>
    reasonsByMembership(context).load({ customerId, segmentId }),
};

defineNamedNode(
  namedSegment,
  segmentById,
  'Customers who match a rule. Members change in the transaction of the event that changes them.',
  (t) => ({
    description: descriptionField(t),
    rule: t.exposeString('rule', {
      description: 'Rule that selects the members; see `segmentLanguage`.',
    }),
    ruleVersion: t.exposeInt('ruleVersion', { description: 'Counts the changes of the rule, from 1.' }),
    isTimeDriven: t.exposeBoolean('isTimeDriven', {
      description: 'Whether the passing of time alone can change the members.',
    }),
    size: t.int({
      description: 'Number of members.',
      resolve: ({ id }, _, context) => sizeBySegment(context).load(id),
    }),
    ...instants(t, {}, { evaluatedAt: 'Time of the last evaluation for all customers.' }),
    members: t.connection(
      {
        type: Customer,
        description: 'Members, last entered first.',
        resolve: async ({ id }, args, context) => {
          const page = readPage(args, membersByEntry.order);
          return toConnection(
            page,
            await membersBySegment(context, page).load(id),
            membersByEntry.cursorOf,
            () => sizeBySegment(context).load(id),
          );
        },
      },
      { name: 'SegmentMemberConnection', description: 'A page of members.' },
      {
        name: 'SegmentMemberEdge',
        description: 'A member with the time of entry and the reasons.',
        fields: (t) => ({ enteredAt: t.field(enteredAtField), reasons: t.field(reasonsField) }),
      },
    ),
  }),
);

/** Columns of the fields of `Segment` that lists often select; the others need the complete row. */
const SEGMENT_NEEDS: Readonly<Record<string, readonly SegmentColumn[]>> = {
  id: [],
  key: ['key'],
  name: ['name'],
  description: ['description'],
  rule: ['rule'],
};

const readSegmentPageOnce = oncePerField((args: PageArguments, info): CustomerSegmentPage => {
  const names = selectedNames(info, ['nodes'], ['edges', 'node']);
  return {
    page: readPage(args, membershipsByEntry.order),
    columns: projectColumns(names, SEGMENT_NEEDS, everySegmentColumn, ['id']),
  };
});

builder.objectField(Customer, 'segments', (t) =>
  t.connection(
    {
      type: Segment,
      description: 'Segments that this customer is in, last entered first.',
      extensions: requiresColumns(),
      resolve: async ({ id }, args, context, info) => {
        const segmentPage = readSegmentPageOnce(args, info);
        return toConnection(
          segmentPage.page,
          await segmentsByCustomer(context, segmentPage).load(id),
          membershipsByEntry.cursorOf,
          () => segmentCountByCustomer(context).load(id),
        );
      },
    },
    { name: 'SegmentMembershipConnection', description: 'A page of memberships.' },
    {
      name: 'SegmentMembershipEdge',
      description: 'A segment with the time of entry and the reasons of the membership.',
      fields: (t) => ({ enteredAt: t.field(enteredAtField), reasons: t.field(reasonsField) }),
    },
  ),
);

export const SegmentBy = namedQueries(namedSegment, 'segments', segmentReads);
