/** The bounds that keep a rule cheap to read and to run; each is told in `segmentLanguage` and in the error that it causes. */
export const ruleLimits = {
  /** Characters of the whole rule. */
  textLength: 20_000,
  /** Clauses, groups and conditions of one rule, segments written out included. */
  nodes: 500,
  /** Units of work of one rule, segments written out included: see `workOf`. */
  work: 2_000,
  /** Parentheses inside each other, and NOTs in a row. */
  depth: 40,
  /** Values of one IN or HAS list. */
  listLength: 500,
  /** Characters of one string. */
  stringLength: 1_000,
  /** Characters of one regular expression. */
  patternLength: 200,
  /** Largest absolute number: exact in JavaScript and in SQL with `numberDecimals` after the point. */
  numberMagnitude: 1e9,
  numberDecimals: 6,
  /** Errors told of one rule. */
  errors: 20,
  /** Events in one THEN chain. */
  sequenceLength: 5,
} as const;

/** Longest relative date or duration per unit: a hundred years. */
export const longestPeriod = { h: 876_000, d: 36_500, w: 5_200, m: 1_200, y: 100 } as const;
