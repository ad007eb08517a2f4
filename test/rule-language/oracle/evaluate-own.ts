/** A value that a customer carries itself, read as the type that a rule takes it for; of another type it is no value. */
import type { OwnType, RuleValue, ValueType } from '#rule-language/check/definitions.ts';

import type { TypedValue } from './evaluate-predicate.ts';

const day = /^([12]\d{3})-(\d{2})-(\d{2})/;
const instant =
  /^[12]\d{3}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;

const valueTypes: Readonly<Record<OwnType, ValueType>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  list: 'list',
  any: 'string',
};

export function ownValue(value: unknown, type: OwnType): TypedValue {
  return { value: readValue(value, type), type: valueTypes[type], isPresent: value !== null };
}

function readValue(value: unknown, type: OwnType): RuleValue {
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type ? (value as RuleValue) : null;
    case 'list':
      return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : null;
    case 'date':
      return typeof value === 'string' ? readInstant(value) : null;
    case 'any':
      return readValue(value, 'string') ?? readValue(value, 'list');
  }
}

/** Days begin at midnight UTC, and a time without a zone is one of UTC. */
function readInstant(text: string): Date | null {
  const [, year, month, date] = day.exec(text) ?? [];
  if (year === undefined) return null;
  const isDay = text.length === 10;
  if (!isDay && !instant.test(text)) return null;
  // Days that a month does not have roll over into the next.
  const start = new Date(`${year}-${month}-${date}T00:00:00Z`);
  if (Number.isNaN(start.getTime()) || start.getUTCDate() !== Number(date)) return null;
  if (isDay) return start;
  const at = new Date(/(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}
