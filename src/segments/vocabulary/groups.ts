/** Groups with keys: segments with their history, and lists, as data for the rule language. */
import type { GroupDefinition } from '#rule-language/check/definitions.ts';

const intervals = 'membership_intervals span join segments segment on segment.id = span.segment_id';

export const groups: readonly GroupDefinition[] = [
  {
    name: 'segment',
    description: 'Members of a segment with the time of entry; also who entered and who left.',
    current: {
      from: 'segment_memberships membership join segments segment on segment.id = membership.segment_id',
      customerId: 'membership.customer_id',
      key: 'segment.key',
      at: 'membership.entered_at',
      where: 'segment.archived_at is null',
    },
    entered: { from: intervals, customerId: 'span.customer_id', key: 'segment.key', at: 'span.entered_at' },
    left: {
      from: intervals,
      customerId: 'span.customer_id',
      key: 'segment.key',
      at: 'span.left_at',
      where: 'span.left_at is not null',
    },
    keys: 'select key from segments where archived_at is null',
    changesWith: ['segment.{key}'],
  },
  {
    name: 'list',
    description: 'Customers on a list, with the time of adding.',
    current: {
      from: 'customer_list_members entry join customer_lists list on list.id = entry.list_id',
      customerId: 'entry.customer_id',
      key: 'list.key',
      at: 'entry.added_at',
      where: 'list.archived_at is null',
    },
    keys: 'select key from customer_lists where archived_at is null',
    changesWith: ['list.{key}'],
  },
];
