/** Context of a cursor in a rule: the tokens before it, the word being typed, and its kind. */
import type { IToken, TokenType } from 'chevrotain';

import type { AttributeDefinition, OwnAttribute, OwnReference, ValueType } from '../check/definitions.ts';
import type { EventFunction, RuleLanguage } from '../check/language.ts';
import { ruleLimits } from '../syntax/limits.ts';
import { findOwn } from '../check/own-names.ts';
import { faultOfDepth } from '../syntax/parse.ts';
import * as t from '../syntax/tokens.ts';

/** The left side of the predicate being typed. */
interface TestedName {
  readonly name: string;
  readonly type: ValueType;
  readonly values?: readonly string[] | undefined;
  /** Where it is a custom attribute. */
  readonly own?: OwnReference;
}

export type CursorContext =
  | { readonly kind: 'clause' | 'event' | 'group' | 'list' | 'other' }
  | { readonly kind: 'condition'; readonly source: EventFunction }
  | { readonly kind: 'operator'; readonly tested: TestedName; readonly isFunction: boolean }
  | { readonly kind: 'operand'; readonly tested: TestedName; readonly source: EventFunction | undefined }
  | { readonly kind: 'key'; readonly group: string };

export interface Cursor {
  /** Complete tokens before the word being typed. */
  readonly tokens: readonly IToken[];
  readonly typed: string;
  readonly from: number;
  readonly isString: boolean;
  readonly context: CursorContext;
}

const comparators = [t.Equal, t.NotEqual, t.Less, t.LessOrEqual, t.Greater, t.GreaterOrEqual];
const beforeOperand = new Set([
  ...comparators,
  t.Between,
  t.In,
  t.Contains,
  t.StartsWith,
  t.EndsWith,
  t.Has,
  t.HasAny,
  t.HasAll,
  t.HasNone,
  t.Colon,
]);

/** Undefined where the text before the cursor is invalid. */
export function readCursor(
  before: string,
  language: RuleLanguage,
  own: readonly OwnAttribute[],
): Cursor | undefined {
  if (before.length > ruleLimits.textLength) return undefined;
  const open = findOpening(before);
  const { tokens, errors } = t.ruleLexer.tokenize(before.slice(0, open?.from));
  if (errors.length > 0 || faultOfDepth(tokens) !== undefined) return undefined;
  if (open !== undefined) {
    const { from, isString } = open;
    const typed = isString ? before.slice(from + 1).replaceAll("''", "'") : before.slice(from);
    return { tokens, typed, from, isString, context: contextAfter(tokens, language, own) };
  }
  const last = tokens.at(-1);
  const isTyping =
    last !== undefined && last.startOffset + last.image.length === before.length && /\w$/.test(last.image);
  const whole = isTyping ? tokens.slice(0, -1) : tokens;
  const typed = isTyping ? last.image : '';
  return {
    tokens: whole,
    typed,
    from: before.length - typed.length,
    isString: false,
    context: contextAfter(whole, language, own),
  };
}

interface Opening {
  readonly from: number;
  readonly isString: boolean;
}

/** Start of an incomplete string or quoted name. */
function findOpening(text: string): Opening | undefined {
  let open: number | undefined;
  for (let index = 0; index < text.length; index++) {
    if (open === undefined) {
      if (text[index] === "'" || text[index] === '"') open = index;
    } else if (text[index] === text[open]) {
      if (text[index + 1] === text[open]) index++;
      else open = undefined;
    }
  }
  if (open !== undefined && text[open] === "'") return { from: open, isString: true };
  const prefix = /(?<![\w.])attributes?\.$/i.exec(text.slice(0, open));
  const from = prefix?.index ?? open;
  return from === undefined ? undefined : { from, isString: false };
}

/** State after the tokens so far. */
interface Progress {
  readonly context: CursorContext;
  /** Subject of the predicate being typed. */
  readonly tested?: TestedName | undefined;
  /** The function whose parenthesis may come next. */
  readonly calling?: EventFunction | undefined;
  readonly isBetween?: boolean;
  /** Open parentheses, innermost last, each with the function whose conditions it encloses. */
  readonly open: readonly (EventFunction | undefined)[];
}

function contextAfter(
  tokens: readonly IToken[],
  language: RuleLanguage,
  own: readonly OwnAttribute[],
): CursorContext {
  let progress: Progress = { context: { kind: 'clause' }, open: [] };
  for (const { tokenType, image } of tokens) {
    progress =
      tokenType === t.Name ? afterName(image, progress, language, own) : afterSign(tokenType, progress);
  }
  return progress.context;
}

function afterName(
  image: string,
  { context, open, tested }: Progress,
  language: RuleLanguage,
  own: readonly OwnAttribute[],
): Progress {
  const name = image.toLowerCase();
  switch (context.kind) {
    case 'group':
      return { context: { kind: 'key', group: name }, open };
    case 'operand':
    case 'list':
      return { context: { kind: 'other' }, open, tested };
    case 'condition':
      return { ...toPredicate(context.source.parameters.get(name)), open };
    default: {
      const calling = language.functions.get(name);
      if (calling === undefined) {
        const attribute = language.attributes.get(name) ?? findTested(image, language, own);
        return { ...toPredicate(attribute), open };
      }
      return {
        context: { kind: 'operator', tested: { name, type: 'boolean' }, isFunction: true },
        open,
        calling,
      };
    }
  }
}

function afterSign(type: TokenType, progress: Progress): Progress {
  const { tested, calling, isBetween = false, open } = progress;
  const source = open.at(-1);
  switch (type) {
    case t.LeftParenthesis:
      if (calling === undefined) return { ...progress, open: [...open, undefined] };
      return { context: { kind: 'condition', source: calling }, open: [...open, calling] };
    case t.RightParenthesis:
      return { context: { kind: 'other' }, open: open.slice(0, -1), tested };
    case t.Comma:
      // Within a list of values, the innermost parenthesis is not that of an event.
      if (source !== undefined) return { context: { kind: 'condition', source }, open };
      return { ...progress, context: toOperand(tested, open.at(-2)) };
    case t.And:
      if (isBetween) return { context: toOperand(tested, source), open, tested };
      return { context: { kind: 'clause' }, open };
    case t.Or:
      return { context: { kind: 'clause' }, open };
    case t.Not:
    case t.Matches:
      return progress;
    case t.Then:
    case t.Did:
    case t.DidNot:
      return { context: { kind: 'event' }, open };
    case t.Entered:
    case t.Left:
      return { context: { kind: 'group' }, open };
    case t.Length:
      return { context: { kind: 'list' }, open, tested: { name: 'length', type: 'number' } };
    case t.Bucket:
    case t.Distance:
      return { context: { kind: 'other' }, open, tested: { name: 'number', type: 'number' } };
    default:
      if (type === t.In && progress.context.kind === 'clause') return { context: { kind: 'group' }, open };
      if (!beforeOperand.has(type)) return { ...progress, context: { kind: 'other' } };
      return { context: toOperand(tested, source), open, tested, isBetween: type === t.Between };
  }
}

function toOperand(tested: TestedName | undefined, source: EventFunction | undefined): CursorContext {
  return tested === undefined ? { kind: 'other' } : { kind: 'operand', tested, source };
}

function toPredicate(
  definition: Parameters<typeof describe>[0] | undefined,
): Pick<Progress, 'context' | 'tested'> {
  if (definition === undefined) return { context: { kind: 'other' } };
  const tested = describe(definition);
  return { context: { kind: 'operator', tested, isFunction: false }, tested };
}

function findTested(
  image: string,
  language: RuleLanguage,
  own: readonly OwnAttribute[],
): (AttributeDefinition & { readonly own: OwnReference }) | undefined {
  const [found] = findOwn(image, own);
  if (found === undefined || language.defineOwn === undefined) return undefined;
  const reference = { key: found.key, type: found.type ?? found.seenTypes[0] ?? 'any' };
  const definition = language.defineOwn(reference);
  return { ...definition, ...(found.values !== undefined && { values: found.values }), own: reference };
}

function describe(definition: {
  readonly name: string;
  readonly type: ValueType;
  readonly values?: readonly string[];
  readonly property?: { readonly values?: readonly string[] } | null;
  readonly own?: OwnReference;
}): TestedName {
  const { name, type, property, own } = definition;
  const values = definition.values ?? property?.values;
  return { name, type, values, ...(own !== undefined && { own }) };
}
