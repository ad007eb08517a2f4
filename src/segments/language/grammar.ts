/** The grammar of segment rules, LL(1): tokens in, syntax tree with positions out; it knows no attribute and no type. */
import { EmbeddedActionsParser, type IOrAlt, type IToken, type TokenType } from 'chevrotain';

import type { Fault, Span } from './errors.ts';
import { ruleLimits } from './limits.ts';
import {
  faultOfAbsoluteDate,
  faultOfNumber,
  faultOfPeriod,
  faultOfString,
  faultOfTimeZone,
  readCalendarPeriod,
  readPeriod,
  readRelativeDate,
  readString,
} from './literals.ts';
import * as t from './tokens.ts';
import type {
  AttributeReference,
  BooleanLiteral,
  Comparator,
  DateForm,
  DateLiteral,
  Duration,
  EventCondition,
  EventRule,
  Literal,
  MembershipRule,
  NumberLiteral,
  Operand,
  Predicate,
  Rule,
  SequenceStep,
  StringLiteral,
  Subject,
  TextOperator,
} from './tree.ts';

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
const dateTokens: readonly (readonly [TokenType, (image: string) => DateForm])[] = [
  [t.Timestamp, (text) => ({ kind: 'absolute', text: text.toUpperCase() })],
  [t.Day, (text) => ({ kind: 'absolute', text })],
  [t.Month, (text) => ({ kind: 'absolute', text })],
  [t.RelativeDate, readRelativeDate],
  [t.Today, () => ({ kind: 'named', name: 'today' })],
  [
    t.NamedDate,
    (image) => ({ kind: 'named', name: image.toLowerCase() as 'yesterday' | 'tomorrow' | 'now' }),
  ],
  [t.CalendarPeriod, readCalendarPeriod],
];

/** A token that was found, and what it stands for. */
interface Choice<Value> {
  readonly token: IToken;
  readonly value: Value;
}

interface GroupKey {
  readonly group: IToken;
  readonly key: IToken;
}

class RuleGrammar extends EmbeddedActionsParser {
  spans = new Map<object, Span>();
  faults: Fault[] = [];

  constructor() {
    super([...t.tokenTypes], { maxLookahead: 1 });
    this.performSelfAnalysis();
  }

  readonly rule = this.RULE('rule', (): Rule => this.SUBRULE(this.disjunction));

  private readonly disjunction = this.RULE('disjunction', (): Rule => {
    const rules = [this.SUBRULE(this.conjunction)];
    this.MANY(() => {
      this.CONSUME(t.Or);
      rules.push(this.SUBRULE2(this.conjunction));
    });
    return rules.length === 1 ? rules[0]! : { kind: 'or', rules };
  });

  private readonly conjunction = this.RULE('conjunction', (): Rule => {
    const rules = [this.SUBRULE(this.negation)];
    this.MANY(() => {
      this.CONSUME(t.And);
      rules.push(this.SUBRULE2(this.negation));
    });
    return rules.length === 1 ? rules[0]! : { kind: 'and', rules };
  });

  private readonly negation = this.RULE('negation', (): Rule => {
    let negations = 0;
    this.MANY(() => {
      this.CONSUME(t.Not);
      negations++;
    });
    let rule = this.SUBRULE(this.primary);
    for (; negations > 0; negations--) rule = { kind: 'not', rule };
    return rule;
  });

  private readonly primary = this.RULE('primary', (): Rule =>
    this.choose<Rule>(0, [
      {
        ALT: () => {
          this.CONSUME(t.LeftParenthesis);
          const rule = this.SUBRULE(this.disjunction);
          this.CONSUME(t.RightParenthesis);
          return rule;
        },
      },
      { ALT: () => this.consumeAs(t.Everyone, { kind: 'everyone' }) },
      { ALT: () => this.consumeAs(t.None, { kind: 'none' }) },
      { ALT: () => this.SUBRULE(this.membership) },
      { ALT: () => this.SUBRULE(this.didClause) },
      { ALT: () => this.SUBRULE(this.computedTest) },
      { ALT: () => this.SUBRULE(this.namedClause) },
    ]),
  );

  private readonly membership = this.RULE('membership', (): Rule =>
    this.choose<Rule>(0, [
      {
        ALT: () => {
          this.CONSUME(t.In);
          const group = this.SUBRULE(this.groupKey);
          let period: Duration | null = null;
          this.OPTION(() => {
            this.CONSUME(t.For);
            period = this.SUBRULE(this.period);
          });
          return this.ACTION(() => this.membershipRule('in', group, period));
        },
      },
      {
        ALT: () => {
          const { value: change } = this.oneOf<'entered' | 'left'>([
            [t.Entered, 'entered'],
            [t.Left, 'left'],
          ]);
          const group = this.SUBRULE2(this.groupKey);
          let period: Duration | null = null;
          this.OPTION2(() => {
            this.CONSUME(t.Within);
            period = this.SUBRULE2(this.period);
          });
          return this.ACTION(() => this.membershipRule(change, group, period));
        },
      },
    ]),
  );

  private readonly groupKey = this.RULE('groupKey', (): GroupKey => {
    const group = this.CONSUME(t.Name);
    const key = this.CONSUME(t.StringText);
    return { group, key };
  });

  private readonly didClause = this.RULE('didClause', (): Rule => {
    const { value: negated } = this.oneOf([
      [t.Did, false],
      [t.DidNot, true],
    ]);
    const name = this.CONSUME(t.Name);
    const conditions = this.SUBRULE(this.optionalConditions);
    const event = this.ACTION(() => this.eventRule(name, conditions, negated));
    return this.SUBRULE(this.sequenceTail, { ARGS: [event, name] });
  });

  private readonly computedTest = this.RULE('computedTest', (): Rule => {
    const subject = this.SUBRULE(this.computedSubject);
    const predicate = this.SUBRULE(this.predicate);
    return { kind: 'test', subject, predicate };
  });

  private readonly computedSubject = this.RULE('computedSubject', (): Subject =>
    this.choose<Subject>(0, [
      {
        ALT: () => {
          this.CONSUME(t.Length);
          this.CONSUME(t.LeftParenthesis);
          const name = this.CONSUME(t.Name);
          this.CONSUME(t.RightParenthesis);
          return this.ACTION((): Subject => this.mark({ kind: 'length', name: nameOf(name) }, name));
        },
      },
      {
        ALT: () => {
          const word = this.CONSUME(t.Bucket);
          this.CONSUME2(t.LeftParenthesis);
          const salt = this.CONSUME(t.StringText);
          this.CONSUME2(t.RightParenthesis);
          return this.ACTION((): Subject =>
            this.mark({ kind: 'bucket', salt: this.stringFrom(salt).value }, word),
          );
        },
      },
      {
        ALT: () => {
          const word = this.CONSUME(t.Distance);
          this.CONSUME3(t.LeftParenthesis);
          const latitude = this.SUBRULE(this.number);
          this.CONSUME(t.Comma);
          const longitude = this.SUBRULE2(this.number);
          this.CONSUME3(t.RightParenthesis);
          return this.ACTION((): Subject =>
            this.mark({ kind: 'distance', latitude: latitude.value, longitude: longitude.value }, word),
          );
        },
      },
    ]),
  );

  private readonly namedClause = this.RULE('namedClause', (): Rule => {
    const name = this.CONSUME(t.Name);
    const subject = this.ACTION((): AttributeReference =>
      this.mark({ kind: 'attribute', name: nameOf(name) }, name),
    );
    return this.choose<Rule>(0, [
      { ALT: () => ({ kind: 'test', subject, predicate: this.SUBRULE(this.comparison) }) },
      { ALT: () => ({ kind: 'test', subject, predicate: this.SUBRULE(this.nullTest) }) },
      {
        ALT: () => {
          const negated = this.SUBRULE(this.optionalNot);
          return this.choose<Rule>(2, [
            {
              ALT: () => ({
                kind: 'test',
                subject,
                predicate: this.SUBRULE(this.negatable, { ARGS: [negated] }),
              }),
            },
            {
              ALT: () => {
                this.CONSUME(t.Matches);
                const conditions = this.SUBRULE(this.conditions);
                const event = this.ACTION(() => this.eventRule(name, conditions, negated));
                return this.SUBRULE(this.sequenceTail, { ARGS: [event, name] });
              },
            },
          ]);
        },
      },
      {
        ALT: () => {
          const conditions = this.SUBRULE2(this.conditions);
          this.CONSUME(t.Equal);
          const isTrue = this.SUBRULE(this.boolean);
          const event = this.ACTION(() => this.eventRule(name, conditions, !isTrue.value));
          return this.SUBRULE2(this.sequenceTail, { ARGS: [event, name] });
        },
      },
    ]);
  });

  private readonly sequenceTail = this.RULE('sequenceTail', (event: EventRule, name: IToken): Rule => {
    const steps: SequenceStep[] = [];
    this.MANY(() => {
      this.CONSUME(t.Then);
      steps.push(this.SUBRULE(this.sequenceStep));
    });
    return this.ACTION((): Rule => {
      if (steps.length === 0) return event;
      if (event.negated) this.fault(name, 'the first event of a sequence must be one that happened');
      const first = this.mark({ function: event.function, conditions: event.conditions }, name);
      return this.mark({ kind: 'sequence', first, steps }, name);
    });
  });

  private readonly sequenceStep = this.RULE('sequenceStep', (): SequenceStep => {
    const negated = this.SUBRULE(this.optionalNot);
    const name = this.CONSUME(t.Name);
    const conditions = this.SUBRULE(this.optionalConditions);
    let within: Duration | null = null;
    this.OPTION(() => {
      this.CONSUME(t.Within);
      within = this.SUBRULE(this.period);
    });
    return this.ACTION(() => this.mark({ function: nameOf(name), conditions, negated, within }, name));
  });

  private readonly optionalConditions = this.RULE('optionalConditions', (): EventCondition[] => {
    let conditions: EventCondition[] = [];
    this.OPTION(() => {
      this.OPTION1(() => this.CONSUME(t.Matches));
      conditions = this.SUBRULE(this.conditions);
    });
    return conditions;
  });

  private readonly conditions = this.RULE('conditions', (): EventCondition[] => {
    const conditions: EventCondition[] = [];
    this.CONSUME(t.LeftParenthesis);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => conditions.push(this.SUBRULE(this.condition)) });
    this.CONSUME(t.RightParenthesis);
    return conditions;
  });

  private readonly condition = this.RULE('condition', (): EventCondition => {
    const name = this.CONSUME(t.Name);
    const predicate = this.choose<Predicate>(0, [
      { ALT: () => this.SUBRULE(this.predicate) },
      {
        ALT: () => {
          const colon = this.CONSUME(t.Colon);
          return this.choose<Predicate>(2, [
            { ALT: () => this.SUBRULE2(this.predicate) },
            {
              ALT: () => {
                const value = this.SUBRULE(this.operand);
                return this.ACTION(() =>
                  this.mark<Predicate>({ kind: 'compare', operator: '=', value }, colon),
                );
              },
            },
            {
              ALT: () => {
                const values = this.SUBRULE(this.literalList);
                return this.ACTION(() => this.mark<Predicate>({ kind: 'in', values, negated: false }, colon));
              },
            },
          ]);
        },
      },
    ]);
    return this.ACTION(() => this.mark({ parameter: nameOf(name), predicate }, name));
  });

  private readonly predicate = this.RULE('predicate', (): Predicate =>
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

  private readonly comparison = this.RULE('comparison', (): Predicate => {
    const { token: sign, value: operator } = this.oneOf(comparators);
    const value = this.SUBRULE(this.operand);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'compare', operator, value }, sign));
  });

  private readonly nullTest = this.RULE('nullTest', (): Predicate => {
    const { token: word, value: negated } = this.oneOf([
      [t.IsNull, false],
      [t.IsNotNull, true],
    ]);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'null', negated }, word));
  });

  /** What NOT may stand before. */
  private readonly negatable = this.RULE('negatable', (negated: boolean): Predicate =>
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

  private readonly withinDirection = this.RULE('withinDirection', () =>
    this.oneOf<'next' | 'last'>([
      [t.WithinNext, 'next'],
      [t.WithinLast, 'last'],
    ]),
  );

  private readonly textTest = this.RULE('textTest', (negated: boolean): Predicate => {
    const { token: word, value: operator } = this.oneOf<TextOperator>([
      ...textOperators,
      [t.Has, 'contains'],
    ]);
    const value = this.SUBRULE(this.string);
    return this.ACTION(() => this.mark<Predicate>({ kind: 'text', operator, value, negated }, word));
  });

  private readonly listTest = this.RULE('listTest', (negated: boolean): Predicate => {
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

  private readonly literalList = this.RULE('literalList', (): Literal[] => {
    const values: Literal[] = [];
    const start = this.CONSUME(t.LeftParenthesis);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.literal)) });
    this.CONSUME(t.RightParenthesis);
    this.ACTION(() => this.checkListLength(start, values.length));
    return values;
  });

  private readonly operand = this.RULE('operand', (): Operand =>
    this.choose<Operand>(0, [
      { ALT: () => this.SUBRULE(this.literal) },
      {
        ALT: () => {
          const name = this.CONSUME(t.Name);
          return this.ACTION((): Operand => this.mark({ kind: 'attribute', name: nameOf(name) }, name));
        },
      },
    ]),
  );

  private readonly literal = this.RULE('literal', (): Literal =>
    this.choose<Literal>(0, [
      { ALT: () => this.SUBRULE(this.string) },
      { ALT: () => this.SUBRULE(this.number) },
      { ALT: () => this.SUBRULE(this.boolean) },
      { ALT: () => this.SUBRULE(this.date) },
    ]),
  );

  private readonly string = this.RULE('string', (): StringLiteral => {
    const token = this.CONSUME(t.StringText);
    return this.ACTION(() => this.stringFrom(token));
  });

  private readonly number = this.RULE('number', (): NumberLiteral => {
    const token = this.CONSUME(t.NumberText);
    return this.ACTION(() => {
      this.faultIf(token, faultOfNumber(token.image));
      // Adding 0 turns -0, which JSON does not have, into 0.
      return this.mark({ kind: 'number', value: Number(token.image) + 0 }, token);
    });
  });

  private readonly boolean = this.RULE('boolean', (): BooleanLiteral => {
    const { token: word, value } = this.oneOf([
      [t.True, true],
      [t.False, false],
    ]);
    return this.ACTION(() => this.mark({ kind: 'boolean', value }, word));
  });

  private readonly date = this.RULE('date', (): DateLiteral => {
    const { token, value: read } = this.oneOf(dateTokens);
    let zone: string | null = null;
    this.OPTION(() => {
      this.CONSUME(t.AtTimeZone);
      const name = this.CONSUME(t.StringText);
      this.ACTION(() => {
        zone = readString(name.image);
        this.faultIf(name, faultOfTimeZone(zone));
      });
    });
    return this.ACTION(() => {
      const form = read(token.image);
      if (form.kind === 'absolute') this.faultIf(token, faultOfAbsoluteDate(form.text));
      if (form.kind === 'relative') this.faultIf(token, faultOfPeriod(form));
      return this.mark({ kind: 'date', form, zone }, token);
    });
  });

  private readonly period = this.RULE('period', (): Duration => {
    const token = this.CONSUME(t.Period);
    return this.ACTION(() => {
      const period = readPeriod(token.image);
      this.faultIf(token, faultOfPeriod(period));
      return this.mark(period, token);
    });
  });

  private readonly optionalNot = this.RULE('optionalNot', (): boolean => {
    let negated = false;
    this.OPTION(() => {
      this.CONSUME(t.Not);
      negated = true;
    });
    return negated;
  });

  private consumeAs<Value>(type: TokenType, value: Value): Value {
    this.CONSUME(type);
    return value;
  }

  private choose<Value>(index: number, alternatives: IOrAlt<Value>[]): Value {
    return this.or(index, alternatives);
  }

  /** One of several tokens, and what it stands for. */
  private oneOf<Value>(choices: readonly (readonly [TokenType, Value])[]): Choice<Value> {
    return this.choose(
      9,
      choices.map(([type, value], index) => ({
        ALT: () => ({ token: this.consume(100 + index, type), value }),
      })),
    );
  }

  private eventRule(name: IToken, conditions: readonly EventCondition[], negated: boolean): EventRule {
    return this.mark({ kind: 'event', function: nameOf(name), conditions, negated }, name);
  }

  private membershipRule(
    change: MembershipRule['change'],
    { group, key }: GroupKey,
    period: Duration | null,
  ): Rule {
    const literal = this.stringFrom(key);
    return this.mark(
      { kind: 'membership', change, group: nameOf(group), key: literal.value, period },
      group,
      key,
    );
  }

  private stringFrom(token: IToken): StringLiteral {
    const value = readString(token.image);
    this.faultIf(token, faultOfString(value));
    return this.mark({ kind: 'string', value }, token);
  }

  /** Remembers where a node stands: from its first token to the end of its last. */
  private mark<Node extends object>(node: Node, first: IToken, last = first): Node {
    const { startOffset: offset } = first;
    this.spans.set(node, { offset, length: last.startOffset + last.image.length - offset });
    return node;
  }

  private checkListLength(token: IToken, length: number): void {
    if (length > ruleLimits.listLength) {
      this.fault(token, `a list holds at most ${ruleLimits.listLength} values, this one has ${length}`);
    }
  }

  private faultIf(token: IToken, message: string | undefined): void {
    if (message !== undefined) this.fault(token, message);
  }

  private fault({ startOffset: offset, image }: IToken, message: string): void {
    this.faults.push({ message, span: { offset, length: image.length } });
  }
}

function nameOf(token: IToken): string {
  return token.image.toLowerCase();
}

/** WITHIN is another way to write BETWEEN: whole days up to or from today, or hours up to or from now. */
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

/** One parser for the process: a parse runs to its end without waiting, so that no two meet in it. */
export const ruleGrammar = new RuleGrammar();
