/** Errors of segments that a caller can fix. */
import { InUseError, KeyTakenError } from '#named-resources/errors.ts';
import { DomainError } from '#platform/errors.ts';

import type { RuleError } from '#rule-language/syntax/errors.ts';

/** An invalid rule; lists every error of it. */
export class SegmentRuleError extends DomainError {
  override readonly name = 'SegmentRuleError';
  /** In the order of the text; at least one. */
  readonly problems: readonly RuleError[];

  constructor(problems: readonly RuleError[]) {
    super(problems[0]?.message ?? 'The rule is invalid.');
    this.problems = problems;
  }
}

export class SegmentKeyTakenError extends KeyTakenError {
  override readonly name = 'SegmentKeyTakenError';

  constructor(key: string) {
    super('segment', key);
  }
}

/** Segments whose rules form a cycle. */
export class SegmentCycleError extends DomainError {
  override readonly name = 'SegmentCycleError';
  /** Keys along the cycle; the first is also the last. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`The rule comes back to its own segment: ${path.join(' -> ')}.`);
    this.path = path;
  }
}

export class SegmentInUseError extends InUseError {
  override readonly name = 'SegmentInUseError';

  constructor(key: string, usedBy: readonly string[]) {
    super('segment', key, usedBy);
  }
}
