/** Scalars and the money type. */
import { GraphQLError } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';

import { builder, type Money } from './builder.ts';

builder.addScalarType('DateTime', DateTimeResolver, {
  description: 'An instant with its offset, RFC 3339: `2026-01-31T12:00:00.000Z`.',
});
builder.addScalarType('JSON', JSONResolver, { description: 'Any JSON value.' });

const DAY = /^\d{4}-\d{2}-\d{2}$/;
builder.scalarType('Date', {
  description: 'A calendar day, ISO 8601: `2026-01-31`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string' || !DAY.test(value) || Number.isNaN(Date.parse(value))) {
      throw new GraphQLError(`Expected a day such as 2026-01-31, got ${JSON.stringify(value)}`);
    }
    return value;
  },
});

const DECIMAL = /^-?\d{1,14}(\.\d{1,4})?$/;
builder.scalarType('Decimal', {
  description: 'An exact decimal as text, at most four decimals: `"8911407.904"`.',
  serialize: (value) => trimDecimal(value),
  parseValue: (value) => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !DECIMAL.test(text)) {
      throw new GraphQLError(`Expected a decimal such as "12.50", got ${JSON.stringify(value)}`);
    }
    return text;
  },
});

/** At least two decimals, no more than needed: 5.0000 is 5.00, 8.9040 is 8.904. */
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
