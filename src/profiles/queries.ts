/** Reads of profiles. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import { columnsOf, type RowOf, selectList } from '#platform/database/rows.ts';

import { customerProfiles } from './tables.ts';

/** One customer's profile for loaders; a row contains the selected columns. */
export type ProfileRow = RowOf<typeof customerProfiles>;

export type ProfileColumn = keyof ProfileRow;
export const profileColumns: readonly ProfileColumn[] = columnsOf(customerProfiles);

/** The select list of these columns, under an alias. */
export function selectProfile(alias: string, columns: readonly ProfileColumn[]): string {
  return selectList(customerProfiles, alias, columns);
}

/** @param columns of the rows; must contain the customer's id */
export function readProfiles(
  db: Database,
  customerIds: readonly string[],
  columns = profileColumns,
): Promise<ProfileRow[]> {
  return db.queryBatched<ProfileRow>(
    `/* profiles.byCustomer */
    select ${selectProfile('p', columns)} from customer_profiles p where p.customer_id = any($1::uuid[])`,
    [customerIds],
  );
}

/** The profile of a customer without activity. */
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
