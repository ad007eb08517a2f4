/** Tables of profiles, and of the population figures behind their scores. */
import { doublePrecision, index, integer, jsonb, pgTable, smallint, text } from 'drizzle-orm/pg-core';

import { customers } from '#customers/tables.ts';
import { customerId, instant, money } from '#platform/database/columns.ts';

import type { RfmGroup } from './rfm.ts';

export interface CategoryShareRow {
  readonly category: string;
  /** Exact decimal text, in units of the currency. */
  readonly revenue: string;
  /** Share of the customer's revenue in categories, 0 to 1. */
  readonly share: number;
}

export interface InterestRow {
  readonly keyword: string;
  /** Relative to the customer's strongest keyword, which is 1. */
  readonly weight: number;
}

export const customerProfiles = pgTable(
  'customer_profiles',
  {
    customerId: customerId()
      .primaryKey()
      .references(() => customers.id),
    orderCount: integer('order_count').notNull(),
    /** Sales minus returns. */
    revenue: money().notNull(),
    firstOrderAt: instant('first_order_at'),
    lastOrderAt: instant('last_order_at'),
    averageGapDays: doublePrecision('average_gap_days'),
    itemCount: integer('item_count').notNull(),
    distinctProductCount: integer('distinct_product_count').notNull(),
    returnCount: integer('return_count').notNull(),
    /** Returned units over sold units, 0 to 1. */
    returnRate: doublePrecision('return_rate'),
    averageOrderValue: money('average_order_value'),
    /** 1 Monday to 7 Sunday (ISO 8601), UTC. */
    preferredWeekday: smallint('preferred_weekday'),
    /** 0 to 23, UTC. */
    preferredHour: smallint('preferred_hour'),
    rfmRecency: smallint('rfm_recency'),
    rfmFrequency: smallint('rfm_frequency'),
    rfmMonetary: smallint('rfm_monetary'),
    rfmGroup: text('rfm_group').$type<RfmGroup>(),
    topCategories: jsonb('top_categories').$type<readonly CategoryShareRow[]>().notNull(),
    interests: jsonb().$type<readonly InterestRow[]>().notNull(),
    /** Names of `tagRules`. */
    tags: text().array().notNull(),
    computedAt: instant('computed_at').notNull(),
  },
  (table) => [
    index('customer_profiles_revenue').on(table.revenue, table.customerId),
    index('customer_profiles_last_order').on(table.lastOrderAt, table.customerId),
    index('customer_profiles_orders').on(table.orderCount, table.customerId),
  ],
);

/** Quintile cut points of the population; scores of a customer use the newest set. */
export const profileQuantiles = pgTable('profile_quantiles', {
  measure: text().$type<'recency' | 'frequency' | 'monetary'>().primaryKey(),
  /** Upper bounds of the lower four quintiles, ascending; recency in seconds since 1970. */
  cuts: doublePrecision().array().notNull(),
  computedAt: instant('computed_at').notNull(),
});

/** Rarity of a keyword: one that few products have is more informative about a customer than a common one. */
export const keywordRarity = pgTable('keyword_rarity', {
  keyword: text().primaryKey(),
  /** 1 + ln((1 + products) / (1 + products with the keyword)), 1 or more. */
  rarity: doublePrecision().notNull(),
});
