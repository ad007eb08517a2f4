/** What a caller of segments can fix. */
import { DomainError } from '#platform/errors.ts';

import type { RuleError } from '#rule-language/syntax/errors.ts';

/** A rule that cannot be used; tells every place of it. */
export class SegmentRuleError extends DomainError {
  override readonly name = 'SegmentRuleError';
  /** In the order of the text; at least one. */
  readonly problems: readonly RuleError[];

  constructor(problems: readonly RuleError[]) {
    super(problems[0]?.message ?? 'The rule cannot be used.');
    this.problems = problems;
  }
}

export class SegmentKeyTakenError extends DomainError {
  override readonly name = 'SegmentKeyTakenError';
  readonly key: string;

  constructor(key: string) {
    super(`There is a segment with the key ${key} already. Keys of archived segments stay taken.`);
    this.key = key;
  }
}

/** Segments whose rules refer to each other in a circle. */
export class SegmentCycleError extends DomainError {
  override readonly name = 'SegmentCycleError';
  /** Keys on the way round; the first is also the last. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`The rule comes back to its own segment: ${path.join(' -> ')}.`);
    this.path = path;
  }
}

/** A segment cannot go while others are made of it. */
export class SegmentInUseError extends DomainError {
  override readonly name = 'SegmentInUseError';
  readonly usedBy: readonly string[];

  constructor(key: string, usedBy: readonly string[]) {
    super(`The segment ${key} is used by ${usedBy.join(', ')}. Change their rules first.`);
    this.usedBy = usedBy;
  }
}
