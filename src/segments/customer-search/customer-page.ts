/** Pages of customers by rule, search and order, as one statement each. Writes nothing. */
import { searchCondition } from '#customers/contact-data/search.ts';
import { type CustomerColumn, type CustomerRow, selectCustomers } from '#customers/queries.ts';
import type { CursorValues, Page, PageOrder } from '#graphql/connections.ts';
import type { Database } from '#platform/database/database.ts';
import { type ProfileColumn, type ProfileRow, selectProfile } from '#profiles/queries.ts';

import type { AttributeDefinition, ValueType } from '#rule-language/check/definitions.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { compileRule } from '../vocabulary/rule.ts';

export interface CustomerFilter {
  readonly rule: Rule | null;
  /** Tokens that a customer must have; null is no condition, an empty list has no results. */
  readonly searchTokens: readonly string[] | null;
  /** Changed then or later; null for all. */
  readonly updatedSince: Date | null;
}

interface CustomerOrder {
  readonly value: string;
  /** The unique column of the same index. */
  readonly id: 'c.id' | 'p.customer_id';
  readonly type: 'timestamptz' | 'numeric' | 'integer' | 'text' | 'boolean';
  /** Customers without a value come last in descending order. */
  readonly isNullable: boolean;
}

const orders = {
  createdAt: { value: 'c.created_at', id: 'c.id', type: 'timestamptz', isNullable: false },
  updatedAt: { value: 'c.updated_at', id: 'c.id', type: 'timestamptz', isNullable: false },
  lastSeenAt: { value: 'c.last_seen_at', id: 'c.id', type: 'timestamptz', isNullable: true },
  revenue: { value: 'p.revenue', id: 'p.customer_id', type: 'numeric', isNullable: false },
  orderCount: { value: 'p.order_count', id: 'p.customer_id', type: 'integer', isNullable: false },
  lastOrderAt: { value: 'p.last_order_at', id: 'p.customer_id', type: 'timestamptz', isNullable: true },
} as const satisfies Readonly<Record<string, CustomerOrder>>;

export interface CustomerSort {
  /** A column, or a custom attribute, which requires a scan of all customers. */
  readonly by: keyof typeof orders | AttributeDefinition;
  readonly isAscending: boolean;
}

function orderOf({ by }: CustomerSort): CustomerOrder {
  if (typeof by === 'string') return orders[by];
  const sql = `(${by.sql})`;
  // Texts in binary collation, the same on every database.
  return by.type === 'string'
    ? { value: `(${sql} collate "C")`, id: 'c.id', type: 'text', isNullable: true }
    : { value: sql, id: 'c.id', type: orderTypes[by.type] ?? 'text', isNullable: true };
}

/** Types of the cursor values of an order. */
export function cursorColumns(sort: CustomerSort): PageOrder['columns'] {
  const { type, isNullable } = orderOf(sort);
  const kind = cursorKinds[type];
  return [isNullable ? `${kind}?` : kind, 'id'];
}

const cursorKinds = {
  timestamptz: 'instant',
  numeric: 'decimal',
  integer: 'integer',
  text: 'text',
  boolean: 'boolean',
} as const satisfies Readonly<Record<CustomerOrder['type'], string>>;

const orderTypes: Partial<Record<ValueType, CustomerOrder['type']>> = {
  number: 'numeric',
  boolean: 'boolean',
  date: 'timestamptz',
};

/** A customer with the sort value; only the selected columns of the row and of the profile. */
export interface CustomerPageRow extends CustomerRow, Partial<Omit<ProfileRow, 'customerId'>> {
  /** The sort value as exact text. */
  readonly place: string | null;
  /** Undefined where no profile was selected, null where the customer has none. */
  readonly customerId?: string | null;
}

/**
 * Rows in the direction of the read. The inner query walks an index and returns only ids; only the rows of the page are
 * read in full. Orders by profile columns list customers with a profile: all of them as soon as the change of their
 * creation is processed.
 * @param columns of the customers, the id among them
 * @param profile columns to read with each customer; none leaves profiles unread
 */
export function readCustomerPage(
  db: Database,
  filter: CustomerFilter,
  sort: CustomerSort,
  page: Page,
  {
    columns,
    profile,
    now,
  }: {
    readonly columns: readonly CustomerColumn[];
    readonly profile: readonly ProfileColumn[];
    readonly now: Date;
  },
): Promise<CustomerPageRow[]> {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const order = orderOf(sort);
  const conditions = filterConditions(filter, now, parameters);
  const source = sourceOf(filter, order);
  const isReversed = sort.isAscending !== page.isBackward;
  const direction = isReversed ? 'asc' : 'desc';
  const limit = `${bind(page.limit)}::int`;
  // Every order is one descending list, customers without a value at its end; ascending reads it from there.
  const [after, before] = [page.after, page.before].map(toPlace);
  const [start, end] = sort.isAscending ? [before, after] : [after, before];

  const part = (name: 'valued' | 'unvalued', isSecond: boolean): string => {
    const own =
      name === 'valued'
        ? valuedConditions(order, start, end, bind)
        : unvaluedConditions(order, start, end, bind);
    // The second part does not run if the first one fills the page.
    const gate = isSecond ? [`(select count(*) from first_part) < ${limit}`] : [];
    const by =
      name === 'valued'
        ? `${order.value} ${direction}, ${order.id} ${direction}`
        : `${order.id} ${direction}`;
    return `select c.id, ${order.value} as place from ${source}
      where ${[...conditions, ...own, ...gate].join(' and ')} order by ${by} limit ${limit}`;
  };
  const withProfile = profile.length > 0;
  const columnsOfBoth = (place: string): string =>
    `${selectCustomers('c', columns)}, ${place}::text as place${withProfile ? `, ${selectProfile('p', profile)}` : ''}`;
  const joinProfile = (id: string): string =>
    withProfile ? `left join customer_profiles p on p.customer_id = ${id}` : '';
  if (source === WALKED && !order.isNullable && filter.searchTokens === null) {
    // An index in this order reads the rows directly, without an intermediate list of ids.
    return db.queryBatched<CustomerPageRow>(
      `/* segments.customers */
      select ${columnsOfBoth(order.value)} from ${source} ${joinProfile('c.id')}
      where ${[...conditions, ...valuedConditions(order, start, end, bind)].join(' and ')}
      order by ${order.value} ${direction}, ${order.id} ${direction} limit ${limit}`,
      parameters,
    );
  }
  const [first, second] = isReversed ? (['unvalued', 'valued'] as const) : (['valued', 'unvalued'] as const);
  const found = order.isNullable
    ? `with first_part as materialized (${part(first, false)}), second_part as materialized (${part(second, true)}),
      page as (select id, place from first_part union all select id, place from second_part
        order by ${placeOrder(direction)} limit ${limit})`
    : `with page as materialized (${part('valued', false)})`;
  // A rule makes the text unique, and the number of matches of a search decides its plan; the rest walks an index.
  const plain = filter.searchTokens === null ? 'queryBatched' : 'query';
  return db[filter.rule === null ? plain : 'queryUnprepared']<CustomerPageRow>(
    `/* segments.customers */
    ${found}
    select ${columnsOfBoth('page.place')}
    from page
    join customers c on c.id = page.id
    ${joinProfile('page.id')}
    order by ${placeOrder(direction, 'page.')}`,
    parameters,
  );
}

/** Number of customers who pass the filter and are in the order. */
export async function countCustomers(
  db: Database,
  filter: CustomerFilter,
  sort: CustomerSort,
  now: Date,
): Promise<number> {
  const parameters: unknown[] = [];
  const conditions = filterConditions(filter, now, parameters);
  const run = filter.rule === null ? 'query' : 'queryUnprepared';
  const [row] = await db[run]<{ count: number }>(
    `/* segments.countCustomers */
    select count(*) as count from ${sourceOf(filter, orderOf(sort))} where ${conditions.join(' and ')}`,
    parameters,
  );
  return row!.count;
}

const WALKED = 'customers c';

function sourceOf({ rule }: CustomerFilter, { id }: CustomerOrder): string {
  if (id === 'p.customer_id') return 'customer_profiles p join customers c on c.id = p.customer_id';
  return rule === null ? WALKED : 'customers c left join customer_profiles p on p.customer_id = c.id';
}

function filterConditions(
  { rule, searchTokens, updatedSince }: CustomerFilter,
  now: Date,
  parameters: unknown[],
): string[] {
  const conditions = ['c.merged_into_id is null', 'c.erased_at is null'];
  if (rule !== null) {
    const compiled = compileRule(rule, { now, firstParameter: parameters.length + 1 });
    parameters.push(...compiled.parameters);
    conditions.push(`(${compiled.sql})`);
  }
  if (updatedSince !== null)
    conditions.push(`c.updated_at >= $${parameters.push(updatedSince)}::timestamptz`);
  if (searchTokens !== null) {
    conditions.push(
      searchTokens.length === 0 ? 'false' : searchCondition(`$${parameters.push(searchTokens)}`),
    );
  }
  return conditions;
}

interface Place {
  readonly value: string | null;
  readonly id: string;
}

function toPlace(values: CursorValues | null): Place | null {
  return values === null ? null : { value: values[0] as string | null, id: values[1] as string };
}

type BindValue = (value: unknown) => string;

function valuedConditions(
  { value, id, type, isNullable }: CustomerOrder,
  start: Place | null | undefined,
  end: Place | null | undefined,
  bind: BindValue,
): string[] {
  // The driver would take any text for true if the parameter were a boolean.
  const cast = type === 'boolean' ? 'text::boolean' : type;
  const place = (at: Place) => `(${bind(at.value)}::${cast}, ${bind(at.id)}::uuid)`;
  const conditions = isNullable ? [`${value} is not null`] : [];
  if (start?.value === null) conditions.push('false');
  else if (start != null) conditions.push(`(${value}, ${id}) < ${place(start)}`);
  if (end != null && end.value !== null) conditions.push(`(${value}, ${id}) > ${place(end)}`);
  return conditions;
}

function unvaluedConditions(
  { value, id }: CustomerOrder,
  start: Place | null | undefined,
  end: Place | null | undefined,
  bind: BindValue,
): string[] {
  const conditions = [`${value} is null`];
  if (start?.value === null) conditions.push(`${id} < ${bind(start.id)}::uuid`);
  if (end?.value === null) conditions.push(`${id} > ${bind(end.id)}::uuid`);
  else if (end != null) conditions.push('false');
  return conditions;
}

function placeOrder(direction: 'asc' | 'desc', prefix = ''): string {
  const nulls = direction === 'asc' ? 'first' : 'last';
  return `${prefix}place ${direction} nulls ${nulls}, ${prefix}id ${direction}`;
}
