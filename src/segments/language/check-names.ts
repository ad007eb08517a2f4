/** Finds attributes, functions, parameters and groups by name, or reports the name with the nearest one known. */
import type { AttributeDefinition, GroupDefinition } from './definitions.ts';
import type { Fault, Span } from './errors.ts';
import type { EventFunction, EventParameter, RuleLanguage } from './language.ts';
import { nearestName } from './nearest.ts';

interface Lookup {
  readonly language: RuleLanguage;
  readonly report: (fault: Fault) => void;
}

export function findAttribute(
  name: string,
  span: Span,
  { language, report }: Lookup,
): AttributeDefinition | undefined {
  const found = language.attributes.get(name);
  if (found === undefined) {
    if (language.functions.has(name)) {
      const message = `${name} is a function of events: write ${name} MATCHES (…)`;
      report({ message, span, suggestion: `${name} MATCHES ()` });
    } else {
      reportUnknown(
        'attribute',
        name,
        span,
        [...language.attributes.keys(), ...language.functions.keys()],
        report,
      );
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

function reportUnknown(
  kind: string,
  name: string,
  span: Span,
  known: Iterable<string>,
  report: Lookup['report'],
  replacesSpan = true,
): void {
  const expected = [...known];
  const nearest = nearestName(name, expected);
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
