/**
 * Whether a person is in a rule, in memory: the second opinion against which the SQL is tested. It takes types and the data of a
 * language from `src`, never code, and reads no table.
 */
import { createHash } from 'node:crypto';

import type { RuleLanguage } from '#rule-language/check/language.ts';
import type { AttributeReference, Rule, Subject } from '#rule-language/syntax/tree.ts';

import type { Present } from './calendar.ts';
import {
  type EvaluationContext,
  evaluateEvent,
  evaluateMembership,
  evaluateSequence,
} from './evaluate-event.ts';
import { ownValue } from './evaluate-own.ts';
import { evaluatePredicate, type TypedValue } from './evaluate-predicate.ts';
import type { Person } from './person.ts';

/** The rule must have been read against the same language. */
export function evaluateRule(
  rule: Rule,
  person: Person,
  language: RuleLanguage,
  { now, timeZone = 'UTC' }: { readonly now: Date; readonly timeZone?: string },
): boolean {
  const time: Present = { now, timeZone };
  return evaluateNode(rule, {
    language,
    person,
    time,
    attribute: (reference) => attributeValue(person, reference, language),
  });
}

function evaluateNode(rule: Rule, context: EvaluationContext): boolean {
  switch (rule.kind) {
    case 'everyone':
      return true;
    case 'none':
      return false;
    case 'and':
      return rule.rules.every((part) => evaluateNode(part, context));
    case 'or':
      return rule.rules.some((part) => evaluateNode(part, context));
    case 'not':
      return !evaluateNode(rule.rule, context);
    case 'test':
      return evaluatePredicate(subjectOf(rule.subject, context), rule.predicate, context);
    case 'event':
      return evaluateEvent(rule, context);
    case 'sequence':
      return evaluateSequence(rule, context);
    case 'membership':
      return evaluateMembership(rule, context);
  }
}

function subjectOf(subject: Subject, { person, language }: EvaluationContext): TypedValue {
  switch (subject.kind) {
    case 'attribute':
      return attributeValue(person, subject, language);
    case 'length': {
      const list = attributeValue(person, subject, language).value;
      return { value: Array.isArray(list) ? list.length : null, type: 'number' };
    }
    case 'bucket': {
      const hash = createHash('sha256').update(`${subject.salt}:${person.id}`).digest();
      return { value: (hash.readUInt32BE(0) * 100) / 2 ** 32, type: 'number' };
    }
    case 'distance': {
      const { place } = person;
      const value = place === null || place === undefined ? null : kilometres(place, subject);
      return { value, type: 'number' };
    }
  }
}

function attributeValue(
  { attributes, own = {} }: Person,
  { name, own: reference }: Pick<AttributeReference, 'name' | 'own'>,
  language: RuleLanguage,
): TypedValue {
  if (reference !== undefined) return ownValue(own[reference.key] ?? null, reference.type);
  return { value: attributes[name] ?? null, type: language.attributes.get(name)!.type };
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Great-circle distance (haversine) on a sphere of the Earth's mean radius, 6371.0088 km. */
function kilometres(from: Place, to: Place): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (from: number, to: number): number => Math.sin(radians(to - from) / 2) ** 2;
  const chord =
    half(from.latitude, to.latitude) +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * half(from.longitude, to.longitude);
  return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(chord)));
}
