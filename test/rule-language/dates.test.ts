import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { resolveDate, shiftInstant } from '#rule-language/syntax/dates.ts';
import { parseRule } from '#rule-language/syntax/parse.ts';
import type { DateLiteral, TimeUnit } from '#rule-language/syntax/tree.ts';
import { moveInstant, spanOf } from './oracle/calendar.ts';
import { date, zones } from './random-rules.ts';

/** A Thursday, 1:30 in the morning in Auckland's summer, the evening before in London. */
const now = new Date('2024-02-28T12:30:00.000Z');

function dateOf(text: string): DateLiteral {
  const parsed = parseRule(`d = ${text}`);
  if (!parsed.ok || parsed.rule.kind !== 'test' || parsed.rule.predicate.kind !== 'compare')
    throw new Error(text);
  return parsed.rule.predicate.value as DateLiteral;
}

function stretch(text: string, timeZone: string): string[] {
  const { start, end } = resolveDate(dateOf(text), { now, timeZone });
  return [start, end].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z'));
}

test.each([
  ['2024-01-31', 'UTC', '2024-01-31T00:00Z', '2024-02-01T00:00Z'],
  ['2024-01-31', 'America/New_York', '2024-01-31T05:00Z', '2024-02-01T05:00Z'],
  ['2024-02', 'UTC', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
  ['2024-01-31T10:00Z', 'America/New_York', '2024-01-31T10:00Z', '2024-01-31T10:00Z'],
  ['2024-01-31T10:00', 'America/New_York', '2024-01-31T15:00Z', '2024-01-31T15:00Z'],
  ['2024-01-31T10:00+05:30', 'UTC', '2024-01-31T04:30Z', '2024-01-31T04:30Z'],
  ['NOW', 'UTC', '2024-02-28T12:30Z', '2024-02-28T12:30Z'],
  ['-36h', 'Asia/Tokyo', '2024-02-27T00:30Z', '2024-02-27T00:30Z'],
  ['TODAY', 'UTC', '2024-02-28T00:00Z', '2024-02-29T00:00Z'],
  ['TODAY', 'Pacific/Auckland', '2024-02-28T11:00Z', '2024-02-29T11:00Z'],
  ["TODAY AT TIME ZONE 'America/New_York'", 'Pacific/Auckland', '2024-02-28T05:00Z', '2024-02-29T05:00Z'],
  ['YESTERDAY', 'UTC', '2024-02-27T00:00Z', '2024-02-28T00:00Z'],
  ['+1d', 'UTC', '2024-02-29T00:00Z', '2024-03-01T00:00Z'],
  ['-4w', 'UTC', '2024-01-31T00:00Z', '2024-02-01T00:00Z'],
  ['+1y', 'UTC', '2025-02-28T00:00Z', '2025-03-01T00:00Z'],
  ['+12m', 'Pacific/Auckland', '2025-02-27T11:00Z', '2025-02-28T11:00Z'],
  ['THIS WEEK', 'UTC', '2024-02-26T00:00Z', '2024-03-04T00:00Z'],
  ['LAST WEEK', 'UTC', '2024-02-19T00:00Z', '2024-02-26T00:00Z'],
  ['NEXT MONTH', 'UTC', '2024-03-01T00:00Z', '2024-04-01T00:00Z'],
  ['LAST QUARTER', 'UTC', '2023-10-01T00:00Z', '2024-01-01T00:00Z'],
  ['THIS YEAR', 'UTC', '2024-01-01T00:00Z', '2025-01-01T00:00Z'],
  // Clocks go forward on 31 March in Berlin: that day has 23 hours.
  ['2024-03-31', 'Europe/Berlin', '2024-03-30T23:00Z', '2024-03-31T22:00Z'],
  // Clocks skip midnight of 31 March in Beirut: the day begins at one.
  ['2024-03-31', 'Asia/Beirut', '2024-03-30T22:00Z', '2024-03-31T21:00Z'],
])('%s in %s lasts from %s to %s', (text, timeZone, start, end) => {
  expect(stretch(text, timeZone)).toStrictEqual([start, end]);
});

test.each([
  ['2024-03-31T00:00:00Z', -1, 'm', 'UTC', '2024-02-29T00:00:00.000Z'],
  ['2024-02-29T08:00:00Z', 1, 'y', 'UTC', '2025-02-28T08:00:00.000Z'],
  ['2024-03-30T11:00:00Z', 1, 'd', 'Europe/Berlin', '2024-03-31T10:00:00.000Z'],
  // Half past two comes twice that night, and this is the first of them.
  ['2024-10-27T00:30:00Z', 0, 'd', 'Europe/Berlin', '2024-10-27T00:30:00.000Z'],
  ['2024-03-30T11:00:00Z', 24, 'h', 'Europe/Berlin', '2024-03-31T11:00:00.000Z'],
] as const)('%s and %i%s is, in %s, %s', (from, amount, unit, zone, expected) => {
  const shifted = shiftInstant(Date.parse(from), { amount, unit: unit satisfies TimeUnit }, zone);

  expect(new Date(shifted).toISOString()).toBe(expected);
});

const moments = fc.date({ min: new Date('1990-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
const changingZones = fc.constantFrom(
  ...zones,
  'America/Havana',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
);

test('random dates mean what a search through the instants of their zone finds', () => {
  fc.assert(
    fc.property(date, moments, changingZones, (literal, now, timeZone) => {
      expect(resolveDate(literal, { now, timeZone })).toStrictEqual(spanOf(literal, { now, timeZone }));
    }),
    { numRuns: 2000 },
  );
});

test('random instants move to where a search through the instants of their zone finds them', () => {
  const amounts = fc.integer({ min: -40, max: 40 });
  const units = fc.constantFrom<TimeUnit>('h', 'd', 'w', 'm', 'y');
  fc.assert(
    fc.property(moments, amounts, units, changingZones, (from, amount, unit, zone) => {
      const moved = shiftInstant(from.getTime(), { amount, unit }, zone);

      expect(moved).toBe(moveInstant(from.getTime(), amount, unit, zone));
    }),
    { numRuns: 2000 },
  );
});
