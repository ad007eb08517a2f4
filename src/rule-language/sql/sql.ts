/** SQL fragments with their parameters: the only code that numbers `$n`. */

export type SqlParameter = string | number | boolean | readonly string[] | readonly number[];

/** A boolean expression; `isTotal` where it is never null. */
export interface Condition {
  readonly sql: string;
  readonly isTotal: boolean;
}

export type Bind = (value: SqlParameter, type: string) => string;

/** Collects values from `$first` on; each call returns the placeholder of its value. */
export function createParameters(first: number): { readonly params: SqlParameter[]; readonly bind: Bind } {
  const params: SqlParameter[] = [];
  return { params, bind: (value, type) => `$${first - 1 + params.push(value)}::${type}` };
}

/** True also where the condition is null: a negated comparison keeps customers without the value. */
export function negate({ sql, isTotal }: Condition): Condition {
  return { sql: isTotal ? `not (${sql})` : `(${sql}) is not true`, isTotal: true };
}

/** The same condition in a form that Postgres does not turn into a join. */
export function asExpression({ sql }: Condition): Condition {
  return { sql: `(${sql}) is true`, isTotal: true };
}

export function negateIf(negated: boolean, condition: Condition): Condition {
  return negated ? negate(condition) : condition;
}

export function joinConditions(word: 'and' | 'or', conditions: readonly Condition[]): Condition {
  if (conditions.length === 1) return conditions[0]!;
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(` ${word} `)})`,
    isTotal: conditions.every(({ isTotal }) => isTotal),
  };
}

/** A definition's expression as an operand: in parentheses unless it is a plain column. */
export function asOperand(sql: string): string {
  return /^[a-z_][a-z0-9_.]*$/i.test(sql) ? sql : `(${sql})`;
}

/** A text of the data as a literal: everything but plain words is escaped, so that it contains no placeholder. */
export function quoteLiteral(text: string): string {
  if (/^[A-Za-z0-9_ .-]*$/.test(text)) return `'${text}'`;
  const escaped = text.replaceAll(/[^A-Za-z0-9_ .-]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
  return `E'${escaped}'`;
}
