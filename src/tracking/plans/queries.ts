/** Reads of tracking plans and their violations. Writes nothing. */
import type { Database } from '#platform/database/database.ts';
import type { RowOf } from '#platform/database/rows.ts';
import { selectList } from '#platform/database/rows.ts';

import { trackingPlans, trackingViolations } from './tables.ts';

export type PlanRow = RowOf<typeof trackingPlans>;
export type ViolationRow = RowOf<typeof trackingViolations>;

const planColumns = selectList(trackingPlans, 'plan');

/** By event. */
export function readActivePlans(db: Database): Promise<PlanRow[]> {
  return db.query<PlanRow>(
    `/* tracking.activePlans */ select ${planColumns} from tracking_plans plan where plan.ended_at is null order by plan.event`,
  );
}

/** Every version of an event's plan, newest first. */
export function readPlans(db: Database, event: string): Promise<PlanRow[]> {
  return db.query<PlanRow>(
    `/* tracking.plansOfEvent */ select ${planColumns} from tracking_plans plan where plan.event = $1 order by plan.version desc`,
    [event],
  );
}

const VIOLATIONS = 100;

/** Of the last days, of each source, newest first; at most 100 of each plan. */
export function readViolations(
  db: Database,
  plans: readonly Pick<PlanRow, 'event' | 'version'>[],
): Promise<ViolationRow[]> {
  return db.query<ViolationRow>(
    `/* tracking.violations */
    select ${selectList(trackingViolations, 'violation')}
    from unnest($1::text[], $2::integer[]) as plan (event, version)
    cross join lateral (
      select * from tracking_violations found where found.event = plan.event and found.version = plan.version
      order by found.day desc, found.source limit ${VIOLATIONS}
    ) violation
    order by violation.day desc, violation.source`,
    [plans.map(({ event }) => event), plans.map(({ version }) => version)],
  );
}
