/** Who was in which segment, since when and why, in the schema. No SQL. */
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
  description: 'What made a customer enter a segment or leave it.',
  values: {
    EVENT: { value: 'event', description: 'An event or order of theirs; `eventId` names it.' },
    TRAIT: { value: 'trait', description: 'A change of their own attributes or contact data.' },
    CONSENT: { value: 'consent', description: 'A consent that they gave or withdrew.' },
    LIST: { value: 'list', description: 'A change of a list that is kept by hand.' },
    SEGMENT: {
      value: 'segment',
      description: 'They entered or left a segment whose history the rule asks for.',
    },
    GROUP: { value: 'group', description: 'A change of a computed group, such as a cluster.' },
    PERSON: { value: 'person', description: 'They became known, or two customers became one.' },
    TIME: { value: 'time', description: 'The passing of time alone.' },
    RULE: { value: 'rule', description: 'A new rule, of the segment or of one that it is made of.' },
    EVALUATION: { value: 'evaluation', description: 'All members were evaluated again.' },
    ARCHIVE: { value: 'archive', description: 'The segment was archived.' },
  } as const satisfies Record<string, { value: MembershipCauseName; description: string }>,
});

const MembershipInterval = builder.objectRef<MembershipIntervalRow>('MembershipInterval').implement({
  description: 'A time that a customer spent in a segment.',
  fields: (t) => ({
    segment: t.field({
      type: Segment,
      description: 'The segment, archived or not.',
      resolve: async ({ segmentId }, _, context) => (await segmentById(context).load(segmentId))!,
    }),
    ...instants(t, { enteredAt: 'When they came in.' }),
    enteredBy: t.expose('enteredCause', { type: MembershipCause, description: 'What made them enter.' }),
    enteredEventId: t.exposeID('enteredEventId', {
      nullable: true,
      description: 'UUID of the event or order that made them enter, where one did.',
    }),
    enteredRuleVersion: t.exposeInt('enteredVersion', {
      description: 'Version of the rule by which they came in.',
    }),
    ...instants(t, {}, { leftAt: 'When they left; null while they are in.' }),
    leftBy: t.expose('leftCause', {
      type: MembershipCause,
      nullable: true,
      description: 'What made them leave; null while they are in.',
    }),
    leftEventId: t.exposeID('leftEventId', {
      nullable: true,
      description: 'UUID of the event or order that made them leave, where one did.',
    }),
    leftRuleVersion: t.exposeInt('leftVersion', {
      nullable: true,
      description: 'Version of the rule by which they left; null while they are in.',
    }),
  }),
});

builder.objectField(Customer, 'segmentHistory', (t) =>
  t.connection(
    {
      type: MembershipInterval,
      description:
        'The time spans that this customer was a member of segments, last entered first, open ones included.',
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
    { name: 'MembershipIntervalEdge', description: 'An interval and its place in the list.' },
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
      description: 'Somebody who was a member, with the span.',
      fields: (t) => ({
        enteredAt: t.field({
          type: 'DateTime',
          description: 'When they had come in.',
          resolve: ({ node }) => node.enteredAt,
        }),
        leftAt: t.field({
          type: 'DateTime',
          nullable: true,
          description: 'When they left; null while they are in.',
          resolve: ({ node }) => node.leftAt,
        }),
      }),
    },
  ),
);

const GrowthIntervalEnum = builder.enumType('GrowthInterval', {
  description: 'Length of the stretches of a growth curve, in UTC.',
  values: {
    HOUR: { value: 'hour', description: 'Hours.' },
    DAY: { value: 'day', description: 'Days.' },
    WEEK: { value: 'week', description: 'Weeks from Monday.' },
    MONTH: { value: 'month', description: 'Calendar months.' },
  } as const satisfies Record<string, { value: GrowthInterval; description: string }>,
});

const SegmentGrowth = builder.objectRef<GrowthRow>('SegmentGrowth').implement({
  description: 'A stretch of time in the life of a segment.',
  fields: (t) => ({
    ...instants(t, { from: 'Its start.', to: 'Its end, which is not a part of it.' }),
    entered: t.exposeInt('entered', { description: 'How often somebody came in.' }),
    left: t.exposeInt('left', { description: 'How often somebody left.' }),
    size: t.exposeInt('size', { description: 'Number of members at its end.' }),
  }),
});

builder.objectField(Segment, 'growth', (t) =>
  t.field({
    type: [SegmentGrowth],
    description: `How it grew, in stretches that cover the time asked for; at most ${MAX_GROWTH_ROWS}.`,
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'Start of the time.' }),
      to: t.arg({ type: 'DateTime', description: 'End of the time; now unless said.' }),
      interval: t.arg({
        type: GrowthIntervalEnum,
        description: 'Length of a stretch; a day unless said.',
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
