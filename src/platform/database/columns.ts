/** Column types that drizzle lacks, and the ones every table shares. */
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

/** Exact money with four decimals, as decimal text: prices of a tenth of a penny are real. */
export const money = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric(18, 4)' });

export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Distribution column of everything about one person. */
export const customerId = () => uuid('customer_id').notNull();

/** Number of a transaction that is never used again; as decimal text. */
export const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });
