/**
 * The outcome of every clause of a rule, with the values behind it, as one SQL expression, so that one statement
 * explains many customers.
 */
import { compileClause, type CompileOptions, startCompiling, subjectSql } from './compile.ts';
import { eventValuesSql } from './compile-event.ts';
import type { Compiling } from './compile-predicate.ts';
import type { AttributeDefinition } from '../check/definitions.ts';
import { type ClauseOutcome, type EvidenceValue, type Explanation, explainRule } from './explain.ts';
import { operandsOf, referencesOf } from '../check/dependencies.ts';
import { attributeOf, type RuleLanguage } from '../check/language.ts';
import { quoteLiteral, type SqlParameter } from './sql.ts';
import type { Rule, Subject, TestRule } from '../syntax/tree.ts';
import { type Clause, clausesOf } from '../syntax/walk.ts';

export interface CompiledEvidence {
  /** A jsonb expression over the same tables as a compiled rule. */
  readonly text: string;
  readonly params: readonly SqlParameter[];
  /** @param evidence the parsed jsonb value of one customer */
  readonly explain: (evidence: unknown) => Explanation;
}

export function compileEvidence(
  rule: Rule,
  language: RuleLanguage,
  options: Omit<CompileOptions, 'population'>,
): CompiledEvidence {
  const { compiling, params } = startCompiling(language, { ...options, population: 'few' });
  const clauses = clausesOf(rule);
  const outcomes = clauses.map(
    (clause) =>
      `jsonb_build_array((${compileClause(clause, compiling).sql}) is true, ${valuesSql(clause, compiling)})`,
  );
  return {
    text: `to_jsonb(array[${outcomes.join(', ')}]::jsonb[])`,
    params,
    explain: (evidence) => explainRule(rule, readOutcomes(clauses, evidence, language), language),
  };
}

function valuesSql(clause: Clause, compiling: Compiling): string {
  switch (clause.kind) {
    case 'test':
      return testValuesSql(clause, compiling);
    case 'event':
      return eventValuesSql(clause, compiling);
    case 'sequence':
    case 'membership':
      return `'{}'::jsonb`;
  }
}

function testValuesSql({ subject, predicate }: TestRule, compiling: Compiling): string {
  const { language } = compiling;
  const attributes = operandsOf(predicate)
    .filter((operand) => operand.kind === 'attribute')
    .map((reference) => [reference.name, attributeOf(language, reference).sql] as const);
  const sql =
    subject.kind === 'attribute' ? attributeOf(language, subject).sql : subjectSql(subject, compiling).sql;
  const pairs = new Map([[nameOf(subject), sql], ...attributes]);
  return `jsonb_build_object(${[...pairs].map(([name, sql]) => `${quoteLiteral(name)}, ${sql}`).join(', ')})`;
}

function nameOf(subject: Subject): string {
  return subject.kind === 'attribute'
    ? subject.name
    : subject.kind === 'length'
      ? `length.${subject.name}`
      : subject.kind;
}

function readOutcomes(
  clauses: readonly Clause[],
  evidence: unknown,
  language: RuleLanguage,
): (clause: Clause) => ClauseOutcome {
  const rows = evidence as readonly (readonly [boolean, Readonly<Record<string, EvidenceValue>>])[];
  if (!Array.isArray(evidence) || rows.length !== clauses.length)
    throw new TypeError('evidence of another rule');
  const outcomes = new Map(
    clauses.map((clause, index) => {
      const [holds, values] = rows[index]!;
      const read = Object.entries(values).map(([name, value]) => [
        name,
        asUtc(clause, name, value, language),
      ]);
      return [clause, { holds, values: Object.fromEntries(read) as ClauseOutcome['values'] }];
    }),
  );
  return (clause) => outcomes.get(clause)!;
}

/** JSON shows instants in the time zone of the connection; here in one zone for all readers. Days stay unchanged. */
function asUtc(clause: Clause, name: string, value: EvidenceValue, language: RuleLanguage): EvidenceValue {
  const definition =
    clause.kind === 'event'
      ? language.functions.get(clause.function)?.parameters.get(name)
      : ofReference(clause, name, language);
  if (definition?.type !== 'date' || typeof value !== 'string' || !value.includes('T')) return value;
  return new Date(value).toISOString();
}

function ofReference(clause: Clause, name: string, language: RuleLanguage): AttributeDefinition | undefined {
  const reference = referencesOf(clause).find((one) => one.name === name);
  return reference === undefined ? undefined : attributeOf(language, reference);
}
