/** Queries for every field of the schema that answers objects or takes arguments. Runs none. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';

export interface Field {
  readonly name: string;
  /** A query for the field, so many times in each parent, on pages of this size. */
  readonly write: (pageSize: number, count: number) => string;
}

/** Values of required arguments, of the demo shop; by field and argument, or by type. */
const SAMPLES: Readonly<Record<string, string>> = {
  'Query.node.id': '"Q3VzdG9tZXI6MQ=="',
  'Query.nodes.ids': '["Q3VzdG9tZXI6MQ=="]',
  'Query.campaign.id': '"Q2FtcGFpZ246MQ=="',
  'Query.customerExport.id': '"00000000-0000-4000-8000-000000000000"',
  'Customer.eligibility.campaign': '"Q2FtcGFpZ246MQ=="',
  'Query.segmentPreview.rule': '"orders_placed MATCHES (count >= 2)"',
  'Segment.distribution.attribute': '"country"',
  'Segment.growth.from': '"2026-01-01T00:00:00Z"',
  'Segment.membersAt.at': '"2026-01-01T00:00:00Z"',
  'SegmentLanguage.completions.text': '"products_purchased MATCHES (category = "',
  AudienceInput: '{ rule: "number_of_orders >= 1", channel: EMAIL }',
  ClusterSetBy: '{ key: "buying" }',
  CustomerBy: '{ email: "lea.garnier1017@example.net" }',
  CustomerListBy: '{ key: "tasting_evening" }',
  LookAlikeBy: '{ key: "like_champions" }',
  ProductBy: '{ sku: "1" }',
  RankProductsInput: '{ customer: { email: "lea.garnier1017@example.net" }, search: "a" }',
  RecommendInput: '{ first: 100 }',
  SegmentBy: '{ key: "champions" }',
  WebhookBy: '{ key: "crm" }',
};

/** Where a type is met most often: many of them first. */
const FIRST = ['customers', 'products', 'segments', 'campaigns', 'clusterSet', 'lookAlike', 'customerList'];

type Path = (pageSize: number, inner: string) => string;
type AnyField = GraphQLField<unknown, unknown>;

/** One query for each such field, by the shortest way from the root, and one for the plain fields of each type. */
export function walkSchema(schema: GraphQLSchema): Field[] {
  const root = schema.getQueryType()!;
  const paths = new Map<GraphQLObjectType, Path>([[root, (_, inner) => `{ ${inner} }`]]);
  const found: Field[] = [];
  for (const [type, path] of paths) {
    const fields = Object.values(type.getFields()).toSorted((left, right) => rank(left) - rank(right));
    const plain = plainFields(type);
    if (type !== root && plain !== '') {
      found.push({
        name: `${type.name} itself`,
        write: (pageSize, count) =>
          path(pageSize, `${plain} ${aliased(count - 1, (alias) => `${alias}: ${plain.split(' ')[0]!}`)}`),
      });
    }
    for (const field of fields) {
      const answer = getNamedType(field.type);
      if (!isCompositeType(answer) && field.args.length === 0) continue;
      found.push({
        name: `${type.name}.${field.name}`,
        write: (pageSize, count) =>
          path(
            pageSize,
            aliased(count, (alias) => `${alias}: ${call(type, field, pageSize)}${selectionOf(field)}`),
          ),
      });
      if (isObjectType(answer) && !paths.has(answer)) {
        paths.set(answer, (pageSize, inner) => path(pageSize, `${call(type, field, pageSize)} { ${inner} }`));
      }
    }
  }
  return found;
}

function rank({ name }: AnyField): number {
  const index = FIRST.indexOf(name);
  return index === -1 ? FIRST.length : index;
}

function aliased(count: number, write: (alias: string) => string): string {
  return Array.from({ length: Math.max(0, count) }, (_, index) => write(`a${index}`)).join(' ');
}

function call(type: GraphQLObjectType, field: AnyField, pageSize: number): string {
  const values = field.args.flatMap((argument) => {
    const value = valueOf(type, field, argument, pageSize);
    return value === undefined ? [] : [`${argument.name}: ${value}`];
  });
  return values.length === 0 ? field.name : `${field.name}(${values.join(', ')})`;
}

function valueOf(
  type: GraphQLObjectType,
  field: AnyField,
  { name, type: argumentType, defaultValue }: GraphQLArgument,
  pageSize: number,
): string | undefined {
  if (name === 'first') return String(Math.min(pageSize, field.name === 'sample' ? 20 : 100));
  if (name === 'sample') return String(pageSize * 10);
  if (!isNonNullType(argumentType) || defaultValue !== undefined) return undefined;
  const sample = SAMPLES[`${type.name}.${field.name}.${name}`] ?? SAMPLES[getNamedType(argumentType).name];
  if (sample === undefined) throw new Error(`${type.name}.${field.name} needs a sample of ${name}`);
  return sample;
}

function plainFields(type: GraphQLObjectType): string {
  return Object.values(type.getFields())
    .filter(({ type: answer, args }) => isLeafType(getNamedType(answer)) && args.length === 0)
    .map(({ name }) => name)
    .join(' ');
}

/** All plain fields of the answer; of a page those of its rows. */
function selectionOf(field: AnyField): string {
  const answer = getNamedType(field.type);
  if (!isCompositeType(answer)) return '';
  if (!isObjectType(answer)) return ' { __typename }';
  const { nodes } = answer.getFields();
  const row = nodes && getNamedType(nodes.type);
  if (isObjectType(row)) return ` { nodes { ${plainFields(row) || '__typename'} } }`;
  return ` { ${plainFields(answer) || '__typename'} }`;
}
