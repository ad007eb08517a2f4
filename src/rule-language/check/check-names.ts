/**
 * Resolves attributes, functions, parameters and groups by name, or reports an unknown name with the most similar known
 * one.
 */
import type { AttributeDefinition, GroupDefinition, OwnAttribute } from './definitions.ts';
import type { Fault, Span } from '../syntax/errors.ts';
import { attributeOf, type EventFunction, type EventParameter, type RuleLanguage } from './language.ts';
import { suggestName } from './spelling-suggestion.ts';
import { bareName } from './own-names.ts';
import { quoteString } from '../syntax/print.ts';
import type { AttributeReference } from '../syntax/tree.ts';

interface Lookup {
  readonly language: RuleLanguage;
  readonly report: (fault: Fault) => void;
  readonly ownAttributes?: readonly OwnAttribute[] | undefined;
}

export function findAttribute(
  reference: Pick<AttributeReference, 'name' | 'own'>,
  span: Span,
  { language, report, ownAttributes = [] }: Lookup,
): AttributeDefinition | undefined {
  const { name, own } = reference;
  if (own !== undefined) {
    const { description, values } = ownAttributes.find(({ key }) => key === own.key) ?? {};
    return {
      ...attributeOf(language, reference),
      ...(description !== undefined && { description }),
      ...(values !== undefined && { values }),
    };
  }
  const found = language.attributes.get(name);
  if (found === undefined) {
    if (language.functions.has(name)) {
      const message = `${name} is a function of events: write ${name} MATCHES (…)`;
      report({ message, span, suggestion: `${name} MATCHES ()` });
    } else {
      const known = [
        ...language.attributes.keys(),
        ...language.functions.keys(),
        ...ownAttributes.map(({ key }) => bareName(key, language)),
      ];
      if (name.startsWith('"')) reportQuoted(name, span, known, report);
      else reportUnknown('attribute', name, span, known, report);
    }
    return undefined;
  }
  return refuseUnavailable(found, span, report);
}

export function findFunction(
  name: string,
  span: Span,
  { language, report }: Lookup,
): EventFunction | undefined {
  const found = language.functions.get(name);
  if (found === undefined) {
    if (language.attributes.has(name)) {
      report({
        message: `${name} is an attribute, no function of events: compare it, such as ${name} IS NOT NULL`,
        span,
      });
    } else {
      reportUnknown('function', name, span, language.functions.keys(), report);
    }
    return undefined;
  }
  return refuseUnavailable(found, span, report);
}

export function findParameter(
  name: string,
  span: Span,
  { name: functionName, parameters }: EventFunction,
  { report }: Lookup,
): EventParameter | undefined {
  const found = parameters.get(name);
  if (found === undefined)
    reportUnknown(`parameter of ${functionName}`, name, span, parameters.keys(), report);
  return found;
}

export function findGroup(
  name: string,
  span: Span,
  { language, report }: Lookup,
): GroupDefinition | undefined {
  const found = language.groups.get(name);
  if (found === undefined) {
    reportUnknown('kind of group', name, span, language.groups.keys(), report, false);
    return undefined;
  }
  return refuseUnavailable(found, span, report);
}

/** A name in double quotes was mostly meant as a string. */
function reportQuoted(name: string, span: Span, known: readonly string[], report: Lookup['report']): void {
  const text = name.slice(1, -1).replaceAll('""', '"');
  report({
    message: `there is no attribute ${name}; strings stand in single quotes`,
    span,
    expected: known,
    suggestion: suggestName(text, known) ?? quoteString(text),
  });
}

function reportUnknown(
  kind: string,
  name: string,
  span: Span,
  known: Iterable<string>,
  report: Lookup['report'],
  replacesSpan = true,
): void {
  const expected = [...known];
  const nearest = suggestName(name, expected);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  report({
    message: `there is no ${kind} ${name}${hint}`,
    span,
    expected,
    suggestion: replacesSpan ? nearest : undefined,
  });
}

function refuseUnavailable<Definition extends { readonly name: string; readonly unavailable?: string }>(
  definition: Definition,
  span: Span,
  report: Lookup['report'],
): Definition | undefined {
  if (definition.unavailable === undefined) return definition;
  report({ message: `${definition.name} has no data yet: ${definition.unavailable}`, span });
  return undefined;
}
