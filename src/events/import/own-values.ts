/** Values of custom columns: numbers, booleans, dates or texts, the same for all rows of a column. Pure. */
import { readInstant } from './dates.ts';
import { isNothing, trimField } from './values.ts';

/** Common type of the values of a column. */
export type OwnType = 'number' | 'boolean' | 'date' | 'text';

export interface OwnColumnType {
  readonly name: string;
  readonly type: OwnType;
}

/** Excludes numbers that are ids: with leading zeros, or more digits than are exact. */
export function isPlainNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && text.replaceAll(/\D/g, '').length <= 15;
}

const UTC = { order: null, numbers: null, zone: 'UTC' } as const;

/** With the year first, so that it is unambiguous. */
export function isIsoDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/.test(text) && readInstant(text, UTC) !== null;
}

/** By name, without missing ones. A day stays a day; an instant is written in UTC. */
export function readOwnValues(
  columns: readonly OwnColumnType[],
  fields: readonly string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [index, { name, type }] of columns.entries()) {
    const text = trimField(fields[index]!);
    if (!isNothing(text)) values[name] = readOwnValue(text, type);
  }
  return values;
}

function readOwnValue(text: string, type: OwnType): unknown {
  if (type === 'number') return Number(text);
  if (type === 'boolean') return text.toLowerCase() === 'true';
  if (type === 'text' || text.length === 10) return text;
  return new Date(readInstant(text, UTC)!).toISOString();
}
