/** Phrases of comments and descriptions with a standard term or a plainer form. */
const PHRASES: readonly (readonly [pattern: RegExp, use: string])[] = [
  [
    /\b(?:nobody|everybody|somebody|anybody|whoever)\b/i,
    'no customer, all customers, a customer, the caller …',
  ],
  [/\b(?:those|these) who\b/i, 'the thing itself: customers who, callers that'],
  [/\bpeople\b/i, 'customers, users'],
  [/\banew\b/i, 'again'],
  [/\bso many\b/i, 'a number, a maximum'],
  [/\b(?:told|tells?|telling)\b/i, 'says, reports, shows, distinguishes'],
  [/\b(?:stands?|stood) (?:in )?for\b/i, 'means, represents, replaces'],
  [/\b(?:goes|went|going) on\b/i, 'continues, resumes'],
  [/\bpassed over\b/i, 'skipped'],
  [/\bput away\b/i, 'archived'],
  [/\bas once\b/i, 'idempotent'],
  [/\b(?:taken|takes|took) in(?! one order| memory| order)\b/i, 'imported, recorded, absorbed'],
  [/\blook(?:s|ed)? at\b/i, 'reads, compares, views'],
  [/\bhe(?:ld|ld up) (?:to|against)\b/i, 'checked against, limited to'],
  [/\bparted\b/i, 'separated'],
  [/\b(?:brought to|in) one form\b/i, 'normalised'],
  [/\bstays? whole\b/i, 'unchanged'],
  [/\b(?:wish|shelf)\b/i, 'request, snapshot'],
];

/** A sentence has a thing as its subject: it does not begin with one of these. */
const PRONOUN_SUBJECT = /(?:^|[.;] )(?:What|Who|Whom|Whose|Those)\b/;

/** @returns what to write instead, for each fault of a comment or description */
export function faultsOf(comment: string): string[] {
  const phrases = PHRASES.flatMap(([pattern, use]) => {
    const [found] = pattern.exec(comment) ?? [];
    return found === undefined ? [] : [`"${found}": rather ${use}`];
  });
  const [subject] = PRONOUN_SUBJECT.exec(comment) ?? [];
  return subject === undefined ? phrases : [...phrases, `"${subject.trim()}": begin with a thing`];
}
