/** The tables of tracking plans, and of the violations of each. */
import { integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';

import { instant } from '#platform/database/columns.ts';

/** Treatment of an event that violates its plan. */
export type PlanMode = 'warn' | 'strip' | 'reject';

/** Every version that an event had; the newest one holds, unless it was removed. */
export const trackingPlans = pgTable(
  'tracking_plans',
  {
    /** As senders write it. */
    event: text().notNull(),
    /** From 1. */
    version: integer().notNull(),
    /** JSON Schema of its properties. */
    schema: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    mode: text().$type<PlanMode>().notNull(),
    createdAt: instant('created_at').notNull(),
    /** When a newer version took its place, or it was removed. */
    endedAt: instant('ended_at'),
  },
  (table) => [primaryKey({ columns: [table.event, table.version] })],
);

export const trackingViolations = pgTable(
  'tracking_violations',
  {
    event: text().notNull(),
    version: integer().notNull(),
    source: text().notNull(),
    /** In UTC: 2026-01-31. */
    day: text().notNull(),
    count: integer().notNull(),
    /** Expectation that the last one missed; without a value of the event. */
    lastReason: text('last_reason').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.event, table.version, table.source, table.day] })],
);
