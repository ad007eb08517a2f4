/** The grammar of segment rules, LL(1): from tokens to a syntax tree with positions. Knows no attribute and no type. */
import type { IToken } from 'chevrotain';

import { EventGrammar } from './grammar-events.ts';
import { nameOf } from './grammar-literals.ts';
import * as t from './tokens.ts';
import type { AttributeReference, Duration, MembershipRule, Rule, Subject } from './tree.ts';

interface GroupKey {
  readonly group: IToken;
  readonly key: IToken;
}

class RuleGrammar extends EventGrammar {
  constructor() {
    super();
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
}

/** One parser per process: a parse is synchronous, so that two never overlap. */
export const ruleGrammar = new RuleGrammar();
