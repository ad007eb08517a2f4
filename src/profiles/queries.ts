/** Reads of profiles. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import type { CategoryShareRow, InterestRow } from './tables.ts';
import type { RfmGroup } from './rfm.ts';

/** One person's profile as the loaders answer it. */
export interface ProfileRow {
  readonly customerId: string;
  readonly orderCount: number;
  /** Exact decimal text. */
  readonly revenue: string;
  readonly firstOrderAt: Date | null;
  readonly lastOrderAt: Date | null;
  readonly averageGapDays: number | null;
  readonly itemCount: number;
  readonly distinctProductCount: number;
  readonly returnCount: number;
  readonly returnRate: number | null;
  /** Exact decimal text. */
  readonly averageOrderValue: string | null;
  readonly preferredWeekday: number | null;
  readonly preferredHour: number | null;
  readonly rfmRecency: number | null;
  readonly rfmFrequency: number | null;
  readonly rfmMonetary: number | null;
  readonly rfmGroup: RfmGroup | null;
  readonly topCategories: readonly CategoryShareRow[];
  readonly interests: readonly InterestRow[];
  readonly tags: readonly string[];
  readonly computedAt: Date;
}

/** The select list of a `ProfileRow`, from `customer_profiles` under an alias. */
export function profileColumns(alias: string): string {
  return `${alias}.customer_id as "customerId", ${alias}.order_count as "orderCount", ${alias}.revenue,
    ${alias}.first_order_at as "firstOrderAt", ${alias}.last_order_at as "lastOrderAt",
    ${alias}.average_gap_days as "averageGapDays", ${alias}.item_count as "itemCount",
    ${alias}.distinct_product_count as "distinctProductCount", ${alias}.return_count as "returnCount",
    ${alias}.return_rate as "returnRate", ${alias}.average_order_value as "averageOrderValue",
    ${alias}.preferred_weekday as "preferredWeekday", ${alias}.preferred_hour as "preferredHour",
    ${alias}.rfm_recency as "rfmRecency", ${alias}.rfm_frequency as "rfmFrequency",
    ${alias}.rfm_monetary as "rfmMonetary", ${alias}.rfm_group as "rfmGroup",
    ${alias}.top_categories as "topCategories", ${alias}.interests, ${alias}.tags,
    ${alias}.computed_at as "computedAt"`;
}

const profilesByCustomer = `/* profiles.byCustomer */
  select ${profileColumns('p')} from customer_profiles p where p.customer_id = any($1::uuid[])`;

export function readProfiles(db: Database, customerIds: readonly string[]): Promise<ProfileRow[]> {
  return db.query<ProfileRow>(profilesByCustomer, [customerIds]);
}

/** What is known of somebody who has done nothing yet. */
export function emptyProfile(customerId: string, now: Date): ProfileRow {
  return {
    customerId,
    orderCount: 0,
    revenue: '0.0000',
    firstOrderAt: null,
    lastOrderAt: null,
    averageGapDays: null,
    itemCount: 0,
    distinctProductCount: 0,
    returnCount: 0,
    returnRate: null,
    averageOrderValue: null,
    preferredWeekday: null,
    preferredHour: null,
    rfmRecency: null,
    rfmFrequency: null,
    rfmMonetary: null,
    rfmGroup: 'prospects',
    topCategories: [],
    interests: [],
    tags: [],
    computedAt: now,
  };
}
