/** Ways from the roots of the schema to each type, and documents that ask along them. */
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

import { schema } from '../../src/main/schema.ts';

export const query = schema.getQueryType()!;
export const mutation = schema.getMutationType()!;
export const objects = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
);

/** A field on the way, and the object type that has it. */
export interface Step {
  readonly owner: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}
export type Path = readonly Step[];

export function typesBehind(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

/** The shortest way from the root to every object type, the last step one that is wanted. */
export function shortestPaths(root: GraphQLObjectType, isWanted: (step: Step) => boolean): Map<string, Path> {
  const wanted = new Map<string, Path>();
  const seen = new Set([root.name]);
  let border: { readonly type: GraphQLObjectType; readonly path: Path }[] = [{ type: root, path: [] }];
  while (border.length > 0) {
    const next: typeof border = [];
    for (const { type, path } of border) {
      for (const field of Object.values(type.getFields())) {
        if (field.name === 'node' && type === query) continue;
        if (field.name === 'nodes' && type === query) continue;
        const step = { owner: type, field };
        for (const target of typesBehind(field)) {
          if (isWanted(step) && !wanted.has(target.name)) wanted.set(target.name, [...path, step]);
          if (seen.has(target.name)) continue;
          seen.add(target.name);
          next.push({ type: target, path: [...path, step] });
        }
      }
    }
    border = next;
  }
  return wanted;
}

function exampleOf(type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (isListType(inner)) return '[]';
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields());
    const needed = inner.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isRequiredInputField(field));
    return `{${needed.map(({ name, type: own }) => `${name}: ${exampleOf(own)}`).join(', ')}}`;
  }
  const examples: Readonly<Record<string, string>> = {
    Int: '1',
    Float: '1',
    Boolean: 'true',
    JSON: '{}',
    DateTime: '"2026-01-01T00:00:00Z"',
    Date: '"2026-01-01"',
    Decimal: '"1"',
    ID: '"018f0000-0000-7000-8000-000000000000"',
  };
  return examples[inner.name] ?? '"a"';
}

/** @param fitting arguments by `Type.field`, where made-up ones find nothing */
export function callOf(
  { owner, field: { name, args } }: Step,
  fitting: Readonly<Record<string, string>> = {},
): string {
  const wanted = fitting[`${owner.name}.${name}`];
  if (wanted !== undefined) return `${name}(${wanted})`;
  const given = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${exampleOf(arg.type)}`);
  return given.length === 0 ? name : `${name}(${given.join(', ')})`;
}

/** A document that selects along the path; at its end the text. `as` is the interface to ask the last field of. */
export function documentOf(
  path: Path,
  as: string,
  selection: string,
  fitting: Readonly<Record<string, string>> = {},
): string {
  const inner = path.reduceRight((below, step, index) => {
    const target = index === path.length - 1 ? as : path[index + 1]!.owner.name;
    return `${callOf(step, fitting)} { ... on ${target} { ${below} } }`;
  }, selection);
  return `${path[0]!.owner === mutation ? 'mutation' : 'query'} { ${inner} }`;
}
