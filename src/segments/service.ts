/** Writes and rules for segments: the only code that writes `segments`. */
import { eq } from 'drizzle-orm';

import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { checkKey, checkTexts } from '#named-resources/names.ts';
import { SegmentCycleError, SegmentInUseError } from './errors.ts';
import { removeReevaluations } from './membership/scheduled-reevaluations.ts';
import { evaluateForEverybody } from './membership/full-evaluation.ts';
import { readRuleToStore } from './vocabulary/group-keys.ts';
import { findSegmentCycle, inlineSegments, referencedSegments } from '#rule-language/check/references.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { type ActiveSegment, readActiveSegments } from './membership/active-segments.ts';
import { assertUnused, lockRules } from './lock-rules.ts';
import { segmentResource, type SegmentRow } from './queries.ts';
import { checkWork, isTimeDriven } from './vocabulary/rule.ts';
import { runRule } from './vocabulary/rule-timeout.ts';
import { followMemberships } from './membership/intervals.ts';
import { segmentMemberships } from './tables.ts';

export interface CreateSegmentInput {
  readonly key: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly rule: string;
}

export interface UpdateSegmentInput {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly rule?: string | null | undefined;
}

/**
 * Saves a segment and evaluates its members.
 * @throws {InvalidInputError} key or name is invalid
 * @throws {SegmentRuleError} the rule is invalid
 * @throws {SegmentCycleError} the rule refers to the segment itself
 * @throws {SegmentKeyTakenError}
 */
export async function createSegment(app: App, input: CreateSegmentInput): Promise<SegmentRow> {
  checkKey(input.key);
  checkTexts(input);
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    await lockRules(transaction);
    const live = await readActiveSegments(transaction);
    const rule = await checkRule(transaction, input.key, input.rule, live);
    const row = await segmentResource.insert(transaction, {
      id: createId(now.getTime()),
      key: input.key,
      name: input.name,
      description: input.description ?? null,
      rule: rule.text,
      ruleVersion: 1,
      isTimeDriven: rule.isTimeDriven,
      createdAt: now,
      updatedAt: now,
    });
    return evaluateSaved(transaction, row, rule, now);
  });
}

/**
 * Saves a copy of a segment, archived or not, with its rule and description.
 * @throws {NotFoundError} there is no such segment; else as `createSegment`
 */
export async function duplicateSegment(
  app: App,
  id: string,
  { key, name }: Pick<CreateSegmentInput, 'key'> & { readonly name?: string | null | undefined },
): Promise<SegmentRow> {
  const [original] = await segmentResource.byIds(app.db, [id]);
  if (original === undefined) throw new NotFoundError(`There is no segment with the id ${id}.`);
  const { description, rule } = original;
  return createSegment(app, { key, name: name ?? original.name, description, rule });
}

/**
 * Changes the given fields; a changed rule is a new version, and its members are evaluated again.
 * @throws {NotFoundError} there is no such segment, or it is archived
 * @throws {InvalidInputError} the name is invalid
 * @throws {SegmentRuleError} the rule is invalid
 * @throws {SegmentCycleError} the rule refers to the segment itself
 */
export async function updateSegment(app: App, id: string, input: UpdateSegmentInput): Promise<SegmentRow> {
  checkTexts(input);
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    await lockRules(transaction);
    const live = await readActiveSegments(transaction);
    const current = await segmentResource.lock(transaction, id);
    const rule = input.rule == null ? null : await checkRule(transaction, current.key, input.rule, live);
    const isNewRule = rule !== null && rule.text !== current.rule;
    const row = await segmentResource.update(transaction, id, {
      name: input.name ?? undefined,
      description: input.description,
      ...(rule === null ? {} : { rule: rule.text, isTimeDriven: rule.isTimeDriven }),
      ...(isNewRule ? { ruleVersion: current.ruleVersion + 1 } : {}),
      updatedAt: now,
    });
    if (rule === null) return row;
    return evaluateSaved(transaction, row, rule, now);
  });
}

/**
 * Archives a segment: its memberships end, and its key stays taken. Idempotent.
 * @throws {NotFoundError} there is no such segment
 * @throws {SegmentInUseError} rules of other segments refer to it
 */
export async function archiveSegment(app: App, id: string): Promise<SegmentRow> {
  const now = app.clock();
  return app.db.transaction(async (transaction) => {
    await lockRules(transaction);
    return segmentResource.archive(transaction, id, now, async (segment) => {
      await assertUnused(transaction, segment.key, SegmentInUseError, 'segment');
      await transaction.orm.delete(segmentMemberships).where(eq(segmentMemberships.segmentId, id));
      await removeReevaluations(transaction, id);
      await followMemberships(transaction, segment, 'archive', now);
    });
  });
}

interface CheckedRule {
  /** The text to store. */
  readonly text: string;
  readonly inlined: Rule;
  readonly isTimeDriven: boolean;
  /** Active segments whose rules refer to this one, directly or indirectly. */
  readonly users: readonly ActiveSegment[];
}

async function checkRule(
  db: Database,
  key: string,
  text: string,
  live: readonly ActiveSegment[],
): Promise<CheckedRule> {
  const { text: spelled, rule } = await readRuleToStore(db, text);
  const rules = new Map([
    ...live.map((segment) => [segment.key, segment.rule] as const),
    [key, rule] as const,
  ]);
  const resolve = (other: string) => rules.get(other);
  const cycle = findSegmentCycle(key, rule, resolve);
  if (cycle !== undefined) throw new SegmentCycleError(cycle);
  checkWork(text, rule, resolve);
  const users = usersOf(key, live);
  for (const user of users) checkWork(text, user.rule, resolve, user.key);
  const inlined = inlineSegments(rule, resolve, [key]);
  return { text: spelled, inlined, isTimeDriven: isTimeDriven(inlined), users };
}

function usersOf(key: string, live: readonly ActiveSegment[]): ActiveSegment[] {
  const direct = live.filter(({ rule }) => referencedSegments(rule).includes(key));
  return direct.concat(direct.flatMap((user) => usersOf(user.key, live)));
}

/** Updates the memberships of the segment and of those that refer to it in the transaction. */
async function evaluateSaved(
  transaction: Database,
  row: SegmentRow,
  { text, users }: CheckedRule,
  now: Date,
): Promise<SegmentRow> {
  const due = new Set([row.id, ...users.map(({ id }) => id)]);
  const live = await readActiveSegments(transaction);
  for (const segment of live.filter(({ id }) => due.has(id))) {
    await runRule(text, evaluateForEverybody(transaction, segment, 'rule', now));
  }
  return { ...row, evaluatedAt: now };
}
