/** Predicates over a member of a jsonb object as containment or presence, which can use an index; without casts. */
import { compilePredicate, type Compiling } from './compile-predicate.ts';
import type { OwnType } from '../check/definitions.ts';
import { type Condition, joinConditions, negateIf, quoteLiteral } from './sql.ts';
import type { Literal, Predicate } from '../syntax/tree.ts';

interface Member {
  readonly column: string;
  readonly key: string;
  readonly type: OwnType;
  /** The value, converted to the type that the rule assumes. */
  readonly sql: string;
}

/** Above it one comparison with all values is cheaper than one containment for each. */
const MAX_CONTAINMENTS = 5;

/** Undefined where the value itself must be compared. */
export function compileMember(
  member: Member,
  predicate: Predicate,
  compiling: Compiling,
): Condition | undefined {
  switch (predicate.kind) {
    case 'null':
      // A value of any type exists, even one that no other predicate can read.
      return {
        sql: `coalesce(jsonb_typeof(${member.column} -> ${quoteLiteral(member.key)}), 'null') ${predicate.negated ? '<>' : '='} 'null'`,
        isTotal: true,
      };
    case 'compare': {
      const { operator, value } = predicate;
      if ((operator !== '=' && operator !== '!=') || !isScalar(value)) return undefined;
      return negateIf(operator === '!=', contains(member, value.value, compiling));
    }
    case 'in':
      if (predicate.values.length > MAX_CONTAINMENTS || !predicate.values.every(isScalar)) return undefined;
      return negateIf(
        predicate.negated,
        joinConditions(
          'or',
          predicate.values.map(({ value }) => contains(member, value, compiling)),
        ),
      );
    case 'has': {
      const values = predicate.values.map(({ value }) => value);
      if (predicate.quantifier === 'all')
        return negateIf(predicate.negated, contains(member, values, compiling));
      if (values.length > MAX_CONTAINMENTS) return undefined;
      return negateIf(
        predicate.negated,
        joinConditions(
          'or',
          values.map((value) => contains(member, [value], compiling)),
        ),
      );
    }
    case 'text':
      // As an element of a list; a string is compared separately.
      if (predicate.operator !== 'contains' || member.type === 'string') return undefined;
      return negateIf(predicate.negated, containsText(member, predicate.value.value, compiling));
    default:
      return undefined;
  }
}

function containsText(member: Member, text: string, compiling: Compiling): Condition {
  const inList = contains(member, [text], compiling);
  if (member.type === 'list') return inList;
  const search: Predicate = {
    kind: 'text',
    operator: 'contains',
    value: { kind: 'string', value: text },
    negated: false,
  };
  return joinConditions('or', [
    inList,
    compilePredicate({ sql: member.sql, type: 'string' }, search, compiling),
  ]);
}

function isScalar(operand: { readonly kind: string }): operand is Exclude<Literal, { kind: 'date' }> {
  return operand.kind === 'string' || operand.kind === 'number' || operand.kind === 'boolean';
}

/** Equal type and equal value; of lists, every element. */
function contains({ column, key }: Member, value: unknown, { bind }: Compiling): Condition {
  return { sql: `${column} @> ${bind(JSON.stringify({ [key]: value }), 'jsonb')}`, isTotal: true };
}
