/** For one date in SQL: when the relative dates of a predicate next pass it. */
import type { Compiling } from './compile-predicate.ts';
import { formatDay, localDay, resolveDate, shiftDay } from '../syntax/dates.ts';
import type { CalendarUnit, DateLiteral, Duration, Operand, Predicate } from '../syntax/tree.ts';

const calendarLengths: Readonly<Record<CalendarUnit, string>> = {
  week: '7 days',
  month: '1 month',
  quarter: '3 months',
  year: '1 year',
};
/** More than any time zone changes its clocks. */
const CLOCK_MARGIN = `interval '3 hours'`;
const MILLISECOND = `interval '1 millisecond'`;
const unitWords = { h: 'hours', d: 'days', w: 'weeks', m: 'months', y: 'years' } as const;

/** True if the predicate can change over time while its value stays constant. */
export function isRelative(predicate: Predicate): boolean {
  return predicate.kind === 'anniversary' || relativeDates(predicate).length > 0;
}

/** Expressions of instants after now, null where there is none; together they include every change. */
export function transitionTimes(sql: string, predicate: Predicate, compiling: Compiling): string[] {
  if (predicate.kind === 'anniversary')
    return anniversaryMoments(sql, predicate.direction, predicate.period, compiling);
  return relativeDates(predicate).map((date) => dateMoment(sql, date, compiling));
}

/** The instant itself if it is in the future. */
export function momentAfter(sql: string, compiling: Compiling): string {
  return ifAfter(nowSql(compiling), sql);
}

function ifAfter(now: string, sql: string): string {
  return `case when ${sql} > ${now} then ${sql} end`;
}

/**
 * End of a period after an instant, which includes its last millisecond. Hours are exact. Days and longer keep the
 * local time of day, and months of unequal length share days, so that the result may change on each of four days.
 */
export function momentAround(sql: string, period: Duration, compiling: Compiling): string {
  const { bind, time } = compiling;
  // Bound once: the number of parameters of a statement is limited.
  const now = nowSql(compiling);
  const length = bind(`${period.amount} ${unitWords[period.unit]}`, 'interval');
  if (period.unit === 'h' || period.amount === 0) return momentsOfEnd(`(${sql} + ${length})`, now);
  const zone = bind(time.timeZone, 'text');
  const local = `(${sql} at time zone ${zone})`;
  const end = `((${local} + ${length}) at time zone ${zone})`;
  return period.unit === 'd' || period.unit === 'w'
    ? momentOfDays(sql, end, zone, now)
    : momentOfMonths(sql, local, end, zone, now);
}

/** The last instant of the period and the one after it. */
function momentsOfEnd(end: string, now: string): string {
  return `least(${ifAfter(now, end)}, ${ifAfter(now, `(${end} + ${MILLISECOND})`)})`;
}

function momentOfDays(sql: string, end: string, zone: string, now: string): string {
  const areClocksSteady = `${isSteady(sql, sql, zone)} and ${isSteady(end, end, zone)}`;
  return `case when ${areClocksSteady} then ${momentsOfEnd(end, now)}
    when ${end} + ${CLOCK_MARGIN} > ${now} then ${momentOfChangingClocks(sql, end, now)} end`;
}

/**
 * From the end on, each midnight and each local time of day of the instant, for the four days that may share one day of
 * a shorter month.
 */
function momentOfMonths(sql: string, local: string, end: string, zone: string, now: string): string {
  const today = `date_trunc('day', ${now} at time zone ${zone})`;
  const sameTime = `((${today} + (${local} - date_trunc('day', ${local}))) at time zone ${zone})`;
  const midnight = `((${today} + interval '1 day') at time zone ${zone})`;
  const later = `least(${midnight}, ${momentsOfEnd(sameTime, now)})`;
  const next = `coalesce(${momentsOfEnd(end, now)}, ${later})`;
  // Other days of a month are not shared, so that only the hours around the instant matter.
  const isLastDay = `date_part('day', ${local} + interval '1 day') = 1`;
  const dayAround = `case when ${isLastDay} then interval '1 day' else interval '0 days' end`;
  const areClocksSteady = `${isSteady(`${sql} - ${dayAround}`, `${sql} + ${dayAround}`, zone)} and ${isSteady(`greatest(${now}, ${end})`, next, zone)}`;
  return `case when ${end} + interval '4 days' > ${now} then
    case when ${areClocksSteady} then ${next} else ${momentOfChangingClocks(sql, end, now)} end end`;
}

/** Whether the zone has no clock change from shortly before until shortly after. */
function isSteady(from: string, to: string, zone: string): string {
  const ahead = (at: string) => `((${at}) at time zone ${zone}) - ((${at}) at time zone 'UTC')`;
  return `${ahead(`${from} - ${CLOCK_MARGIN}`)} = ${ahead(`${to} + ${CLOCK_MARGIN}`)}`;
}

/**
 * Around a clock change, which moves by quarters of an hour and occurs at one, the result changes only at a quarter, or
 * at quarters from the instant: each of them is included from shortly before the end.
 */
function momentOfChangingClocks(sql: string, end: string, now: string): string {
  const quarter = `interval '15 minutes'`;
  const nextAfter = (origin: string) => `date_bin(${quarter}, ${now}, ${origin}) + ${quarter}`;
  const origins = [`timestamptz '2000-01-01T00:00:00Z'`, sql, `${sql} + ${MILLISECOND}`];
  return `greatest(${end} - ${CLOCK_MARGIN}, least(${origins.map(nextAfter).join(', ')}))`;
}

/** A relative date, and which of its edges the predicate depends on. */
interface RelativeDate {
  readonly date: DateLiteral;
  /** `reaches` when the period of the date begins to include the value, `leaves` when it ceases to. */
  readonly edge: 'reaches' | 'leaves' | 'both';
}

function relativeDates(predicate: Predicate): RelativeDate[] {
  const moving = (operand: Operand, edge: RelativeDate['edge']): RelativeDate[] =>
    operand.kind === 'date' && operand.form.kind !== 'absolute' ? [{ date: operand, edge }] : [];
  switch (predicate.kind) {
    case 'compare': {
      const { operator, value } = predicate;
      // < and >= depend on the start of the period, <= and > on its end.
      if (operator === '<' || operator === '>=') return moving(value, 'leaves');
      return moving(value, operator === '<=' || operator === '>' ? 'reaches' : 'both');
    }
    case 'between':
      return [...moving(predicate.low, 'leaves'), ...moving(predicate.high, 'reaches')];
    case 'in':
      return predicate.values.flatMap((value) => moving(value, 'both'));
    default:
      return [];
  }
}

function dateMoment(sql: string, { date, edge }: RelativeDate, compiling: Compiling): string {
  const { form } = date;
  const zone = date.zone ?? compiling.time.timeZone;
  switch (form.kind) {
    case 'absolute':
      return 'null::timestamptz';
    case 'named':
      if (form.name === 'now') return instantMoment(sql, '0 hours', compiling);
      return dayMoment(sql, { yesterday: -1, today: 0, tomorrow: 1 }[form.name], 'd', edge, zone, compiling);
    case 'relative':
      if (form.unit === 'h') return instantMoment(sql, `${-form.amount} hours`, compiling);
      return dayMoment(sql, form.amount, form.unit, edge, zone, compiling);
    case 'calendar': {
      const periods = { last: -1, this: 0, next: 1 }[form.which];
      return periodMoment(sql, periods, form.unit, edge, zone, compiling);
    }
  }
}

/** The instant is reached; a strict comparison changes just after, so it is evaluated again a millisecond later. */
export function instantMoment(sql: string, later: string, compiling: Compiling): string {
  const now = nowSql(compiling);
  const meets = `(${sql} + ${compiling.bind(later, 'interval')})`;
  return `case when ${meets} > ${now} then ${meets} when ${meets} = ${now} then ${now} + interval '1 millisecond' end`;
}

/** The relative day reaches the date's day, and leaves it a day later: at a midnight of the zone. */
function dayMoment(
  sql: string,
  amount: number,
  unit: 'd' | 'w' | 'm' | 'y',
  edge: RelativeDate['edge'],
  zone: string,
  compiling: Compiling,
): string {
  const { bind, time } = compiling;
  const zoneSql = bind(zone, 'text');
  const reaches = `((${sql} at time zone ${zoneSql})::date + ${bind(`${-amount} ${unitWords[unit]}`, 'interval')})`;
  const tomorrow = bind(formatDay(shiftDay(localDay(time.now.getTime(), zone), 1, 'd')), 'timestamp');
  // Up to four days of a long month share one day of a shorter one: the edges are computed for each of them.
  if (unit === 'm' || unit === 'y')
    return momentWithin(reaches, `${reaches} + interval '5 days'`, tomorrow, zoneSql);
  return momentOfEdge(reaches, `interval '1 day'`, edge, tomorrow, zoneSql);
}

/** The relative period reaches the date's period, and leaves it a period later: at the start of one. */
function periodMoment(
  sql: string,
  periods: number,
  unit: CalendarUnit,
  edge: RelativeDate['edge'],
  zone: string,
  compiling: Compiling,
): string {
  const { bind, time } = compiling;
  const zoneSql = bind(zone, 'text');
  const length = `interval '${calendarLengths[unit]}'`;
  const reaches = `(date_trunc('${unit}', ${sql} at time zone ${zoneSql}) - ${periods} * ${length})`;
  const next = resolveDate(
    { kind: 'date', form: { kind: 'calendar', which: 'next', unit }, zone },
    time,
  ).start;
  const start = bind(formatDay(localDay(next, zone)), 'timestamp');
  return momentOfEdge(reaches, length, edge, start, zoneSql);
}

function momentOfEdge(
  reaches: string,
  length: string,
  edge: RelativeDate['edge'],
  next: string,
  zone: string,
): string {
  const leaves = `(${reaches} + ${length})`;
  return momentWithin(
    edge === 'leaves' ? leaves : reaches,
    edge === 'reaches' ? reaches : leaves,
    next,
    zone,
  );
}

/** Every step from `from` to `to`, of which `next` is the first in the future; all in local time. */
function momentWithin(from: string, to: string, next: string, zone: string): string {
  return `case when ${to} >= ${next} then greatest(${from}, ${next}) at time zone ${zone} end`;
}

/**
 * The anniversary enters the window and leaves it, from last year's to that of the year after next; later ones are
 * computed later.
 */
function anniversaryMoments(
  sql: string,
  direction: 'next' | 'last',
  period: Duration,
  compiling: Compiling,
): string[] {
  const { bind, time } = compiling;
  const zone = bind(time.timeZone, 'text');
  const today = localDay(time.now.getTime(), time.timeZone);
  const tomorrow = bind(formatDay(shiftDay(today, 1, 'd')), 'timestamp');
  const length = bind(`${period.amount} ${unitWords[period.unit]}`, 'interval');
  const slack = period.unit === 'm' || period.unit === 'y' ? '5 days' : '0 days';
  const day = `(${sql} at time zone ${zone})::date`;
  const moments = [-1, 0, 1, 2].flatMap((years) => {
    const year = bind(today.year + years, 'integer');
    const anniversary = `(${day} + make_interval(years => ${year} - extract(year from ${day})::integer))`;
    const edge = `(${anniversary} ${direction === 'next' ? '-' : '+'} ${length})`;
    return [
      momentWithin(
        `(${edge} - interval '${slack}')`,
        `(${edge} + interval '${slack}' + interval '1 day')`,
        tomorrow,
        zone,
      ),
      momentWithin(anniversary, `(${anniversary} + interval '1 day')`, tomorrow, zone),
    ];
  });
  return [
    ...moments,
    `case when ${sql} is not null then ${tomorrow} at time zone ${zone} + interval '300 days' end`,
  ];
}

function nowSql({ bind, time }: Compiling): string {
  return bind(time.now.toISOString(), 'timestamptz');
}
