/** Positioned rule errors, as data for editors. */

export interface RuleError {
  readonly message: string;
  /** Where it starts, in UTF-16 code units from 0. */
  readonly offset: number;
  /** Line and column from 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The valid texts at this position, as typed. */
  readonly expected: readonly string[];
  /** Replacement for the marked text. */
  readonly suggestion?: string;
}

export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Position of each node of a tree in its text. */
export type Spans = ReadonlyMap<object, Span>;

/** An error without line and column. */
export interface Fault {
  readonly message: string;
  readonly span: Span;
  readonly expected?: readonly string[];
  readonly suggestion?: string | undefined;
}

/** Adds line and column of the text. */
export function locateFault(text: string, { message, span, expected = [], suggestion }: Fault): RuleError {
  const before = text.slice(0, span.offset).split(/\r\n|\r|\n/);
  return {
    message,
    offset: span.offset,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: span.length,
    expected,
    ...(suggestion !== undefined && { suggestion }),
  };
}
