/**
 * Completions at a cursor: keywords by the grammar, names and operators by the language; the caller looks up data
 * values.
 */
import { operatorsFor } from '../check/check-predicate.ts';
import { readCursor, type CursorContext } from './cursor.ts';
import type { OwnAttribute, OwnReference, OwnType, ValueType } from '../check/definitions.ts';
import { nextTokenTypes } from './expectations.ts';
import type { RuleLanguage } from '../check/language.ts';
import { bareName, ownName } from '../check/own-names.ts';
import { quoteString } from '../syntax/print.ts';
import * as t from '../syntax/tokens.ts';

export interface Completion {
  /** Replaces the text from `from` to `to`. */
  readonly text: string;
  readonly kind: 'attribute' | 'function' | 'parameter' | 'group' | 'operator' | 'keyword' | 'value';
  readonly description?: string;
}

/** The source of suggested data values. */
type ValueSource =
  | { readonly kind: 'attribute'; readonly attribute: string }
  | { readonly kind: 'own'; readonly own: OwnReference }
  | { readonly kind: 'parameter'; readonly function: string; readonly parameter: string }
  | { readonly kind: 'group'; readonly group: string };

export interface Completions {
  /** Start of the text that a completion replaces; `to` is the cursor. */
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
  /** A data value of this source in quotes, beginning with `typed`, also fits here. */
  readonly valuesOf: ValueSource | null;
  /** The typed part of the word or string, without its quote. */
  readonly typed: string;
}

const exampleDates: readonly Completion[] = ['TODAY', '-30d', 'THIS MONTH', 'LAST MONTH', 'THIS YEAR'].map(
  (text) => ({
    text,
    kind: 'value',
  }),
);
const operatorLabels = new Set([
  'NOT',
  ...['number', 'string', 'date', 'list'].flatMap((type) => operatorsFor(type as ValueType)),
]);
/** Literals whose label is a description, not text to type. */
const describedTypes = new Set([
  t.NumberText,
  t.StringText,
  t.Timestamp,
  t.Day,
  t.Month,
  t.RelativeDate,
  t.NamedDate,
  t.CalendarPeriod,
  t.Period,
  t.Today,
]);

/** @param offset of the cursor, in UTF-16 code units */
export function completeRule(
  text: string,
  offset: number,
  language: RuleLanguage,
  own: readonly OwnAttribute[] = [],
): Completions {
  const cursor = readCursor(text.slice(0, offset), language, own);
  if (cursor === undefined) return { from: offset, to: offset, items: [], valuesOf: null, typed: '' };
  const { tokens, typed, from, isString, context } = cursor;
  const types = nextTokenTypes(tokens);
  const names =
    types.includes(t.Name) && !isString
      ? [...namesFor(context, language), ...ownNamesFor(context, typed, language, own)]
      : [];
  const keywords = isString
    ? []
    : types
        .filter((type) => type !== t.Name && !describedTypes.has(type))
        .map(({ LABEL = '' }) => LABEL)
        .filter((label) => fitsContext(label, context))
        .map((label): Completion => ({
          text: label,
          kind: operatorLabels.has(label) ? 'operator' : 'keyword',
        }));
  const takesString = types.includes(t.StringText);
  const values = valuesFor(context, takesString, types.includes(t.Today), types.includes(t.Period));
  const begins = fold(typed);
  return {
    from,
    to: offset,
    items: [...names, ...values, ...keywords].filter((item) => fold(item.text).startsWith(begins)),
    valuesOf: takesString ? valueSource(context) : null,
    typed,
  };
}

/** Without punctuation before the first letter. */
function fold(text: string): string {
  return text.toLowerCase().replace(/^(?:attributes?\.)?['"]?/, '');
}

/** Custom attributes, in their shortest spelling unless the prefix was typed already. */
function ownNamesFor(
  context: CursorContext,
  typed: string,
  language: RuleLanguage,
  own: readonly OwnAttribute[],
): Completion[] {
  const fits = (type: OwnType | null): boolean => {
    if (context.kind === 'clause') return true;
    if (context.kind === 'list') return type === 'list';
    return (
      context.kind === 'operand' && context.tested.own === undefined && type === family(context.tested.type)
    );
  };
  const hasPrefix = /^attributes?\./i.test(typed);
  return own
    .filter(({ type }) => fits(type))
    .map(({ key, description }) => ({
      text: hasPrefix ? ownName(key) : bareName(key, language),
      kind: 'attribute',
      description,
    }));
}

function namesFor(context: CursorContext, language: RuleLanguage): Completion[] {
  const attributes = [...language.attributes.values()].filter(({ unavailable }) => unavailable === undefined);
  const functions = [...language.functions.values()].filter(({ unavailable }) => unavailable === undefined);
  const asCompletion =
    (kind: Completion['kind']) =>
    ({ name, description }: { readonly name: string; readonly description: string }): Completion => ({
      text: name,
      kind,
      description,
    });
  switch (context.kind) {
    case 'clause':
      return [...attributes.map(asCompletion('attribute')), ...functions.map(asCompletion('function'))];
    case 'event':
      return functions.map(asCompletion('function'));
    case 'condition':
      return [...context.source.parameters.values()].map(asCompletion('parameter'));
    case 'group':
      return [...language.groups.values()]
        .filter(({ unavailable }) => unavailable === undefined)
        .map(({ name, description }) => ({ text: name.toUpperCase(), kind: 'group', description }));
    case 'list':
      return attributes.filter(({ type }) => type === 'list').map(asCompletion('attribute'));
    case 'operand':
      return attributes
        .filter(({ type }) => family(type) === family(context.tested.type))
        .map(asCompletion('attribute'));
    case 'operator':
    case 'key':
    case 'other':
      return [];
  }
}

/** Excludes operators that the type lacks, and TRUE and FALSE where the type is not boolean. */
function fitsContext(label: string, context: CursorContext): boolean {
  if (context.kind === 'operator') {
    if (context.isFunction) return label === 'MATCHES' || label === 'NOT' || label === '(';
    const { type } = context.tested;
    if (label === 'NOT') return type !== 'boolean';
    return label === 'IS NOT NULL' || operatorsFor(type).includes(label);
  }
  if (context.kind === 'operand' && (label === 'TRUE' || label === 'FALSE'))
    return context.tested.type === 'boolean';
  return true;
}

function valuesFor(
  context: CursorContext,
  takesString: boolean,
  takesDate: boolean,
  takesPeriod: boolean,
): readonly Completion[] {
  if (takesPeriod) return ['7d', '30d', '90d', '12m'].map((text) => ({ text, kind: 'value' }));
  if (context.kind !== 'operand') return [];
  if (takesDate && context.tested.type === 'date') return exampleDates;
  if (!takesString) return [];
  return (context.tested.values ?? []).map((value) => ({ text: quoteString(value), kind: 'value' }));
}

function valueSource(context: CursorContext): ValueSource | null {
  if (context.kind === 'key') return { kind: 'group', group: context.group };
  if (context.kind !== 'operand' || context.tested.values !== undefined) return null;
  const { tested } = context;
  if (tested.type !== 'string' && tested.type !== 'list') return null;
  if (tested.own !== undefined) return { kind: 'own', own: tested.own };
  if (context.source === undefined) return { kind: 'attribute', attribute: tested.name };
  return { kind: 'parameter', function: context.source.name, parameter: tested.name };
}

function family(type: ValueType): string {
  return type === 'money' ? 'number' : type;
}
