/** `Query.customers`: customers by rule, search and order. No SQL. */
import { customerColumnsFor } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { customerById } from '#customers/loaders.ts';
import { type CustomerColumn, customerColumns } from '#customers/queries.ts';
import { searchTokens, wholeValueTokens } from '#customers/contact-data/search.ts';
import { builder } from '#graphql/builder.ts';
import { badInput, readPage, toConnection } from '#graphql/connections.ts';
import { settledAt, UPDATED_SINCE } from '#graphql/read-outs.ts';
import { oncePerField, selectedNames } from '#graphql/selection.ts';
import { hasScope } from '#platform/auth/viewer.ts';
import type { RequestContext } from '#platform/request.ts';
import { profileColumnsFor } from '#profiles/graphql.ts';
import { keepProfile, profileByCustomer } from '#profiles/loaders.ts';
import { emptyProfile, type ProfileColumn, profileColumns, type ProfileRow } from '#profiles/queries.ts';
import { GraphQLError } from 'graphql';

import {
  countCustomers,
  type CustomerFilter,
  type CustomerPageRow,
  type CustomerSort,
  readCustomerPage,
  cursorColumns,
} from './customer-page.ts';
import { SegmentRuleError } from '../errors.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { findOwnDefinition } from '../vocabulary/own-attributes.ts';
import { resolveRule } from '../vocabulary/preview.ts';

const sorts = {
  CREATED_AT_DESC: { by: 'createdAt', isAscending: false },
  CREATED_AT_ASC: { by: 'createdAt', isAscending: true },
  UPDATED_AT_DESC: { by: 'updatedAt', isAscending: false },
  UPDATED_AT_ASC: { by: 'updatedAt', isAscending: true },
  LAST_SEEN_AT_DESC: { by: 'lastSeenAt', isAscending: false },
  LAST_SEEN_AT_ASC: { by: 'lastSeenAt', isAscending: true },
  REVENUE_DESC: { by: 'revenue', isAscending: false },
  REVENUE_ASC: { by: 'revenue', isAscending: true },
  ORDER_COUNT_DESC: { by: 'orderCount', isAscending: false },
  ORDER_COUNT_ASC: { by: 'orderCount', isAscending: true },
  LAST_ORDER_AT_DESC: { by: 'lastOrderAt', isAscending: false },
  LAST_ORDER_AT_ASC: { by: 'lastOrderAt', isAscending: true },
} as const satisfies Readonly<Record<string, CustomerSort>>;

const CustomerSortEnum = builder.enumType('CustomerSort', {
  description: 'Order of customers; ties are broken by id.',
  values: {
    CREATED_AT_DESC: { description: 'Last created first.' },
    CREATED_AT_ASC: { description: 'First created first.' },
    UPDATED_AT_DESC: { description: 'Most recently changed first.' },
    UPDATED_AT_ASC: {
      description: 'Least recently changed first: the order of a read-out by `updatedSince`.',
    },
    LAST_SEEN_AT_DESC: { description: 'Most recently seen first; never seen last.' },
    LAST_SEEN_AT_ASC: { description: 'Never seen first, then least recently seen.' },
    REVENUE_DESC: { description: 'Most revenue first.' },
    REVENUE_ASC: { description: 'Least revenue first.' },
    ORDER_COUNT_DESC: { description: 'Most orders first.' },
    ORDER_COUNT_ASC: { description: 'Fewest orders first.' },
    LAST_ORDER_AT_DESC: { description: 'Most recent order first; without orders last.' },
    LAST_ORDER_AT_ASC: { description: 'Without orders first, then least recent order.' },
  } as const satisfies Readonly<Record<keyof typeof sorts, object>>,
});

const SortDirection = builder.enumType('SortDirection', {
  description: 'Direction of an order.',
  values: {
    ASC: { description: 'Ascending, customers without a value first.' },
    DESC: { description: 'Descending, customers without a value last.' },
  } as const,
});

const CustomerAttributeSort = builder.inputType('CustomerAttributeSort', {
  description: 'An order by a custom attribute. It scans all customers and costs as much as a rule.',
  fields: (t) => ({
    attribute: t.string({
      required: true,
      description: 'Its name as in a rule: a text, number, date or boolean of `attributeDefinitions`.',
    }),
    direction: t.field({
      type: SortDirection,
      defaultValue: 'ASC',
      required: true,
      description: 'Direction.',
    }),
  }),
});

builder.queryField('customers', (t) =>
  t.connection(
    {
      type: Customer,
      description: 'All customers, or the matches of the filter and the search.',
      args: {
        filter: t.arg.string({
          description: 'A rule in the language of segments; see `segmentLanguage`.',
        }),
        search: t.arg.string({
          description:
            'Prefixes of words of the name or of the e-mail before the @, a complete e-mail, a prefix of its domain (`@exam`), or the last 4 to 10 digits of a phone number; all must match. The middle of a word is not found: contact data is sealed. Without the scope `pii:read` only one complete name, e-mail or phone number with its country code.',
        }),
        updatedSince: t.arg({ type: 'DateTime', description: UPDATED_SINCE }),
        sort: t.arg({ type: CustomerSortEnum, description: 'Order; last created first by default.' }),
        sortByAttribute: t.arg({
          type: CustomerAttributeSort,
          description: 'Order by a custom attribute, in place of `sort`.',
        }),
      },
      resolve: async (_, args, context, info) => {
        const { name: sortName, sort } = await readSort(context, args);
        const page = readPage(args, { name: `customers.${sortName}`, columns: cursorColumns(sort) });
        const filter: CustomerFilter = {
          rule: args.filter == null ? null : await readFilter(context, args.filter),
          searchTokens: readSearch(context, args.search),
          updatedSince: args.updatedSince ?? null,
        };
        const { columns, profile } = readColumns(args, info);
        const { db, now } = context;
        if (filter.updatedSince !== null || sort.by === 'updatedAt') await settledAt(context);
        const rows = await readCustomerPage(db, filter, sort, page, { columns, profile, now });
        remember(context, rows, columns, profile);
        return toConnection(
          page,
          rows,
          ({ place, id }) => [place, id],
          () => countCustomers(db, filter, sort, now),
        );
      },
    },
    { name: 'CustomerConnection', description: 'A page of customers.' },
    { name: 'CustomerEdge', description: 'A customer and the cursor.' },
  ),
);

const readColumns = oncePerField((_args: object, info) => {
  const fields = selectedNames(info, ['nodes'], ['edges', 'node']);
  const profileFields = selectedNames(info, ['nodes', 'profile'], ['edges', 'node', 'profile']);
  return {
    columns: customerColumnsFor(info, fields),
    profile: profileColumnsFor(info, fields, profileFields),
  };
});

interface SortArguments {
  readonly sort?: keyof typeof sorts | null | undefined;
  readonly sortByAttribute?:
    | { readonly attribute: string; readonly direction: 'ASC' | 'DESC' }
    | null
    | undefined;
}

/** @throws {GraphQLError} with code BAD_USER_INPUT: the attribute is unknown or has no order */
async function readSort(
  { db }: RequestContext,
  { sort, sortByAttribute }: SortArguments,
): Promise<{ readonly name: string; readonly sort: CustomerSort }> {
  if (sortByAttribute == null) {
    const name = sort ?? 'CREATED_AT_DESC';
    return { name, sort: sorts[name] };
  }
  if (sort != null) throw badInput('Give `sort` or `sortByAttribute`, not both.');
  const { attribute, direction } = sortByAttribute;
  const by = await findOwnDefinition(db, attribute);
  if (by === undefined || by.type === 'list') {
    throw badInput(
      `\`sortByAttribute\`: no customer carries an attribute ${JSON.stringify(attribute.slice(0, 80))} with texts, numbers, dates or booleans alone; see attributeDefinitions.`,
    );
  }
  return { name: `${by.name} ${by.type} ${direction}`, sort: { by, isAscending: direction === 'ASC' } };
}

/** @throws {GraphQLError} with code BAD_USER_INPUT and the positions of the errors in the rule */
async function readFilter({ db }: RequestContext, text: string): Promise<Rule> {
  try {
    return (await resolveRule(db, text)).inlined;
  } catch (error) {
    if (!(error instanceof SegmentRuleError)) throw error;
    throw new GraphQLError(`filter: ${error.message}`, {
      extensions: { code: 'BAD_USER_INPUT', problems: error.problems },
    });
  }
}

/** An empty text is no condition; a text without a searchable term has no results. */
function readSearch(
  { app, viewer }: RequestContext,
  text: string | null | undefined,
): readonly string[] | null {
  if (text == null || text.trim() === '') return null;
  const tokensOf = hasScope(viewer, 'pii:read') ? searchTokens : wholeValueTokens;
  return tokensOf(app.keyring, text) ?? [];
}

/** Rows of the page prime the loaders, so that they are not read again below it. */
function remember(
  context: RequestContext,
  rows: readonly CustomerPageRow[],
  columns: readonly CustomerColumn[],
  profileColumnsRead: readonly ProfileColumn[],
): void {
  for (const row of rows) {
    if (columns.length === customerColumns.length) {
      const { id, country, language, attributes, createdAt, updatedAt, firstSeenAt, lastSeenAt } = row;
      // Apart from the row of the page, which may contain only a part of the profile.
      customerById(context).prime(id, {
        id,
        country,
        language,
        attributes,
        createdAt,
        updatedAt,
        firstSeenAt,
        lastSeenAt,
      });
    }
    if (profileColumnsRead.length === 0) continue;
    const profile = row.customerId == null ? emptyProfile(row.id, context.now) : (row as ProfileRow);
    keepProfile(context, row, profile);
    if (profileColumnsRead.length === profileColumns.length) {
      profileByCustomer(context).prime(row.id, profile);
    }
  }
}
