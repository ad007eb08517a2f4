/** Compiles events, sequences and memberships to subqueries by customer_id: correlated for few customers, grouped once for all. */
import { compilePredicate, type Compiling } from './compile-predicate.ts';
import { fixedLengthMs, shiftInstant } from '../syntax/dates.ts';
import type { GroupSource } from '../check/definitions.ts';
import { aggregateSql, type EventQuery, eventQuery, type ParameterTest } from './event-query.ts';
import { matchesNoRows } from './no-rows.ts';
import { type Condition, joinConditions, negate, negateIf } from './sql.ts';
import type {
  EventCondition,
  EventRule,
  MembershipRule,
  Predicate,
  SequenceEvent,
  SequenceRule,
} from '../syntax/tree.ts';

const atLeastOne: Predicate = { kind: 'compare', operator: '>=', value: { kind: 'number', value: 1 } };

export function compileEvent(rule: EventRule, compiling: Compiling): Condition {
  const query = eventQuery(rule, compiling);
  const existence = asExistence(query.aggregates);
  if (existence !== undefined) {
    const exists = total(
      `exists (select 1 from ${query.from} where ${query.source.customerId} = c.id and ${query.where})`,
    );
    return negateIf(rule.negated === existence, exists);
  }
  const isGrouped = compiling.population === 'all' && !rule.conditions.some(comparesAttribute);
  return negateIf(
    rule.negated,
    isGrouped ? groupedEvent(query, compiling) : correlatedEvent(query, compiling),
  );
}

/** The values that an event clause tests, as a JSON object by parameter. */
export function eventValuesSql(rule: EventRule, compiling: Compiling): string {
  const { source, from, where, aggregates } = eventQuery(rule, compiling);
  const count = source.parameters.get('count')!;
  const shown = new Map(
    [count, ...aggregates.map(({ parameter }) => parameter)].map((parameter) => [parameter.name, parameter]),
  );
  // Names come from the registry, which allows only lower-case letters, digits, underscores and dots.
  const pairs = [...shown.values()].map(
    (parameter) => `'${parameter.name}', ${aggregateSql(source, parameter, compiling).sql}`,
  );
  return `(select jsonb_build_object(${pairs.join(', ')}) from ${from} where ${source.customerId} = c.id and ${where})`;
}

/** Each step must come after the one before it; the aliases step1, step2, … distinguish two uses of one table. */
export function compileSequence({ first, steps: rest }: SequenceRule, compiling: Compiling): Condition {
  const steps = [{ ...first, negated: false, within: null }, ...rest];
  const compileStep = (index: number): string => {
    const step = steps[index]!;
    const name = `step${index + 1}`;
    const before = `step${index}`;
    const owner = index === 0 ? 'c.id' : `${before}.customer_id`;
    const order = index === 0 ? [] : [`${name}.at > ${before}.at`];
    const period =
      step.within === null
        ? undefined
        : compiling.bind(`${fixedLengthMs(step.within)! / 1000} seconds`, 'interval');
    const within = period === undefined ? [] : [`${name}.at <= ${before}.at + ${period}`];
    const next = index + 1 < steps.length ? [compileStep(index + 1)] : [];
    const conditions = [`${name}.customer_id = ${owner}`, ...order, ...within, ...next];
    const exists = `exists (select 1 from (${stepRows(step, compiling)}) ${name} where ${conditions.join(' and ')})`;
    if (!step.negated) return exists;
    // THEN NOT can only match once its time is over.
    const isOver = period === undefined ? '' : `${before}.at + ${period} <= ${now(compiling)} and `;
    return `${isOver}not ${exists}`;
  };
  return total(compileStep(0));
}

export function compileMembership(
  { change, group, key, period }: MembershipRule,
  compiling: Compiling,
): Condition {
  const { bind, language, time } = compiling;
  const definition = language.groups.get(group)!;
  const source: GroupSource = change === 'in' ? definition.current : definition[change]!;
  const conditions = [`${source.customerId} = c.id`, `${source.key} = ${bind(key, 'text')}`];
  if (source.where !== undefined) conditions.push(`(${source.where})`);
  if (period !== null) {
    const since = shiftInstant(time.now.getTime(), { ...period, amount: -period.amount }, time.timeZone);
    const edge = bind(new Date(since).toISOString(), 'timestamptz');
    conditions.push(
      change === 'in'
        ? `${source.at} <= ${edge}`
        : `${source.at} >= ${edge} and ${source.at} <= ${now(compiling)}`,
    );
  }
  return total(`exists (select 1 from ${source.from} where ${conditions.join(' and ')})`);
}

function stepRows(step: SequenceEvent, compiling: Compiling): string {
  const { source, from, where } = eventQuery(step, compiling);
  return `select ${source.customerId} as customer_id, ${source.occurredAt} as at from ${from} where ${where}`;
}

/** True or false for a clause that only tests whether there is any event; undefined for any other. */
function asExistence(aggregates: readonly ParameterTest[]): boolean | undefined {
  if (aggregates.length === 0) return true;
  const [test] = aggregates;
  if (aggregates.length > 1 || test!.parameter.aggregate !== 'count') return undefined;
  const { predicate } = test!;
  if (predicate.kind !== 'compare' || predicate.value.kind !== 'number') return undefined;
  const asked = `${predicate.operator} ${predicate.value.value}`;
  if (asked === '>= 1' || asked === '> 0' || asked === '!= 0') return true;
  return asked === '= 0' || asked === '< 1' || asked === '<= 0' ? false : undefined;
}

function correlatedEvent(query: EventQuery, compiling: Compiling): Condition {
  const { source, from, where } = query;
  const test = aggregateTests(query, compiling);
  return {
    sql: `(select ${test.sql} from ${from} where ${source.customerId} = c.id and ${where})`,
    isTotal: test.isTotal,
  };
}

/**
 * One scan of the events for all customers. A customer without any such event is in no group: if no event matches too, the
 * customers whose events do not match are excluded instead.
 */
function groupedEvent(query: EventQuery, compiling: Compiling): Condition {
  const { source, from, where } = query;
  const test = aggregateTests(query, compiling);
  const fitsNone = withCount(query).every(({ parameter, predicate }) => matchesNoRows(parameter, predicate));
  const customer = source.customerId;
  const isGrouped = (having: string): string =>
    `exists (select 1 from (select ${customer} as customer_id from ${from} where ${where} group by ${customer} having ${having}) grouped where grouped.customer_id = c.id)`;
  return total(fitsNone ? `not ${isGrouped(negate(test).sql)}` : isGrouped(test.sql));
}

function aggregateTests(query: EventQuery, compiling: Compiling): Condition {
  const tests = withCount(query).map(({ parameter, predicate }) =>
    compilePredicate(aggregateSql(query.source, parameter, compiling), predicate, compiling),
  );
  return joinConditions('and', tests);
}

/** Without a condition on the count, at least one event is required. */
function withCount({ source, aggregates }: EventQuery): readonly ParameterTest[] {
  if (aggregates.some(({ parameter }) => parameter.aggregate === 'count')) return aggregates;
  return [{ parameter: source.parameters.get('count')!, predicate: atLeastOne }, ...aggregates];
}

function comparesAttribute({ predicate }: EventCondition): boolean {
  if (predicate.kind === 'compare') return predicate.value.kind === 'attribute';
  return (
    predicate.kind === 'between' &&
    (predicate.low.kind === 'attribute' || predicate.high.kind === 'attribute')
  );
}

function now({ bind, time }: Compiling): string {
  return bind(time.now.toISOString(), 'timestamptz');
}

function total(sql: string): Condition {
  return { sql, isTotal: true };
}
