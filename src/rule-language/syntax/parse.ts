/** From text to a syntax tree, or to one positioned syntax error. */
import { EOF, type ILexingError, type IRecognitionException, type IToken, type TokenType } from 'chevrotain';

import { type Fault, locateFault, type RuleError, type Spans } from './errors.ts';
import { nextTokenTypes } from '../editor/expectations.ts';
import { ruleGrammar } from './grammar.ts';
import { ruleLimits } from './limits.ts';
import { suggestName } from '../check/spelling-suggestion.ts';
import {
  Between,
  CalendarPeriod,
  Contains,
  Day,
  Equal,
  False,
  Greater,
  GreaterOrEqual,
  In,
  IsNotNull,
  IsNull,
  LeftParenthesis,
  Less,
  LessOrEqual,
  Month,
  Name,
  NamedDate,
  Not,
  NotEqual,
  NumberText,
  RelativeDate,
  RightParenthesis,
  ruleLexer,
  StringText,
  Timestamp,
  Today,
  True,
} from './tokens.ts';
import type { Rule } from './tree.ts';

export type ParsedRule =
  | { readonly ok: true; readonly rule: Rule; readonly spans: Spans }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

/** Parses a rule; the errors, if any, are in the order of the text. */
export function parseRule(text: string): ParsedRule {
  const unreadable = faultOfText(text);
  if (unreadable !== undefined) return refuse(text, [unreadable]);
  const { tokens, errors } = ruleLexer.tokenize(text);
  if (errors[0] !== undefined) return refuse(text, [faultOfLexing(text, errors[0])]);
  const tooDeep = faultOfDepth(tokens);
  if (tooDeep !== undefined) return refuse(text, [tooDeep]);

  const spans = (ruleGrammar.spans = new Map());
  const faults: Fault[] = (ruleGrammar.faults = []);
  ruleGrammar.input = tokens;
  const rule = ruleGrammar.rule();
  const [failure] = ruleGrammar.errors;
  if (failure !== undefined) return refuse(text, [faultOfParsing(text, tokens, failure)]);
  return faults.length > 0 ? refuse(text, faults) : { ok: true, rule, spans };
}

function refuse(text: string, faults: readonly Fault[]): ParsedRule {
  return { ok: false, errors: faults.map((fault) => locateFault(text, fault)) };
}

function faultOfText(text: string): Fault | undefined {
  if (text.length > ruleLimits.textLength) {
    const span = { offset: ruleLimits.textLength, length: text.length - ruleLimits.textLength };
    return {
      message: `a rule holds at most ${ruleLimits.textLength} characters, this one has ${text.length}`,
      span,
    };
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) return { message: 'a rule cannot hold the NUL character', span: { offset: nul, length: 1 } };
  const half = text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
  if (half >= 0)
    return { message: 'half of a character (a lone surrogate)', span: { offset: half, length: 1 } };
  if (text.trim() === '') {
    const message = 'the rule is empty; write a condition such as number_of_orders > 3, or EVERYONE';
    return { message, span: { offset: 0, length: text.length }, expected: expectedAfter([]) };
  }
  return undefined;
}

function faultOfLexing(text: string, { offset }: ILexingError): Fault {
  const character = String.fromCodePoint(text.codePointAt(offset)!);
  const span = { offset, length: character.length };
  if (character === "'") {
    return {
      message: "this string has no closing quote (a quote inside is written '')",
      span: { offset, length: text.length - offset },
    };
  }
  if (character === '"') {
    const message = 'this name has no closing quote (a quote inside is written "")';
    return { message, span: { offset, length: text.length - offset } };
  }
  const quoted = /^(["“”‘’])([^"“”‘’]*)["“”‘’]/.exec(text.slice(offset));
  if (quoted !== null) {
    const suggestion = `'${quoted[2]!.replaceAll("'", "''")}'`;
    return {
      message: 'strings stand in single quotes',
      span: { offset, length: quoted[0].length },
      suggestion,
    };
  }
  return { message: `unexpected character ${character}`, span };
}

/** Bounds the recursion of all tree walks in advance. */
export function faultOfDepth(tokens: readonly IToken[]): Fault | undefined {
  let open = 0;
  let negations = 0;
  for (const { tokenType, startOffset, image } of tokens) {
    if (tokenType === LeftParenthesis) open++;
    if (tokenType === RightParenthesis) open--;
    negations = tokenType === Not ? negations + 1 : 0;
    if (Math.max(open, negations) > ruleLimits.depth) {
      const message = `a rule nests at most ${ruleLimits.depth} parentheses, and as many NOTs in a row`;
      return { message, span: { offset: startOffset, length: image.length } };
    }
  }
  return undefined;
}

function faultOfParsing(text: string, tokens: readonly IToken[], failure: IRecognitionException): Fault {
  const isAtEnd = failure.token.tokenType === EOF;
  const index = isAtEnd ? tokens.length : tokens.indexOf(failure.token);
  const types = nextTokenTypes(tokens.slice(0, index));
  const expected = types.map(labelOf);
  // A parser that stops early, after a complete rule, expects the end or a continuation.
  const span = isAtEnd
    ? { offset: text.trimEnd().length, length: 0 }
    : { offset: failure.token.startOffset, length: failure.token.image.length };
  const found = isAtEnd ? 'the end of the rule' : quote(failure.token.image);
  const wanted = expected.length === 0 ? 'the end of the rule' : listWords(shorten(types));
  const keywords = types.filter((type) => type !== Name).map(labelOf);
  const suggestion =
    isAtEnd || failure.token.tokenType !== Name ? undefined : suggestKeyword(failure.token.image, keywords);
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return { message: `expected ${wanted}, found ${found}${hint}`, span, expected, suggestion };
}

/** `CONTAIN` -> CONTAINS, `STARTS` -> STARTS WITH. */
function suggestKeyword(typed: string, keywords: readonly string[]): string | undefined {
  const byStart = keywords.find((keyword) => keyword.startsWith(`${typed.toUpperCase()} `));
  return byStart ?? suggestName(typed, keywords);
}

function expectedAfter(tokens: readonly IToken[]): string[] {
  return nextTokenTypes(tokens).map(labelOf);
}

function quote(image: string): string {
  return image.length > 40 ? `${image.slice(0, 40)}…` : image;
}

/** The many operators and kinds of value, each in one phrase; `expected` of the error lists them all. */
function shorten(types: readonly TokenType[]): string[] {
  const values = [
    StringText,
    NumberText,
    True,
    False,
    Timestamp,
    Day,
    Month,
    RelativeDate,
    Today,
    NamedDate,
    CalendarPeriod,
  ];
  const operators = [
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    IsNull,
    IsNotNull,
    Not,
    In,
    Between,
    Contains,
  ];
  const isOneOf = (group: readonly TokenType[]): boolean => group.every((type) => types.includes(type));
  const phrases = [
    ...(isOneOf(operators) ? ['an operator such as =, >=, IN, BETWEEN, CONTAINS, MATCHES or IS NULL'] : []),
    ...(isOneOf(values) ? ['a value'] : []),
  ];
  if (isOneOf(operators)) return phrases;
  return [...phrases, ...types.filter((type) => phrases.length === 0 || !values.includes(type)).map(labelOf)];
}

function labelOf({ LABEL, name }: TokenType): string {
  return LABEL ?? name;
}

function listWords(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}
