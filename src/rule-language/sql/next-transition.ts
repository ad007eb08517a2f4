/** When the passing of time may next change whether a customer matches, as one SQL expression, so that a sweep reads only customers who are due. */
import { startCompiling, type CompiledRule, type CompileOptions, subjectSql } from './compile.ts';
import { type Compiling, valueSql } from './compile-predicate.ts';
import { fixedLengthMs } from '../syntax/dates.ts';
import type { GroupSource } from '../check/definitions.ts';
import { operandsOf } from '../check/dependencies.ts';
import { aggregateSql, eventQuery } from './event-query.ts';
import type { RuleLanguage } from '../check/language.ts';
import { instantMoment, isRelative, momentAfter, momentAround, transitionTimes } from './transition-times.ts';
import type {
  AttributeReference,
  EventRule,
  MembershipRule,
  Predicate,
  Rule,
  SequenceEvent,
  SequenceRule,
  TestRule,
} from '../syntax/tree.ts';
import { type Clause, clausesOf } from '../syntax/walk.ts';

/**
 * A timestamptz expression over the same tables as a compiled rule: at no earlier time after `now` the result changes, unless data
 * change too. It may be too early, and null means never. Attributes whose own SQL reads the clock are included only if they have
 * `since` and are compared with numbers.
 */
export function compileNextTransition(
  rule: Rule,
  language: RuleLanguage,
  options: Omit<CompileOptions, 'population'>,
): CompiledRule {
  const { compiling, params } = startCompiling(language, { ...options, population: 'few' });
  const moments = clausesOf(rule).flatMap((clause) => clauseMoments(clause, compiling));
  // least() takes the earliest of several and ignores nulls.
  return { text: moments.length === 0 ? 'null::timestamptz' : `least(${moments.join(', ')})`, params };
}

function clauseMoments(clause: Clause, compiling: Compiling): string[] {
  switch (clause.kind) {
    case 'test':
      if (ageOf(clause, compiling.language) !== undefined) return ageMoments(clause, compiling);
      // Checked first: a compiled value without a use would leave parameters without a placeholder.
      if (!isRelative(clause.predicate)) return [];
      return transitionTimes(subjectSql(clause.subject, compiling).sql, clause.predicate, compiling);
    case 'event':
      return eventMoments(clause, compiling);
    case 'sequence':
      return sequenceMoments(clause, compiling);
    case 'membership':
      return membershipMoments(clause, compiling);
  }
}

/** When the age reaches a bound; a strict comparison changes just after, see `instantMoment`. */
function ageMoments({ subject, predicate }: TestRule, compiling: Compiling): string[] {
  const since = compiling.language.attributes.get((subject as AttributeReference).name)!.since!;
  return numbersOf(predicate)!.map((age) =>
    instantMoment(since.sql, `${age * since.unitSeconds} seconds`, compiling),
  );
}

/** The age that a clause compares with plain numbers; undefined for any other clause. */
export function ageOf(clause: Clause, language: RuleLanguage): string | undefined {
  if (clause.kind !== 'test' || clause.subject.kind !== 'attribute') return undefined;
  const { name } = clause.subject;
  if (language.attributes.get(name)?.since === undefined) return undefined;
  return numbersOf(clause.predicate) === undefined ? undefined : name;
}

function numbersOf(predicate: Predicate): number[] | undefined {
  if (predicate.kind === 'null') return [];
  const operands = operandsOf(predicate);
  if (operands.length === 0) return undefined;
  const numbers = operands.flatMap((operand) => (operand.kind === 'number' ? [operand.value] : []));
  return numbers.length === operands.length ? numbers : undefined;
}

/** Rows begin and cease to pass the conditions; aggregates of the passing rows that are dates have transitions too. */
function eventMoments(rule: EventRule, compiling: Compiling): string[] {
  const source = compiling.language.functions.get(rule.function)!;
  const moving = rule.conditions.filter(
    ({ parameter, predicate }) =>
      source.parameters.get(parameter)!.aggregate !== null && isRelative(predicate),
  );
  if (moving.length === 0) return rowMoments(rule, compiling);
  const { from, where, aggregates } = eventQuery(rule, compiling);
  const moments = aggregates
    .filter(({ predicate }) => isRelative(predicate))
    .flatMap(({ parameter, predicate }) =>
      transitionTimes(aggregateSql(source, parameter, compiling).sql, predicate, compiling),
    );
  const ofAggregates = `(select least(${moments.join(', ')}) from ${from} where ${source.customerId} = c.id and ${where})`;
  return [ofAggregates, ...rowMoments(rule, compiling)];
}

/** The earliest time at which any row may begin or cease to pass the relative conditions. */
function rowMoments(event: SequenceEvent, compiling: Compiling): string[] {
  const source = compiling.language.functions.get(event.function)!;
  const filters = event.conditions.filter(
    ({ parameter }) => source.parameters.get(parameter)!.aggregate === null,
  );
  const moving = filters.filter(({ predicate }) => isRelative(predicate));
  if (moving.length === 0) return [];
  const { from, where } = resting(event, compiling);
  const moments = moving.flatMap(({ parameter, predicate }) =>
    transitionTimes(
      valueSql(source.parameters.get(parameter)!.property!, compiling).sql,
      predicate,
      compiling,
    ),
  );
  return [
    `(select min(least(${moments.join(', ')})) from ${from} where ${source.customerId} = c.id and ${where})`,
  ];
}

/** THEN NOT … WITHIN matches when the time after the preceding event is over. */
function sequenceMoments({ first, steps }: SequenceRule, compiling: Compiling): string[] {
  const events: readonly SequenceEvent[] = [first, ...steps];
  const ofRows = events.flatMap((event) => rowMoments(event, compiling));
  const last = steps.at(-1);
  if (last === undefined || !last.negated || last.within === null) return ofRows;
  const { from, where, source } = resting(events.at(-2)!, compiling);
  const period = compiling.bind(`${fixedLengthMs(last.within)! / 1000} seconds`, 'interval');
  const isOver = momentAfter(`(${source.occurredAt} + ${period})`, compiling);
  return [...ofRows, `(select min(${isOver}) from ${from} where ${source.customerId} = c.id and ${where})`];
}

function membershipMoments({ change, group, key, period }: MembershipRule, compiling: Compiling): string[] {
  if (period === null) return [];
  const { bind, language } = compiling;
  const definition = language.groups.get(group)!;
  const source: GroupSource = change === 'in' ? definition.current : definition[change]!;
  const moments = [momentAround(source.at, period, compiling), momentAfter(source.at, compiling)];
  const where = source.where === undefined ? '' : ` and (${source.where})`;
  const rows = `${source.customerId} = c.id and ${source.key} = ${bind(key, 'text')}${where}`;
  return [`(select min(least(${moments.join(', ')})) from ${source.from} where ${rows})`];
}

/** The rows that pass every condition that is not relative, with the joins of all conditions. */
function resting(event: SequenceEvent, compiling: Compiling) {
  const conditions = event.conditions.filter(({ predicate }) => !isRelative(predicate));
  const query = eventQuery({ ...event, conditions }, compiling);
  const joins = event.conditions.flatMap(
    ({ parameter }) => query.source.parameters.get(parameter)!.property?.join ?? [],
  );
  const missing = [...new Set(joins)].filter((join) => !query.from.includes(join));
  return { ...query, from: [query.from, ...missing].join(' ') };
}
