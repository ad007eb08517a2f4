/**
 * Compiles a checked rule to one boolean SQL expression over `customers c left join customer_profiles p`, with every
 * value as a parameter.
 */
import { compileEvent, compileMembership, compileSequence } from './compile-event.ts';
import { compileMember } from './compile-own.ts';
import { compilePredicate, type Compiling, type TypedSql, valueSql } from './compile-predicate.ts';
import { isTimeZone } from '../syntax/dates.ts';
import { attributeOf, type RuleLanguage } from '../check/language.ts';
import {
  asExpression,
  asOperand,
  type Condition,
  createParameters,
  joinConditions,
  negate,
  type SqlParameter,
} from './sql.ts';
import type { Predicate, Rule, Subject, TestRule } from '../syntax/tree.ts';
import type { Clause } from '../syntax/walk.ts';

export interface CompileOptions {
  /** Reference of relative dates. */
  readonly now: Date;
  /** IANA time zone of days; UTC by default. */
  readonly timeZone?: string;
  /** Number of the first parameter, for a caller with further parameters; 1 by default. */
  readonly firstParameter?: number;
  /**
   * `all` (the default) for statements over every customer, `few` where c.id is restricted to some: the meaning is the
   * same.
   */
  readonly population?: 'all' | 'few';
}

export interface CompiledRule {
  /** Null means false. Equal rules have equal text at any time. */
  readonly text: string;
  readonly params: readonly SqlParameter[];
}

/** The rule must have been read against the same language. */
export function compileRule(rule: Rule, language: RuleLanguage, options: CompileOptions): CompiledRule {
  const { compiling, params } = startCompiling(language, options);
  return { text: compileConjuncts(rule, compiling).sql, params };
}

export function startCompiling(
  language: RuleLanguage,
  { now, timeZone = 'UTC', firstParameter = 1, population = 'all' }: CompileOptions,
): { readonly compiling: Compiling; readonly params: readonly SqlParameter[] } {
  if (!isTimeZone(timeZone)) throw new RangeError(`unknown time zone ${timeZone}`);
  const { bind, params } = createParameters(firstParameter);
  return { compiling: { language, bind, time: { now, timeZone }, population }, params };
}

/**
 * Maximum number of relations from events of a rule in the join search of its statement. Postgres turns each EXISTS of
 * a top-level AND into a join and searches for the best order of all: 30 of them took 8 s to plan and 3 ms to run, 45
 * were not planned in 15 s. Other ones are wrapped as expressions, which are planned one by one.
 */
const MAX_JOINED_RELATIONS = 8;

/** The rule, or the operands of its AND: the candidates for joins. */
function compileConjuncts(rule: Rule, compiling: Compiling): Condition {
  let relations = 0;
  const compile = (part: Rule): Condition => {
    if (part.kind === 'and') return joinConditions('and', part.rules.map(compile));
    const condition = compileNode(part, compiling);
    relations += countRelations(condition.sql);
    return relations <= MAX_JOINED_RELATIONS ? condition : asExpression(condition);
  };
  return compile(rule);
}

/** Texts of users are parameters, so these words come only from definitions. */
function countRelations(sql: string): number {
  return sql.match(/\b(from|join)\b/g)?.length ?? 0;
}

function compileNode(rule: Rule, compiling: Compiling): Condition {
  switch (rule.kind) {
    case 'everyone':
      return { sql: 'true', isTotal: true };
    case 'none':
      return { sql: 'false', isTotal: true };
    case 'and':
    case 'or':
      return joinConditions(
        rule.kind,
        rule.rules.map((part) => compileNode(part, compiling)),
      );
    case 'not':
      return negate(compileNode(rule.rule, compiling));
    default:
      return compileClause(rule, compiling);
  }
}

export function compileClause(clause: Clause, compiling: Compiling): Condition {
  switch (clause.kind) {
    case 'test':
      return compileTest(clause, compiling);
    case 'event':
      return compileEvent(clause, compiling);
    case 'sequence':
      return compileSequence(clause, compiling);
    case 'membership':
      return compileMembership(clause, compiling);
  }
}

function compileTest({ subject, predicate }: TestRule, compiling: Compiling): Condition {
  return (
    compileOwnTest(subject, predicate, compiling) ??
    compilePredicate(subjectSql(subject, compiling), predicate, compiling)
  );
}

function compileOwnTest(subject: Subject, predicate: Predicate, compiling: Compiling): Condition | undefined {
  if (subject.kind !== 'attribute' || subject.own === undefined) return undefined;
  const { key, type } = subject.own;
  const readAs = type === 'any' ? 'string' : type;
  const { json, sql } = attributeOf(compiling.language, { name: subject.name, own: { key, type: readAs } });
  if (json === undefined) return undefined;
  return compileMember({ ...json, type, sql: asOperand(sql) }, predicate, compiling);
}

export function subjectSql(subject: Subject, compiling: Compiling): TypedSql {
  const { bind, language } = compiling;
  switch (subject.kind) {
    case 'attribute':
      return valueSql(attributeOf(language, subject), compiling);
    case 'length':
      return { sql: `cardinality(${attributeOf(language, subject).sql})`, type: 'number' };
    case 'bucket': {
      // The first 32 bits of SHA-256 of "salt:id", scaled to 0 up to 100: exact in double precision.
      const hash = `left(encode(sha256(convert_to(${bind(subject.salt, 'text')} || ':' || c.id::text, 'UTF8')), 'hex'), 8)`;
      return {
        sql: `(('x' || ${hash})::bit(32)::bigint * 100 / 4294967296::double precision)`,
        type: 'number',
      };
    }
    case 'distance': {
      // Haversine on a sphere of 6371.0088 km, the Earth's mean radius.
      const [latitude, longitude] = [
        asOperand(language.place!.latitude),
        asOperand(language.place!.longitude),
      ];
      const [toLatitude, toLongitude] = [bind(subject.latitude, 'float8'), bind(subject.longitude, 'float8')];
      const half = (from: string, to: string): string => `power(sin(radians(${to} - ${from}) / 2), 2)`;
      const chord = `${half(latitude, toLatitude)} + cos(radians(${latitude})) * cos(radians(${toLatitude})) * ${half(longitude, toLongitude)}`;
      // least() ignores nulls, so an unknown location is tested first.
      const known = `${latitude} is not null and ${longitude} is not null`;
      return {
        sql: `(case when ${known} then 12742.0176 * asin(least(1, sqrt(${chord}))) end)`,
        type: 'number',
      };
    }
  }
}
