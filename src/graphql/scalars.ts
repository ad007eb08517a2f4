/** Scalars and the money type. */
import { GraphQLError } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';

import { isDay, isInstantText } from '#platform/input/instants.ts';
import { quote } from '#platform/input/text.ts';

import { builder, type Money } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'An instant with its offset, RFC 3339: `2026-01-31T12:00:00.000Z`.',
  serialize: (value) => DateTimeResolver.serialize(value),
  parseValue: (value) => {
    const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
    if (typeof text === 'string' && isInstantText(text)) return new Date(text);
    throw new GraphQLError(describeWrongInstant(value));
  },
});

const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/i;

function describeWrongInstant(value: unknown): string {
  const came = quoteJson(value);
  return typeof value === 'string' && WITHOUT_OFFSET.test(value)
    ? `Expected an instant with its time and offset such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+01:00, got ${came}, which does not say in which time zone it is`
    : `Expected an instant in a year from 0001 to 9999, such as 2026-01-31T12:00:00Z, got ${came}`;
}

/** Shortened and well-formed. */
function quoteJson(value: unknown): string {
  return typeof value === 'string' ? quote(value) : quote(JSON.stringify(value) ?? '');
}
builder.addScalarType('JSON', JSONResolver, { description: 'Any JSON value.' });

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
builder.scalarType('Date', {
  description: 'A calendar day, ISO 8601: `2026-01-31`.',
  serialize: (value) => value,
  parseValue: (value) => {
    const [, year, month, day] = (typeof value === 'string' && DAY.exec(value)) || [];
    if (isDay(Number(year), Number(month), Number(day))) return value as string;
    throw new GraphQLError(`Expected a day such as 2026-01-31, got ${quoteJson(value)}`);
  },
});

const DECIMAL = /^-?\d{1,14}(\.\d{1,4})?$/;
builder.scalarType('Decimal', {
  description: 'An exact decimal as text, at most four decimals: `"8911407.904"`.',
  serialize: (value) => trimDecimal(value),
  parseValue: (value) => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !DECIMAL.test(text)) {
      throw new GraphQLError(`Expected a decimal such as "12.50", got ${quoteJson(value)}`);
    }
    return text;
  },
});

/** At least two decimals and no trailing zeros after them: 5.0000 is 5.00, 8.9040 is 8.904. */
function trimDecimal(text: string): string {
  const point = text.indexOf('.');
  if (point === -1) return `${text}.00`;
  let end = text.length;
  while (end > point + 3 && text.charCodeAt(end - 1) === 48) end -= 1;
  return end < point + 3 ? text.slice(0, end).padEnd(point + 3, '0') : text.slice(0, end);
}

builder.objectType('Money', {
  description: 'An exact amount with its currency.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      description: 'Exact decimal, in units of the currency (pounds, not pence).',
      resolve: (money: Money) => money.amount,
    }),
    currency: t.string({ description: 'ISO 4217 code.', resolve: (money: Money) => money.currency }),
  }),
});
