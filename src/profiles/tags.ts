/** Tags computed from facts: each with its rule in the segment language, and its SQL. */

interface TagRule {
  readonly name: string;
  /** The condition for readers; equivalent to `sql`. */
  readonly rule: string;
  /** Over one row of the computed facts. Independent of the present time, so that a tag changes only with an event. */
  readonly sql: string;
}

export const tagRules: readonly TagRule[] = [
  {
    name: 'one_time_buyer',
    rule: 'number_of_orders = 1',
    sql: 'order_count = 1',
  },
  {
    name: 'repeat_buyer',
    rule: 'number_of_orders >= 2',
    sql: 'order_count >= 2',
  },
  {
    name: 'regular',
    rule: 'number_of_orders >= 5 AND average_gap_days <= 45',
    sql: 'order_count >= 5 and average_gap_days <= 45',
  },
  {
    name: 'bulk_buyer',
    rule: 'items_per_order >= 200',
    sql: 'order_count > 0 and item_count >= 200 * order_count',
  },
  {
    name: 'explorer',
    rule: 'number_of_orders >= 3 AND products_per_order >= 10',
    sql: 'order_count >= 3 and distinct_product_count >= 10 * order_count',
  },
  {
    name: 'frequent_returner',
    rule: 'number_of_returns >= 2 AND return_rate >= 0.2',
    sql: 'return_count >= 2 and return_rate >= 0.2',
  },
  {
    name: 'weekend_shopper',
    rule: 'number_of_orders >= 3 AND preferred_weekday IN (6, 7)',
    sql: 'order_count >= 3 and preferred_weekday in (6, 7)',
  },
  {
    name: 'evening_shopper',
    rule: 'number_of_orders >= 3 AND preferred_hour >= 18',
    sql: 'order_count >= 3 and preferred_hour >= 18',
  },
];

export const ruleOfTag: ReadonlyMap<string, string> = new Map(tagRules.map(({ name, rule }) => [name, rule]));

/** text[] of the names whose rule matches. */
export const tagsExpression = `array_remove(array[${tagRules
  .map(({ name, sql }) => `case when ${sql} then '${name}' end`)
  .join(', ')}], null)`;
