/** Tables of the platform. */
import { doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

import type { Scope } from './auth/viewer.ts';
import { bytea, instant } from './database/columns.ts';

export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  /** SHA-256 of the key: 256 random bits need no slow hash. */
  keyHash: bytea('key_hash').notNull().unique(),
  /** First characters of the key, to identify it in lists. */
  prefix: text().notNull(),
  scopes: text().array().$type<Scope[]>().notNull(),
  /** Origins of the pages that may send with it; null for all. */
  origins: text().array(),
  createdAt: instant('created_at').notNull(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});

/** Facts about this installation, such as a check value of its index key. */
export const installation = pgTable(
  'installation',
  { key: text().notNull(), value: text().notNull() },
  (table) => [primaryKey({ columns: [table.key] })],
);

/** Calls that came with a key, and what they answered: the same call again is answered from here. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of operation, caller and key. */
    keyHash: bytea('key_hash').primaryKey(),
    /** Keyed hash of the input. */
    inputHash: bytea('input_hash').notNull(),
    /** Null while the call is under way; holds no contact data. */
    result: jsonb().$type<unknown>(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [index('idempotency_keys_created').on(table.createdAt)],
);

/** How far runs of jobs are; the queue has tables of its own, which its library makes. */
export const jobProgress = pgTable('job_progress', {
  jobId: uuid('job_id').primaryKey(),
  done: doublePrecision().notNull(),
  /** Null where it is not known. */
  total: doublePrecision(),
  updatedAt: instant('updated_at').notNull(),
});
