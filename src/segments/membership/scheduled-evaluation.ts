/** Keeps the members of all segments right as time passes, and after changes that touch everybody. Saves no segment. */
import type { App } from '#platform/app.ts';

import { looksAt } from './fact-index.ts';
import { readDueReevaluations } from './scheduled-reevaluations.ts';
import { reevaluateDue } from './incremental-evaluation.ts';
import { evaluateForEverybody } from './full-evaluation.ts';
import { type ActiveSegment, readActiveSegments } from './active-segments.ts';
import { compileNextTransition } from '../vocabulary/rule.ts';
import type { MembershipCauseName } from '../tables.ts';

const DUES_PER_TURN = 500;

/** Finds the members of every live segment anew. @returns how many segments there are */
export function evaluateAllSegments(app: App, signal?: AbortSignal): Promise<number> {
  return evaluateSome(app, () => true, 'evaluation', signal);
}

/**
 * Looks at people and segments whose moment has come, and at nobody else.
 * @returns how many pairs of a person and a segment were due
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

/** Finds everybody anew in segments whose rule looks at the clock in a way that nobody can foretell. */
export function reevaluateUnscheduled(app: App, signal?: AbortSignal): Promise<number> {
  const now = app.clock();
  const isDue = ({ isTimeDriven, inlined }: ActiveSegment) =>
    isTimeDriven && compileNextTransition(inlined, { now }) === null;
  return evaluateSome(app, isDue, 'time', signal);
}

/**
 * Finds everybody anew in the segments that look at these kinds of facts, such as `cluster.rfm`: for features that
 * compute them for many people at once.
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

/** Segments that ask for the history of one of them are evaluated after it. */
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
