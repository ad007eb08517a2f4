/** All attributes, functions and groups that features contributed, by name. Holds definitions, never data. */
import type {
  AttributeDefinition,
  EventProperty,
  FunctionDefinition,
  GroupDefinition,
  LanguageContribution,
  OwnReference,
  PlaceDefinition,
  ValueType,
} from './definitions.ts';
import { isReservedWord } from '../syntax/tokens.ts';

export interface RuleLanguage {
  readonly attributes: ReadonlyMap<string, AttributeDefinition>;
  readonly functions: ReadonlyMap<string, EventFunction>;
  readonly groups: ReadonlyMap<string, GroupDefinition>;
  readonly place: PlaceDefinition | undefined;
  /** Undefined without custom attributes. */
  readonly defineOwn: LanguageContribution['defineOwn'];
}

/** The definition of a name in a rule that was read against this language. */
export function attributeOf(
  { attributes, defineOwn }: RuleLanguage,
  { name, own }: { readonly name: string; readonly own?: OwnReference },
): AttributeDefinition {
  return own === undefined ? attributes.get(name)! : { ...defineOwn!(own), name };
}

export interface EventFunction extends FunctionDefinition {
  readonly parameters: ReadonlyMap<string, EventParameter>;
}

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'distinct' | 'first' | 'last';

/** A parameter filters rows by a property, or (with an aggregate) tests all rows that pass the filters. */
export interface EventParameter {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
  readonly aggregate: Aggregate | null;
  /** Null for `count`. */
  readonly property: EventProperty | null;
}

/** @throws {Error} a name is reserved or defined twice: a bug of the program. */
export function createLanguage(...contributions: readonly LanguageContribution[]): RuleLanguage {
  const attributes = contributions.flatMap(({ attributes }) => attributes ?? []);
  const functions = contributions.flatMap(({ functions }) => functions ?? []);
  const groups = contributions.flatMap(({ groups }) => groups ?? []);
  // Attributes and functions both start a clause, so they share one namespace.
  indexByName([...attributes, ...functions]);
  return {
    attributes: indexByName(attributes),
    functions: indexByName(functions.map(withParameters)),
    groups: indexByName(groups),
    place: contributions.findLast(({ place }) => place !== undefined)?.place,
    defineOwn: contributions.findLast(({ defineOwn }) => defineOwn !== undefined)?.defineOwn,
  };
}

function withParameters(definition: FunctionDefinition): EventFunction {
  return { ...definition, parameters: deriveParameters(definition) };
}

function deriveParameters(definition: FunctionDefinition): ReadonlyMap<string, EventParameter> {
  const date: EventProperty = {
    name: 'date',
    type: 'date',
    description: 'When it happened.',
    sql: definition.occurredAt,
  };
  const count: EventParameter = {
    name: 'count',
    type: 'number',
    description: 'How many of them there are; at least 1 where no count is asked for.',
    aggregate: 'count',
    property: null,
  };
  return indexByName([count, ...[date, ...definition.properties].flatMap(parametersOf)]);
}

function parametersOf(property: EventProperty): EventParameter[] {
  const { name, type, description } = property;
  const derive = (aggregate: Aggregate, type: ValueType, meaning: string): EventParameter => ({
    name: `${aggregate}_${name}`,
    type,
    description: `${meaning} ${name}: ${description}`,
    aggregate,
    property,
  });
  return [
    { name, type, description, aggregate: null, property },
    ...(type === 'number' || type === 'money'
      ? [
          derive('sum', type, 'Sum (0 of none) of'),
          derive('avg', type, 'Average of'),
          derive('min', type, 'Smallest'),
          derive('max', type, 'Largest'),
        ]
      : []),
    ...(type === 'list'
      ? []
      : [
          derive('distinct', 'number', 'How many different values there are of'),
          derive('first', type, 'On the earliest of them,'),
          derive('last', type, 'On the latest of them,'),
        ]),
  ];
}

function indexByName<Definition extends { readonly name: string }>(
  definitions: readonly Definition[],
): ReadonlyMap<string, Definition> {
  const byName = new Map<string, Definition>();
  for (const definition of definitions) {
    const { name } = definition;
    if (name !== name.toLowerCase() || isReservedWord(name))
      throw new Error(`${name} cannot name a part of the rule language`);
    if (byName.has(name)) throw new Error(`${name} is defined twice in the rule language`);
    byName.set(name, definition);
  }
  return byName;
}
