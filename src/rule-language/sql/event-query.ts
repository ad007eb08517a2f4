/**
 * The parts of an event clause's query: source, joins, row conditions, and aggregates; `compile-event.ts` combines
 * them.
 */
import { compilePredicate, type Compiling, type TypedSql, valueSql } from './compile-predicate.ts';
import type { EventFunction, EventParameter } from '../check/language.ts';
import type { Predicate, SequenceEvent } from '../syntax/tree.ts';

export interface EventQuery {
  readonly source: EventFunction;
  /** Includes the joins of the properties that are used. */
  readonly from: string;
  /** Row conditions; at least `true`. */
  readonly where: string;
  readonly aggregates: readonly ParameterTest[];
}

export interface ParameterTest {
  readonly parameter: EventParameter;
  readonly predicate: Predicate;
}

export function eventQuery({ function: name, conditions }: SequenceEvent, compiling: Compiling): EventQuery {
  const source = compiling.language.functions.get(name)!;
  const tests = conditions.map(({ parameter, predicate }) => ({
    parameter: source.parameters.get(parameter)!,
    predicate,
  }));
  const joins = new Set(tests.flatMap(({ parameter }) => parameter.property?.join ?? []));
  const rows = tests
    .filter(({ parameter }) => parameter.aggregate === null)
    .map(
      ({ parameter, predicate }) =>
        compilePredicate(valueSql(parameter.property!, compiling), predicate, compiling).sql,
    );
  const where = [...(source.where === undefined ? [] : [`(${source.where})`]), ...rows];
  return {
    source,
    from: [source.from, ...joins].join(' '),
    where: where.length === 0 ? 'true' : where.join(' and '),
    aggregates: tests.filter(({ parameter }) => parameter.aggregate !== null),
  };
}

export function aggregateSql(
  source: EventFunction,
  { aggregate, property, type }: EventParameter,
  compiling: Compiling,
): TypedSql {
  if (aggregate === 'count' || aggregate === null || property === null)
    return { sql: 'count(*)', type: 'number' };
  const { sql } = valueSql(property, compiling);
  switch (aggregate) {
    case 'sum':
      return { sql: `coalesce(sum(${sql}), 0)`, type };
    case 'avg':
    case 'min':
    case 'max':
      return { sql: `${aggregate}(${sql})`, type };
    case 'distinct':
      return { sql: `count(distinct ${sql})`, type };
    case 'first':
      return { sql: `(array_agg(${sql} order by ${source.occurredAt}, ${source.id}))[1]`, type };
    case 'last':
      return { sql: `(array_agg(${sql} order by ${source.occurredAt} desc, ${source.id} desc))[1]`, type };
  }
}
