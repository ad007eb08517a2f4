/** Tables of customers: identities, contact data, consents. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

import { bytea, customerId, instant } from '#platform/database/columns.ts';

export const customers = pgTable(
  'customers',
  {
    id: uuid().primaryKey(),
    /** ISO 3166-1 alpha-2 where the source is valid, else its original text. */
    country: text(),
    /** BCP 47 tag. */
    language: text(),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    firstSeenAt: instant('first_seen_at'),
    lastSeenAt: instant('last_seen_at'),
    /** The customer that this one was merged into; such rows are in no query. */
    mergedIntoId: uuid('merged_into_id'),
    erasedAt: instant('erased_at'),
  },
  (table) => [
    index('customers_created_at').on(table.createdAt, table.id),
    index('customers_updated_at').on(table.updatedAt, table.id),
    index('customers_last_seen_at').on(table.lastSeenAt, table.id),
    // Serves equality and list membership of any attribute.
    index('customers_attributes').using('gin', table.attributes.op('jsonb_path_ops')),
    index('customers_merged_into')
      .on(table.mergedIntoId)
      .where(sql`merged_into_id is not null`),
  ],
);

/** Global lookup from an identity to its customer, distributed by the value's hash. */
export const customerIdentities = pgTable(
  'customer_identities',
  {
    valueHash: bytea('value_hash').notNull(),
    kind: text().$type<'email' | 'phone' | 'external' | 'anonymous'>().notNull(),
    /** System that issued an external id; empty for the other kinds. */
    source: text().notNull().default(''),
    customerId: customerId(),
    /** The id itself where it is not contact data (external, anonymous); null for e-mail and phone. */
    value: text(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.valueHash, table.kind, table.source] }),
    index('customer_identities_customer').on(table.customerId),
  ],
);

/**
 * Identities that two customers cannot share, for a manual decision. The customer is the one of the record, who does
 * not own the identity.
 */
export const identityConflicts = pgTable(
  'identity_conflicts',
  {
    customerId: customerId().references(() => customers.id),
    id: uuid().notNull(),
    /** The owner of the identity; the nil UUID where there is none. */
    otherId: uuid('other_id').notNull(),
    kind: text().$type<'email' | 'phone' | 'external' | 'anonymous'>().notNull(),
    source: text().notNull(),
    /** As in `customer_identities`. */
    valueHash: bytea('value_hash').notNull(),
    value: text(),
    reason: text().$type<'contradiction' | 'limit'>().notNull(),
    status: text().$type<'open' | 'kept_apart'>().notNull(),
    firstSeenAt: instant('first_seen_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    resolvedAt: instant('resolved_at'),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.id] }),
    uniqueIndex('identity_conflicts_once').on(table.customerId, table.otherId, table.valueHash, table.kind),
    index('identity_conflicts_seen').on(table.status, table.firstSeenAt, table.id),
    index('identity_conflicts_other').on(table.otherId),
  ],
);

/** Contact data, sealed. */
export const customerContacts = pgTable(
  'customer_contacts',
  {
    customerId: customerId().references(() => customers.id),
    kind: text().$type<'name' | 'email' | 'phone' | 'address'>().notNull(),
    /** 0 is the preferred one of its kind. */
    position: smallint().notNull(),
    keyId: text('key_id').notNull(),
    sealed: bytea().notNull(),
    /** Keyed hash of the normalised value, to detect an unchanged one. */
    valueHash: bytea('value_hash').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.kind, table.position] }),
    index('customer_contacts_key').on(table.keyId),
  ],
);

/** Blind-indexed search terms of a customer. */
export const customerSearch = pgTable(
  'customer_search',
  {
    customerId: customerId()
      .primaryKey()
      .references(() => customers.id),
    tokens: bigint({ mode: 'bigint' }).array().notNull(),
  },
  (table) => [index('customer_search_tokens').using('gin', table.tokens)],
);

/** Current consents of a customer. */
export const consents = pgTable(
  'consents',
  {
    customerId: customerId().references(() => customers.id),
    channel: text().notNull(),
    purpose: text().notNull(),
    status: text().$type<'granted' | 'denied'>().notNull(),
    source: text().notNull(),
    proof: jsonb().$type<Record<string, unknown>>(),
    recordedAt: instant('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.channel, table.purpose] })],
);

/** Every consent ever given or withdrawn, the current one included. */
export const consentHistory = pgTable(
  'consent_history',
  {
    customerId: customerId().references(() => customers.id),
    channel: text().notNull(),
    purpose: text().notNull(),
    recordedAt: instant('recorded_at').notNull(),
    id: uuid().notNull(),
    status: text().$type<'granted' | 'denied'>().notNull(),
    source: text().notNull(),
    proof: jsonb().$type<Record<string, unknown>>(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.channel, table.purpose, table.recordedAt, table.id] }),
  ],
);

/** Customers whose facts changed since their profile was computed; written in the transaction of the change. */
export const recomputeQueue = pgTable(
  'recompute_queue',
  {
    customerId: customerId().primaryKey(),
    changedAt: instant('changed_at').notNull(),
    /** The changed facts, each with the event that changed it; null where anything may have changed. */
    facts: jsonb().$type<Record<string, string | null>>(),
  },
  (table) => [index('recompute_queue_at').on(table.changedAt)],
);

/**
 * Connections between customers. Each is stored twice, with either side as the customer, so that both read it by their
 * own key.
 */
export const customerConnections = pgTable(
  'customer_connections',
  {
    customerId: customerId().references(() => customers.id),
    otherId: uuid('other_id').notNull(),
    kind: text().$type<'referral' | 'household' | 'follow'>().notNull(),
    /** `outgoing`: the customer referred or follows the other; the other's row then says `incoming`. */
    direction: text().$type<'outgoing' | 'incoming' | 'mutual'>().notNull(),
    source: text().notNull(),
    /** Null where the source did not say. */
    beganAt: instant('began_at'),
    recordedAt: instant('recorded_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.otherId, table.kind, table.direction] }),
    index('customer_connections_recorded').on(
      table.customerId,
      table.recordedAt,
      table.otherId,
      table.kind,
      table.direction,
    ),
    check('customer_connections_two_people', sql`customer_id <> other_id`),
  ],
);
