/** The grammar of predicates: comparisons, lists, ranges, searches and dates around today. */
import type { TokenType } from 'chevrotain';

import { LiteralGrammar } from './grammar-literals.ts';
import * as t from './tokens.ts';
import type { Comparator, DateLiteral, Duration, Predicate, StringLiteral, TextOperator } from './tree.ts';

const comparators: readonly (readonly [TokenType, Comparator])[] = [
  [t.Equal, '='],
  [t.NotEqual, '!='],
  [t.LessOrEqual, '<='],
  [t.GreaterOrEqual, '>='],
  [t.Less, '<'],
  [t.Greater, '>'],
];
const textOperators: readonly (readonly [TokenType, TextOperator])[] = [
  [t.Contains, 'contains'],
  [t.StartsWith, 'starts_with'],
  [t.EndsWith, 'ends_with'],
  [t.MatchesRegex, 'matches_regex'],
];
export class PredicateGrammar extends LiteralGrammar {
  protected readonly predicate = this.RULE('predicate', (): Predicate =>
    this.choose<Predicate>(0, [
      { ALT: () => this.SUBRULE(this.comparison) },
      { ALT: () => this.SUBRULE(this.nullTest) },
      {
        ALT: () => {
          const negated = this.SUBRULE(this.optionalNot);
          return this.SUBRULE(this.negatable, { ARGS: [negated] });
        },
      },
    ]),
  );

  protected readonly comparison = this.RULE('comparison', (): Predicate => {
    const { token: sign, value: operator } = this.oneOf(comparators);
    const value = this.SUBRULE(this.operand);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'compare', operator, value }, sign));
  });

  protected readonly nullTest = this.RULE('nullTest', (): Predicate => {
    const { token: word, value: negated } = this.oneOf([
      [t.IsNull, false],
      [t.IsNotNull, true],
    ]);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'null', negated }, word));
  });

  /** The predicates that NOT may negate. */
  protected readonly negatable = this.RULE('negatable', (negated: boolean): Predicate =>
    this.choose<Predicate>(0, [
      {
        ALT: () => {
          const word = this.CONSUME(t.In);
          const values = this.SUBRULE(this.literalList);
          return this.ACTION(() => this.mark<Predicate>({ kind: 'in', values, negated }, word));
        },
      },
      {
        ALT: () => {
          const word = this.CONSUME(t.Between);
          const low = this.SUBRULE(this.operand);
          this.CONSUME(t.And);
          const high = this.SUBRULE2(this.operand);
          return this.ACTION(() => this.mark<Predicate>({ kind: 'between', low, high, negated }, word));
        },
      },
      { ALT: () => this.SUBRULE(this.textTest, { ARGS: [negated] }) },
      { ALT: () => this.SUBRULE(this.listTest, { ARGS: [negated] }) },
      {
        ALT: () => {
          const { token: word, value: direction } = this.SUBRULE(this.withinDirection);
          const period = this.SUBRULE(this.period);
          return this.ACTION(() => this.mark(withinAsBetween(direction, period, negated), word));
        },
      },
      {
        ALT: () => {
          const word = this.CONSUME(t.Anniversary);
          const { direction, period } = this.choose<{ direction: 'next' | 'last'; period: Duration }>(2, [
            { ALT: () => this.consumeAs(t.Today, { direction: 'next', period: { amount: 0, unit: 'd' } }) },
            {
              ALT: () => {
                const { value: direction } = this.SUBRULE2(this.withinDirection);
                return { direction, period: this.SUBRULE2(this.period) };
              },
            },
          ]);
          return this.ACTION(() =>
            this.mark<Predicate>({ kind: 'anniversary', direction, period, negated }, word),
          );
        },
      },
    ]),
  );

  protected readonly withinDirection = this.RULE('withinDirection', () =>
    this.oneOf<'next' | 'last'>([
      [t.WithinNext, 'next'],
      [t.WithinLast, 'last'],
    ]),
  );

  protected readonly textTest = this.RULE('textTest', (negated: boolean): Predicate => {
    const { token: word, value: operator } = this.oneOf<TextOperator>([
      ...textOperators,
      [t.Has, 'contains'],
    ]);
    const value = this.SUBRULE(this.string);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'text', operator, value, negated }, word));
  });

  protected readonly listTest = this.RULE('listTest', (negated: boolean): Predicate => {
    const { token: word, value: quantifier } = this.oneOf<'any' | 'all' | 'none'>([
      [t.HasAny, 'any'],
      [t.HasAll, 'all'],
      [t.HasNone, 'none'],
    ]);
    const values: StringLiteral[] = [];
    this.CONSUME(t.LeftParenthesis);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.string)) });
    this.CONSUME(t.RightParenthesis);
    return this.ACTION(() => {
      this.checkListLength(word, values.length);
      const isNone = quantifier === 'none';
      return this.mark<Predicate>(
        { kind: 'has', quantifier: isNone ? 'any' : quantifier, values, negated: negated !== isNone },
        word,
      );
    });
  });
}

/** WITHIN is another spelling of BETWEEN: whole days up to or from today, or hours up to or from now. */
function withinAsBetween(
  direction: 'next' | 'last',
  { amount, unit }: Duration,
  negated: boolean,
): Predicate {
  const anchor: DateLiteral = {
    kind: 'date',
    form: { kind: 'named', name: unit === 'h' ? 'now' : 'today' },
    zone: null,
  };
  const signed = direction === 'next' || amount === 0 ? amount : -amount;
  const edge: DateLiteral = { kind: 'date', form: { kind: 'relative', amount: signed, unit }, zone: null };
  return direction === 'next'
    ? { kind: 'between', low: anchor, high: edge, negated }
    : { kind: 'between', low: edge, high: anchor, negated };
}
