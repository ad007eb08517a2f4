/** Writes and rules for tracking plans: the only code that writes their tables. */
import { isDeepStrictEqual } from 'node:util';

import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { readKey } from '#platform/input/text.ts';
import { and, eq, isNull } from 'drizzle-orm';

import { compilePlan, type PlanCheck } from './compile.ts';
import { type PlanRow, readActivePlans, readPlans } from './queries.ts';
import { type PlanMode, trackingPlans } from './tables.ts';

const MAX_PLANS = 1_000;
const MAX_EVENT_LENGTH = 500;
/** Other processes use a new plan within this time. */
const TRUST_MS = 5_000;

export interface ActivePlan {
  readonly version: number;
  readonly mode: PlanMode;
  readonly check: PlanCheck;
}

export interface PlanInput {
  readonly event: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly mode: PlanMode;
}

/** A violation, to be counted. */
export interface Violation {
  readonly event: string;
  readonly version: number;
  readonly reason: string;
}

const remembered = perApp(() => ({
  plans: null as Promise<ReadonlyMap<string, ActivePlan>> | null,
  readAtMs: -Infinity,
}));

/** The plans that hold, by event; read at most every few seconds. */
export function activePlans(app: App): Promise<ReadonlyMap<string, ActivePlan>> {
  const memory = remembered(app);
  const nowMs = performance.now();
  if (memory.plans === null || nowMs - memory.readAtMs > TRUST_MS) {
    memory.readAtMs = nowMs;
    memory.plans = compileAll(app).catch((error: unknown) => {
      memory.plans = null;
      throw error;
    });
  }
  return memory.plans;
}

async function compileAll({ db }: App): Promise<ReadonlyMap<string, ActivePlan>> {
  const rows = await readActivePlans(db);
  return new Map(
    rows.map(({ event, version, mode, schema }) => [event, { version, mode, check: compilePlan(schema) }]),
  );
}

/**
 * Gives the event a plan, or the plan another version; one that says the same stays as it is.
 * @throws {InvalidInputError} of the event or the schema, or too many plans
 */
export async function setTrackingPlan(app: App, { event, schema, mode }: PlanInput): Promise<PlanRow> {
  const name = readKey('event', event, MAX_EVENT_LENGTH);
  compilePlan(schema);
  const now = app.clock();
  const plan = await app.db.transaction(async (tx) => {
    await tx.query('/* tracking.lockPlans */ lock table tracking_plans in exclusive mode');
    const versions = await readPlans(tx, name);
    const [newest] = versions;
    const isActive = newest !== undefined && newest.endedAt === null;
    if (isActive && newest.mode === mode && isDeepStrictEqual(newest.schema, schema)) {
      return newest;
    }
    if (!isActive && (await readActivePlans(tx)).length >= MAX_PLANS) {
      throw new InvalidInputError('event', `expected at most ${MAX_PLANS} events with a plan`);
    }
    await endPlan(tx, name, now);
    const [row] = await tx.orm
      .insert(trackingPlans)
      .values({ event: name, version: (newest?.version ?? 0) + 1, schema, mode, createdAt: now })
      .returning();
    return row!;
  });
  remembered(app).plans = null;
  return plan;
}

/** Events of the name are taken as they come from then on. @throws {NotFoundError} it has no plan */
export async function removeTrackingPlan(app: App, event: string): Promise<PlanRow> {
  const ended = await endPlan(app.db, event, app.clock());
  remembered(app).plans = null;
  if (ended === undefined) throw new NotFoundError('There is no tracking plan of this event.');
  return ended;
}

async function endPlan(db: Database, event: string, at: Date): Promise<PlanRow | undefined> {
  const [row] = await db.orm
    .update(trackingPlans)
    .set({ endedAt: at })
    .where(and(eq(trackingPlans.event, event), isNull(trackingPlans.endedAt)))
    .returning();
  return row;
}

/** In the transaction of the messages; one statement, where there is a violation. */
export async function countViolations(
  tx: Database,
  source: string,
  violations: readonly Violation[],
  at: Date,
): Promise<void> {
  if (violations.length === 0) return;
  const byPlan = Map.groupBy(violations, ({ event, version }) => `${version} ${event}`);
  // Sorted, so that two requests wait in one direction only.
  const groups = [...byPlan].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
  await tx.query(
    `/* tracking.countViolations */
    insert into tracking_violations as stored (event, version, source, day, count, last_reason, last_at)
    select event, version, $1, $2, count, reason, $3::timestamptz
    from unnest($4::text[], $5::integer[], $6::integer[], $7::text[]) as found (event, version, count, reason)
    on conflict (event, version, source, day) do update set count = stored.count + excluded.count,
      last_reason = excluded.last_reason, last_at = excluded.last_at`,
    [
      source,
      at.toISOString().slice(0, 10),
      at,
      groups.map(([first]) => first!.event),
      groups.map(([first]) => first!.version),
      groups.map((group) => group.length),
      groups.map((group) => group.at(-1).reason),
    ],
  );
}
