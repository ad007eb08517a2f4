/** For one date in SQL: when the moving dates of a predicate next come past it. */
import type { Compiling } from './compile-predicate.ts';
import { formatDay, localDay, resolveDate, shiftDay } from '../syntax/dates.ts';
import type { CalendarUnit, DateLiteral, Duration, Operand, Predicate } from '../syntax/tree.ts';

const calendarLengths: Readonly<Record<CalendarUnit, string>> = {
  week: '7 days',
  month: '1 month',
  quarter: '3 months',
  year: '1 year',
};
const unitWords = { h: 'hours', d: 'days', w: 'weeks', m: 'months', y: 'years' } as const;

/** Whether time alone can change the answer of a predicate over a value that rests. */
export function isRelative(predicate: Predicate): boolean {
  return predicate.kind === 'anniversary' || relativeDates(predicate).length > 0;
}

/** Expressions of moments after now, null where there is none: together they leave no change out. */
export function transitionTimes(sql: string, predicate: Predicate, compiling: Compiling): string[] {
  if (predicate.kind === 'anniversary')
    return anniversaryMoments(sql, predicate.direction, predicate.period, compiling);
  return relativeDates(predicate).map((date) => dateMoment(sql, date, compiling));
}

/** The instant itself if it is still to come. */
export function momentAfter(sql: string, compiling: Compiling): string {
  return `case when ${sql} > ${nowSql(compiling)} then ${sql} end`;
}

/**
 * The instant a period after another. Clocks that change shift it by an hour or two and months of unequal length by days, so that
 * from shortly before until shortly after it is looked at again and again.
 */
export function momentAround(sql: string, { amount, unit }: Duration, compiling: Compiling): string {
  const { bind } = compiling;
  const isCalendar = unit === 'm' || unit === 'y';
  const [margin, step] = isCalendar ? ['4 days', '6 hours'] : ['3 hours', '15 minutes'];
  const middle = `(${sql} + ${bind(`${amount} ${unitWords[unit]}`, 'interval')})`;
  if (unit === 'h' || amount === 0) {
    // No clock shifts it. A period holds to its last instant, and ends a millisecond later.
    const [end, now] = [`${middle} + interval '1 millisecond'`, nowSql(compiling)];
    return `case when ${middle} > ${now} then ${middle} when ${end} > ${now} then ${end} end`;
  }
  const again = `${nowSql(compiling)} + interval '${step}'`;
  return `case when ${middle} + interval '${margin}' > ${nowSql(compiling)} then greatest(${middle} - interval '${margin}', ${again}) end`;
}

/** A moving date, and which of its edges the predicate looks at. */
interface RelativeDate {
  readonly date: DateLiteral;
  /** `reaches` where the date's stretch comes to hold the value, `leaves` where it ceases to. */
  readonly edge: 'reaches' | 'leaves' | 'both';
}

function relativeDates(predicate: Predicate): RelativeDate[] {
  const moving = (operand: Operand, edge: RelativeDate['edge']): RelativeDate[] =>
    operand.kind === 'date' && operand.form.kind !== 'absolute' ? [{ date: operand, edge }] : [];
  switch (predicate.kind) {
    case 'compare': {
      const { operator, value } = predicate;
      // < and >= ask for the start of the stretch, <= and > for its end.
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

/** The instant comes; a strict comparison changes just after, so that it is looked at again a millisecond later. */
export function instantMoment(sql: string, later: string, compiling: Compiling): string {
  const now = nowSql(compiling);
  const meets = `(${sql} + ${compiling.bind(later, 'interval')})`;
  return `case when ${meets} > ${now} then ${meets} when ${meets} = ${now} then ${now} + interval '1 millisecond' end`;
}

/** The day so far from today reaches the date's day, and leaves it a day later: at a midnight of the zone. */
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
  // Up to four days of a long month share one day of a shorter one: the edges are looked for on each of them.
  if (unit === 'm' || unit === 'y')
    return momentWithin(reaches, `${reaches} + interval '5 days'`, tomorrow, zoneSql);
  return momentOfEdge(reaches, `interval '1 day'`, edge, tomorrow, zoneSql);
}

/** The period so far from this one reaches the date's period, and leaves it a period later: at the start of one. */
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

/** From `from` to `to` every step counts, of which `next` is the first to come; all in local time. */
function momentWithin(from: string, to: string, next: string, zone: string): string {
  return `case when ${to} >= ${next} then greatest(${from}, ${next}) at time zone ${zone} end`;
}

/** The anniversary's day comes into the window and leaves it, last year's to that of the year after next; later ones are looked for later. */
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
