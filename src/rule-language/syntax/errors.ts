/** Positioned rule errors, as data that an editor can underline; it decides no wording of the language itself. */

export interface RuleError {
  readonly message: string;
  /** Where it starts, in UTF-16 code units from 0. */
  readonly offset: number;
  /** Line and column from 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** What could stand here, as it would be typed. */
  readonly expected: readonly string[];
  /** Text to put in place of the marked stretch. */
  readonly suggestion?: string;
}

export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Where each node of a tree stands in its text. */
export type Spans = ReadonlyMap<object, Span>;

/** A fault before it is tied to lines and columns. */
export interface Fault {
  readonly message: string;
  readonly span: Span;
  readonly expected?: readonly string[];
  readonly suggestion?: string | undefined;
}

/** Ties a fault to line and column of its text. */
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
