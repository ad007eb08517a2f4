/** `Customer.profile` in the schema. */
import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';

import { builder, type Money } from '#graphql/builder.ts';
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { projectColumns, oncePerField, selectedNames } from '#graphql/selection.ts';
import { instants } from '#graphql/instants.ts';

import { interestCount, interestHalfLifeDays, topCategoryCount } from './computation.ts';
import { profileOf } from './loaders.ts';
import { type ProfileColumn, profileColumns, type ProfileRow } from './queries.ts';
import { type RfmGroup, rfmGroupMeanings, rfmGroups } from './rfm.ts';
import type { CategoryShareRow, InterestRow } from './tables.ts';
import { ruleOfTag } from './tags.ts';

const DAY_MS = 86_400_000;

const RfmGroupType = builder.enumType('RfmGroup', {
  description: 'Group by recency, frequency and monetary score. FM is the mean of the last two, halves up.',
  values: Object.fromEntries(
    rfmGroups.map((value) => [value.toUpperCase(), { value, description: rfmGroupMeanings[value] }]),
  ),
});

interface Rfm {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
  readonly group: RfmGroup;
}

const RfmType = builder.objectRef<Rfm>('Rfm').implement({
  description:
    'Quintiles of all buyers, 5 the best. Cut points are made by the full computation; equal values share a score, so quintiles may be uneven.',
  fields: (t) => ({
    recency: t.exposeInt('recency', {
      description: 'By the instant of the last sale, 1 to 5; 5 bought last.',
    }),
    frequency: t.exposeInt('frequency', {
      description: 'By the number of sales, 1 to 5; 5 bought most often.',
    }),
    monetary: t.exposeInt('monetary', { description: 'By revenue minus returns, 1 to 5; 5 spent most.' }),
    group: t.expose('group', { type: RfmGroupType, description: 'Name of this combination of scores.' }),
  }),
});

const CategoryShare = builder.objectRef<CategoryShareRow>('CategoryShare').implement({
  description: 'Revenue of a customer in one category.',
  fields: (t) => ({
    category: t.exposeString('category', { description: 'Path from the root, parts separated by ` > `.' }),
    revenue: t.field({
      type: 'Money',
      description:
        'Sales minus returns of its products. Categories without a positive amount are not listed.',
      resolve: (row, _arguments, { app }): Money => ({ amount: row.revenue, currency: app.config.currency }),
    }),
    share: t.exposeFloat('share', { description: 'Share of the revenue of all listed categories, 0 to 1.' }),
  }),
});

const Interest = builder.objectRef<InterestRow>('Interest').implement({
  description: 'A keyword of the products that a customer bought.',
  fields: (t) => ({
    keyword: t.exposeString('keyword', { description: 'Lower-case word or phrase of the catalog.' }),
    weight: t.exposeFloat('weight', {
      description: `Above 0 to 1; 1 is the customer's strongest. Sum over order lines of the keyword's weight in the product times its rarity in the catalog, halved for each ${interestHalfLifeDays} days before the last sale.`,
    }),
  }),
});

const Tag = builder.objectRef<string>('Tag').implement({
  description: "A label computed from a customer's facts.",
  fields: (t) => ({
    name: t.string({ description: 'Snake-case name, such as `repeat_buyer`.', resolve: (name) => name }),
    rule: t.string({
      description: 'Its condition, in the segment language.',
      resolve: (name) => ruleOfTag.get(name) ?? '',
    }),
  }),
});

const Profile = builder.objectRef<ProfileRow>('Profile').implement({
  description:
    'Figures computed from the orders of a customer, updated with each order. Sales are orders bought; returns (cancellations and refunds) lower revenue and count in returnCount and returnRate alone; adjustments of the books are not counted. Postage and fees count as money, not as products. Days and hours are UTC.',
  fields: (t) => ({
    orderCount: t.exposeInt('orderCount', { description: 'Number of sales; returned ones stay counted.' }),
    revenue: t.field({
      type: 'Money',
      description: 'Sum of sales minus returns, with postage and fees; may be negative.',
      resolve: (row, _arguments, { app }): Money => ({ amount: row.revenue, currency: app.config.currency }),
    }),
    averageOrderValue: t.field({
      type: 'Money',
      nullable: true,
      description: 'Mean total of a sale before returns; null without a sale.',
      resolve: (row, _arguments, { app }): Money | null =>
        row.averageOrderValue === null
          ? null
          : { amount: row.averageOrderValue, currency: app.config.currency },
    }),
    ...instants(t, {}, { firstOrderAt: 'Time of the first sale.', lastOrderAt: 'Time of the last sale.' }),
    recencyDays: t.float({
      nullable: true,
      description: 'Days from the last sale to this request, with fractions; null without a sale.',
      resolve: (row, _arguments, { now }) =>
        row.lastOrderAt === null ? null : Math.max(0, now.getTime() - row.lastOrderAt.getTime()) / DAY_MS,
    }),
    averageGapDays: t.exposeFloat('averageGapDays', {
      nullable: true,
      description: 'Mean days between consecutive days with sales; null before the second such day.',
    }),
    itemCount: t.exposeInt('itemCount', {
      description: 'Units of products bought; returned ones stay counted.',
    }),
    distinctProductCount: t.exposeInt('distinctProductCount', {
      description: 'Number of distinct products bought.',
    }),
    returnCount: t.exposeInt('returnCount', { description: 'Number of returns: cancellations and refunds.' }),
    returnRate: t.exposeFloat('returnRate', {
      nullable: true,
      description: 'Units of products returned over units bought, 0 to 1; null before the first unit.',
    }),
    preferredWeekday: t.exposeInt('preferredWeekday', {
      nullable: true,
      description:
        'Weekday with the most sales, 1 Monday to 7 Sunday, UTC; the earlier of equals. Null without a sale.',
    }),
    preferredHour: t.exposeInt('preferredHour', {
      nullable: true,
      description: 'Hour with the most sales, 0 to 23, UTC; the earlier of equals. Null without a sale.',
    }),
    rfm: t.field({
      type: RfmType,
      nullable: true,
      description: 'Scores and group; null without a sale and before the first full computation.',
      resolve: readRfm,
    }),
    topCategories: t.expose('topCategories', {
      type: [CategoryShare],
      description: `Categories of most revenue, at most ${topCategoryCount}, largest first.`,
    }),
    interests: t.expose('interests', {
      type: [Interest],
      description: `Strongest keywords, at most ${interestCount}, strongest first.`,
    }),
    tags: t.expose('tags', { type: [Tag], description: 'Tags whose rule matches this customer.' }),
    ...instants(t, {
      computedAt: 'Time of the computation; that of the request for a customer without orders.',
    }),
  }),
});

/** Columns of the fields of `Profile` that have another name or need several. */
const PROFILE_NEEDS: Readonly<Record<string, readonly ProfileColumn[]>> = {
  ...Object.fromEntries(profileColumns.map((column) => [column, [column]])),
  recencyDays: ['lastOrderAt'],
  rfm: ['rfmRecency', 'rfmFrequency', 'rfmMonetary', 'rfmGroup'],
};

/** Marks a field of `Customer` that depends on the profile: a page of customers then reads complete profiles. */
export const readsWholeProfile = { readsWholeProfile: true } as const;

/**
 * Columns of profiles to read together with customers; none without a selected profile.
 * @param customerFields selected fields of `Customer`
 * @param profileFields selected fields of `Profile`
 */
export function profileColumnsFor(
  { schema }: Pick<GraphQLResolveInfo, 'schema'>,
  customerFields: ReadonlySet<string>,
  profileFields: ReadonlySet<string>,
): readonly ProfileColumn[] {
  const fields = (schema.getType('Customer') as GraphQLObjectType).getFields();
  for (const name of customerFields) {
    if (fields[name]?.extensions['readsWholeProfile'] === true) return profileColumns;
  }
  if (profileFields.size === 0) return [];
  return projectColumns(profileFields, PROFILE_NEEDS, profileColumns, ['customerId']);
}

const readColumns = oncePerField((_args: object, info) =>
  projectColumns<ProfileColumn>(selectedNames(info, []), PROFILE_NEEDS, profileColumns, ['customerId']),
);

builder.objectField(Customer, 'profile', (t) =>
  t.field({
    type: Profile,
    description: 'Figures computed from the orders of this customer; empty without orders.',
    canFail: true,
    extensions: requiresColumns(),
    resolve: (customer, args, context, info) => profileOf(context, customer, readColumns(args, info)),
  }),
);

function readRfm(row: ProfileRow): Rfm | null {
  const { rfmRecency, rfmFrequency, rfmMonetary, rfmGroup } = row;
  if (rfmRecency === null || rfmFrequency === null || rfmMonetary === null || rfmGroup === null) return null;
  return { recency: rfmRecency, frequency: rfmFrequency, monetary: rfmMonetary, group: rfmGroup };
}
