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

const PROFILE_COLUMNS = {
  customerId: 'customer_id',
  orderCount: 'order_count',
  revenue: 'revenue',
  firstOrderAt: 'first_order_at',
  lastOrderAt: 'last_order_at',
  averageGapDays: 'average_gap_days',
  itemCount: 'item_count',
  distinctProductCount: 'distinct_product_count',
  returnCount: 'return_count',
  returnRate: 'return_rate',
  averageOrderValue: 'average_order_value',
  preferredWeekday: 'preferred_weekday',
  preferredHour: 'preferred_hour',
  rfmRecency: 'rfm_recency',
  rfmFrequency: 'rfm_frequency',
  rfmMonetary: 'rfm_monetary',
  rfmGroup: 'rfm_group',
  topCategories: 'top_categories',
  interests: 'interests',
  tags: 'tags',
  computedAt: 'computed_at',
} as const satisfies Record<keyof ProfileRow, string>;

export type ProfileColumn = keyof typeof PROFILE_COLUMNS;
export const profileColumns = Object.keys(PROFILE_COLUMNS) as readonly ProfileColumn[];

/** The select list of these columns of `customer_profiles`, under an alias. */
export function selectProfile(alias: string, columns: readonly ProfileColumn[]): string {
  return columns.map((column) => `${alias}.${PROFILE_COLUMNS[column]} as "${column}"`).join(', ');
}

/** @param columns of the rows; must hold the customer's id */
export function readProfiles(
  db: Database,
  customerIds: readonly string[],
  columns = profileColumns,
): Promise<ProfileRow[]> {
  return db.lookUp<ProfileRow>(
    `/* profiles.byCustomer */
    select ${selectProfile('p', columns)} from customer_profiles p where p.customer_id = any($1::uuid[])`,
    [customerIds],
  );
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
