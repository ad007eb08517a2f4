/** The base of the grammar: literals, dates, periods and lists of them, with positions and errors. */
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
  BooleanLiteral,
  DateForm,
  DateLiteral,
  Duration,
  Literal,
  NumberLiteral,
  Operand,
  StringLiteral,
} from './tree.ts';

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

/** A token and its value. */
export interface Choice<Value> {
  readonly token: IToken;
  readonly value: Value;
}

export class LiteralGrammar extends EmbeddedActionsParser {
  spans = new Map<object, Span>();
  faults: Fault[] = [];

  constructor() {
    super([...t.tokenTypes], { maxLookahead: 1 });
  }

  protected readonly literalList = this.RULE('literalList', (): Literal[] => {
    const values: Literal[] = [];
    const start = this.CONSUME(t.LeftParenthesis);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.literal)) });
    this.CONSUME(t.RightParenthesis);
    this.ACTION(() => this.checkListLength(start, values.length));
    return values;
  });

  protected readonly operand = this.RULE('operand', (): Operand =>
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

  protected readonly literal = this.RULE('literal', (): Literal =>
    this.choose<Literal>(0, [
      { ALT: () => this.SUBRULE(this.string) },
      { ALT: () => this.SUBRULE(this.number) },
      { ALT: () => this.SUBRULE(this.boolean) },
      { ALT: () => this.SUBRULE(this.date) },
    ]),
  );

  protected readonly string = this.RULE('string', (): StringLiteral => {
    const token = this.CONSUME(t.StringText);
    return this.ACTION(() => this.stringFrom(token));
  });

  protected readonly number = this.RULE('number', (): NumberLiteral => {
    const token = this.CONSUME(t.NumberText);
    return this.ACTION(() => {
      this.faultIf(token, faultOfNumber(token.image));
      // Adding 0 turns -0, which JSON does not have, into 0.
      return this.mark({ kind: 'number', value: Number(token.image) + 0 }, token);
    });
  });

  protected readonly boolean = this.RULE('boolean', (): BooleanLiteral => {
    const { token: word, value } = this.oneOf([
      [t.True, true],
      [t.False, false],
    ]);
    return this.ACTION(() => this.mark({ kind: 'boolean', value }, word));
  });

  protected readonly date = this.RULE('date', (): DateLiteral => {
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

  protected readonly period = this.RULE('period', (): Duration => {
    const token = this.CONSUME(t.Period);
    return this.ACTION(() => {
      const period = readPeriod(token.image);
      this.faultIf(token, faultOfPeriod(period));
      return this.mark(period, token);
    });
  });

  protected readonly optionalNot = this.RULE('optionalNot', (): boolean => {
    let negated = false;
    this.OPTION(() => {
      this.CONSUME(t.Not);
      negated = true;
    });
    return negated;
  });

  protected consumeAs<Value>(type: TokenType, value: Value): Value {
    this.CONSUME(type);
    return value;
  }

  protected choose<Value>(index: number, alternatives: IOrAlt<Value>[]): Value {
    return this.or(index, alternatives);
  }

  /** One of several tokens, with its value. */
  protected oneOf<Value>(choices: readonly (readonly [TokenType, Value])[]): Choice<Value> {
    return this.choose(
      9,
      choices.map(([type, value], index) => ({
        ALT: () => ({ token: this.consume(100 + index, type), value }),
      })),
    );
  }

  protected stringFrom(token: IToken): StringLiteral {
    const value = readString(token.image);
    this.faultIf(token, faultOfString(value));
    return this.mark({ kind: 'string', value }, token);
  }

  /** Records the position of a node: from its first token to the end of its last. */
  protected mark<Node extends object>(node: Node, first: IToken, last = first): Node {
    const { startOffset: offset } = first;
    this.spans.set(node, { offset, length: last.startOffset + last.image.length - offset });
    return node;
  }

  protected checkListLength(token: IToken, length: number): void {
    if (length > ruleLimits.listLength) {
      this.fault(token, `a list holds at most ${ruleLimits.listLength} values, this one has ${length}`);
    }
  }

  protected faultIf(token: IToken, message: string | undefined): void {
    if (message !== undefined) this.fault(token, message);
  }

  protected fault({ startOffset: offset, image }: IToken, message: string): void {
    this.faults.push({ message, span: { offset, length: image.length } });
  }
}

/** Only names in double quotes are case-sensitive. */
export function nameOf({ image }: IToken): string {
  return image.includes('"') ? image : image.toLowerCase();
}
