/** Limits that bound the cost of parsing and evaluating a rule; `segmentLanguage` and the errors state them. */
export const ruleLimits = {
  /** Characters of a rule. */
  textLength: 20_000,
  /** Clauses, groups and conditions of one rule, inlined segments included. */
  nodes: 500,
  /** Units of work of one rule, inlined segments included: see `workOf`. */
  work: 2_000,
  /** Nested parentheses, and consecutive NOTs. */
  depth: 40,
  /** Values of one IN or HAS list. */
  listLength: 500,
  /** Characters of one string. */
  stringLength: 1_000,
  /** Characters of one regular expression. */
  patternLength: 200,
  /** Largest absolute number: exact in JavaScript and in SQL with `numberDecimals` decimals. */
  numberMagnitude: 1e9,
  numberDecimals: 6,
  /** Maximum number of errors reported for one rule. */
  errors: 20,
  /** Events in one THEN chain. */
  sequenceLength: 5,
} as const;

/** Longest relative date or duration per unit: a hundred years. */
export const longestPeriod = { h: 876_000, d: 36_500, w: 5_200, m: 1_200, y: 100 } as const;
