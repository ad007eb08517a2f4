/** The grammar of events: conditions in parentheses and sequences with THEN. */
import type { IToken } from 'chevrotain';

import { nameOf } from './grammar-literals.ts';
import { PredicateGrammar } from './grammar-predicates.ts';
import * as t from './tokens.ts';
import type { Duration, EventCondition, EventRule, Predicate, Rule, SequenceStep } from './tree.ts';

export class EventGrammar extends PredicateGrammar {
  protected readonly sequenceTail = this.RULE('sequenceTail', (event: EventRule, name: IToken): Rule => {
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

  protected readonly sequenceStep = this.RULE('sequenceStep', (): SequenceStep => {
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

  protected readonly optionalConditions = this.RULE('optionalConditions', (): EventCondition[] => {
    let conditions: EventCondition[] = [];
    this.OPTION(() => {
      this.OPTION1(() => this.CONSUME(t.Matches));
      conditions = this.SUBRULE(this.conditions);
    });
    return conditions;
  });

  protected readonly conditions = this.RULE('conditions', (): EventCondition[] => {
    const conditions: EventCondition[] = [];
    this.CONSUME(t.LeftParenthesis);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => conditions.push(this.SUBRULE(this.condition)) });
    this.CONSUME(t.RightParenthesis);
    return conditions;
  });

  protected readonly condition = this.RULE('condition', (): EventCondition => {
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

  protected eventRule(name: IToken, conditions: readonly EventCondition[], negated: boolean): EventRule {
    return this.mark({ kind: 'event', function: nameOf(name), conditions, negated }, name);
  }
}
