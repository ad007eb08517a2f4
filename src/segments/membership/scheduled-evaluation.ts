/** Reevaluates segments as time passes, and after changes that affect all customers. */
import type { App } from '#platform/app.ts';

import { looksAt } from './fact-index.ts';
import { readDueReevaluations } from './scheduled-reevaluations.ts';
import { reevaluateDue } from './incremental-evaluation.ts';
import { evaluateForEverybody } from './full-evaluation.ts';
import { type ActiveSegment, readActiveSegments } from './active-segments.ts';
import { compileNextTransition } from '../vocabulary/rule.ts';
import type { MembershipCauseName } from '../tables.ts';

const DUES_PER_TURN = 500;

/** Reevaluates every active segment for all customers. @returns number of segments */
export function evaluateAllSegments(app: App, signal?: AbortSignal): Promise<number> {
  return evaluateSome(app, () => true, 'evaluation', signal);
}

/**
 * Evaluates the pairs of customer and segment that are due.
 * @returns number of pairs that were due
 */
export async function reevaluateDueMembers(app: App, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const now = app.clock();
    const dues = await readDueReevaluations(app.db, now, DUES_PER_TURN);
    if (dues.length === 0) return count;
    await reevaluateDue(app.db, dues, now);
    count += dues.length;
  }
}

/** Reevaluates for all customers the segments whose transition times cannot be computed. */
export function reevaluateUnscheduled(app: App, signal?: AbortSignal): Promise<number> {
  const now = app.clock();
  const isDue = ({ isTimeDriven, inlined }: ActiveSegment) =>
    isTimeDriven && compileNextTransition(inlined, { now }) === null;
  return evaluateSome(app, isDue, 'time', signal);
}

/**
 * Reevaluates for all customers the segments that depend on these kinds of facts, such as `cluster.rfm`: for features
 * that compute them for many customers at once.
 */
export function evaluateSegmentsOf(
  app: App,
  facts: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const isDue = (segment: ActiveSegment) =>
    segment.facts !== null && facts.some((fact) => looksAt(segment.facts!, fact));
  return evaluateSome(app, isDue, 'group', signal);
}

/** Segments that refer to the history of one of them are evaluated after it. */
async function evaluateSome(
  app: App,
  isDue: (segment: ActiveSegment) => boolean,
  cause: MembershipCauseName,
  signal: AbortSignal | undefined,
): Promise<number> {
  const evaluated = new Set<string>();
  for (const segment of await readActiveSegments(app.db)) {
    if (!isDue(segment) && !segment.follows.some((key) => evaluated.has(key))) continue;
    signal?.throwIfAborted();
    await evaluateForEverybody(app.db, segment, cause, app.clock());
    evaluated.add(segment.key);
  }
  return evaluated.size;
}
