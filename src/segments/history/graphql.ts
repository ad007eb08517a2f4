/** The history of memberships with causes, in the schema. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { builder } from '#graphql/builder.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';

import { Segment } from '../graphql.ts';
import { segmentById } from '../loaders.ts';
import type { MembershipCauseName } from '../tables.ts';
import { type GrowthInterval, type GrowthRow, growthEdges, MAX_GROWTH_ROWS } from './growth.ts';
import {
  growthBySegment,
  membersAtBySegment,
  sizeAtBySegment,
  intervalCountByCustomer,
  intervalsByCustomer,
} from './loaders.ts';
import { type MembershipIntervalRow, intervalsByEntry, membersAtByEntry } from './queries.ts';

const MembershipCause = builder.enumType('MembershipCause', {
  description: 'Cause of entering or leaving a segment.',
  values: {
    EVENT: { value: 'event', description: 'An event or order of theirs; `eventId` names it.' },
    TRAIT: { value: 'trait', description: 'A change of their custom attributes or contact data.' },
    CONSENT: { value: 'consent', description: 'A consent that they gave or withdrew.' },
    LIST: { value: 'list', description: 'A change of a customer list.' },
    SEGMENT: {
      value: 'segment',
      description: 'They entered or left a segment whose history the rule refers to.',
    },
    GROUP: { value: 'group', description: 'A change of a computed group, such as a cluster.' },
    PERSON: { value: 'person', description: 'The customer was created, or two customers were merged.' },
    TIME: { value: 'time', description: 'The passing of time alone.' },
    RULE: { value: 'rule', description: 'A new rule, of the segment or of one that it refers to.' },
    EVALUATION: { value: 'evaluation', description: 'All members were evaluated again.' },
    ARCHIVE: { value: 'archive', description: 'The segment was archived.' },
  } as const satisfies Record<string, { value: MembershipCauseName; description: string }>,
});

const MembershipInterval = builder.objectRef<MembershipIntervalRow>('MembershipInterval').implement({
  description: 'A time span in which a customer was in a segment.',
  fields: (t) => ({
    segment: t.field({
      type: Segment,
      description: 'The segment, archived or not.',
      resolve: async ({ segmentId }, _, context) => (await segmentById(context).load(segmentId))!,
    }),
    ...instants(t, { enteredAt: 'Time of entry.' }),
    enteredBy: t.expose('enteredCause', { type: MembershipCause, description: 'Cause of the entry.' }),
    enteredEventId: t.exposeID('enteredEventId', {
      nullable: true,
      description: 'UUID of the event or order that caused the entry, where one did.',
    }),
    enteredRuleVersion: t.exposeInt('enteredVersion', {
      description: 'Version of the rule at the entry.',
    }),
    ...instants(t, {}, { leftAt: 'Time of leaving; null while they are in.' }),
    leftBy: t.expose('leftCause', {
      type: MembershipCause,
      nullable: true,
      description: 'Cause of leaving; null while they are in.',
    }),
    leftEventId: t.exposeID('leftEventId', {
      nullable: true,
      description: 'UUID of the event or order that caused the leaving, where one did.',
    }),
    leftRuleVersion: t.exposeInt('leftVersion', {
      nullable: true,
      description: 'Version of the rule at the leaving; null while they are in.',
    }),
  }),
});

builder.objectField(Customer, 'segmentHistory', (t) =>
  t.connection(
    {
      type: MembershipInterval,
      description:
        'The time spans in which this customer was in segments, last entered first, open ones included.',
      extensions: requiresColumns(),
      resolve: async ({ id }, args, context) => {
        const page = readPage(args, intervalsByEntry.order);
        return toConnection(
          page,
          await intervalsByCustomer(context, page).load(id),
          intervalsByEntry.cursorOf,
          () => intervalCountByCustomer(context).load(id),
        );
      },
    },
    { name: 'MembershipIntervalConnection', description: 'A page of intervals.' },
    { name: 'MembershipIntervalEdge', description: 'An interval and its cursor.' },
  ),
);

builder.objectField(Segment, 'membersAt', (t) =>
  t.connection(
    {
      type: Customer,
      description: 'Members at an instant, last entered first.',
      args: { at: t.arg({ type: 'DateTime', required: true, description: 'The instant.' }) },
      resolve: async ({ id }, { at, ...args }, context) => {
        const page = readPage(args, membersAtByEntry.order);
        const atMs = at.getTime();
        return toConnection(
          page,
          await membersAtBySegment(context, { atMs, page }).load(id),
          membersAtByEntry.cursorOf,
          () => sizeAtBySegment(context, atMs).load(id),
        );
      },
    },
    { name: 'SegmentPastMemberConnection', description: 'A page of customers who were members.' },
    {
      name: 'SegmentPastMemberEdge',
      description: 'A customer who was a member, with the interval.',
      fields: (t) => ({
        enteredAt: t.field({
          type: 'DateTime',
          description: 'Time of entry.',
          resolve: ({ node }) => node.enteredAt,
        }),
        leftAt: t.field({
          type: 'DateTime',
          nullable: true,
          description: 'Time of leaving; null while they are in.',
          resolve: ({ node }) => node.leftAt,
        }),
      }),
    },
  ),
);

const GrowthIntervalEnum = builder.enumType('GrowthInterval', {
  description: 'Length of the intervals of a growth curve, in UTC.',
  values: {
    HOUR: { value: 'hour', description: 'Hours.' },
    DAY: { value: 'day', description: 'Days.' },
    WEEK: { value: 'week', description: 'Weeks from Monday.' },
    MONTH: { value: 'month', description: 'Calendar months.' },
  } as const satisfies Record<string, { value: GrowthInterval; description: string }>,
});

const SegmentGrowth = builder.objectRef<GrowthRow>('SegmentGrowth').implement({
  description: 'One interval of the growth curve of a segment.',
  fields: (t) => ({
    ...instants(t, { from: 'Its start.', to: 'Its end, which is not a part of it.' }),
    entered: t.exposeInt('entered', { description: 'Number of entries.' }),
    left: t.exposeInt('left', { description: 'Number of leavings.' }),
    size: t.exposeInt('size', { description: 'Number of members at its end.' }),
  }),
});

builder.objectField(Segment, 'growth', (t) =>
  t.field({
    type: [SegmentGrowth],
    description: `Growth curve, in intervals that cover the given time; at most ${MAX_GROWTH_ROWS}.`,
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'Start of the time.' }),
      to: t.arg({ type: 'DateTime', description: 'End of the time; now by default.' }),
      interval: t.arg({
        type: GrowthIntervalEnum,
        description: 'Length of an interval; a day by default.',
      }),
    },
    resolve: ({ id }, { from, to, interval }, context) => {
      const span = {
        fromMs: from.getTime(),
        toMs: (to ?? context.now).getTime(),
        interval: interval ?? 'day',
      };
      if (span.toMs <= span.fromMs) throw badInput('`to` must be after `from`.');
      if (growthEdges(span).length > MAX_GROWTH_ROWS + 1) {
        throw badInput(`That is more than ${MAX_GROWTH_ROWS} stretches; ask for longer ones or less time.`);
      }
      return growthBySegment(context, span).load(id);
    },
  }),
);
