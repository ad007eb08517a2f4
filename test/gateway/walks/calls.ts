/** A call of every field of the schema that takes arguments: by a root field, by a node, or on the shortest way from one. */
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isCompositeType,
  isObjectType,
} from 'graphql';

import { type GoodValues, goodValue, type ScalarPlace, scalarPlaces } from './hostile-values.ts';

export interface Call {
  /** `Type.field` */
  readonly coordinate: string;
  readonly query: string;
  /** That make it a good call, by argument. */
  readonly variables: Record<string, unknown>;
  readonly places: readonly (ScalarPlace & { readonly argument: string })[];
}

const goodValues: GoodValues = {
  String: 'text',
  Int: 1,
  Float: 0.5,
  Boolean: false,
  DateTime: '2026-05-01T00:00:00Z',
  Date: '2026-05-01',
  Decimal: '1.00',
  JSON: {},
  rule: 'EVERYONE',
  key: 'seg',
  sku: 'MUG',
  source: 'web',
  number: 'N2',
  kind: 'search',
  'IdentityInput.kind': 'ANONYMOUS',
  'ConnectionInput.kind': 'REFERRAL',
  channel: 'email',
  purpose: 'marketing',
  attribute: 'number_of_orders',
  attributes: {},
  traits: ['number_of_orders', 'amount_spent'],
};

/** A way to a type: what stands around a selection of it. */
interface Way {
  readonly open: string;
  readonly close: string;
  readonly definitions: readonly string[];
  readonly variables: Record<string, unknown>;
}

export function callsOfSchema(schema: GraphQLSchema, nodeIds: Readonly<Record<string, string>>): Call[] {
  const good: GoodValues = {
    ...goodValues,
    ID: nodeIds['Customer'],
    campaign: nodeIds['Campaign'],
    'UpdateCampaignInput.id': nodeIds['Campaign'],
    'SegmentBy.id': nodeIds['Segment'],
    'ProductBy.id': nodeIds['Product'],
    'ClusterSetBy.id': nodeIds['ClusterSet'],
    'CustomerListBy.id': nodeIds['CustomerList'],
    'LookAlikeBy.id': nodeIds['LookAlike'],
    'WebhookBy.id': nodeIds['Webhook'],
  };
  const calls: Call[] = [];
  const ways = new Map<GraphQLObjectType, Way>();
  const waiting: GraphQLObjectType[] = [];
  const reach = (type: GraphQLObjectType, way: Way): void => {
    if (ways.has(type)) return;
    ways.set(type, way);
    waiting.push(type);
  };
  const none = { definitions: [], variables: {} };
  reach(schema.getMutationType()!, { open: 'mutation %v {', close: '}', ...none });
  reach(schema.getQueryType()!, { open: 'query %v {', close: '}', ...none });
  for (const [name, id] of Object.entries(nodeIds)) {
    const type = schema.getType(name) as GraphQLObjectType;
    if (!type.getInterfaces().some((one) => one.name === 'Node')) continue;
    reach(type, {
      open: `query %v { node(id: $node) { ... on ${name} {`,
      close: '} } }',
      definitions: ['$node: ID!'],
      variables: { node: id },
    });
  }
  for (let type = waiting.shift(); type !== undefined; type = waiting.shift()) {
    const way = ways.get(type)!;
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) calls.push(toCall(type, field, way, good));
      if (type === schema.getMutationType()) continue;
      const result = getNamedType(field.type);
      const targets = isObjectType(result)
        ? [result]
        : isCompositeType(result)
          ? schema.getPossibleTypes(result)
          : [];
      for (const target of targets) reach(target, extend(way, field, target, good));
    }
  }
  return calls;
}

function extend(
  way: Way,
  field: GraphQLField<unknown, unknown>,
  target: GraphQLObjectType,
  good: GoodValues,
): Way {
  const depth = way.definitions.length;
  const given = field.args.flatMap((argument, index) => {
    const value = goodValue(argument.type, [`${field.name}.${argument.name}`, argument.name], good);
    return value === undefined ? [] : [{ argument, value, variable: `w${depth}_${index}` }];
  });
  const written = given.map(({ argument, variable }) => `${argument.name}: $${variable}`);
  return {
    open: `${way.open} ${field.name}${written.length > 0 ? `(${written.join(', ')})` : ''} { ... on ${target.name} {`,
    close: `} } ${way.close}`,
    definitions: [
      ...way.definitions,
      ...given.map(({ argument, variable }) => `$${variable}: ${String(argument.type)}`),
    ],
    variables: {
      ...way.variables,
      ...Object.fromEntries(given.map(({ variable, value }) => [variable, value])),
    },
  };
}

function toCall(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  way: Way,
  good: GoodValues,
): Call {
  const nameOf = ({ name }: GraphQLArgument) => name;
  const result = getNamedType(field.type);
  const selection = isCompositeType(result)
    ? `{ __typename ${result.name.endsWith('Connection') ? 'nodes { __typename } pageInfo { endCursor }' : ''} }`
    : '';
  const definitions = [
    ...way.definitions,
    ...field.args.map((argument) => `$${nameOf(argument)}: ${variableType(argument)}`),
  ];
  const written = field.args.map((argument) => `${nameOf(argument)}: $${nameOf(argument)}`);
  const variables = field.args.flatMap((argument) => {
    const value = goodValue(argument.type, [`${field.name}.${argument.name}`, argument.name], good);
    return value === undefined ? [] : [[argument.name, value] as const];
  });
  return {
    coordinate: `${type.name}.${field.name}`,
    query: `${way.open.replace('%v', `(${definitions.join(', ')})`)} ${field.name}(${written.join(', ')}) ${selection} ${way.close}`,
    variables: { ...way.variables, ...Object.fromEntries(variables) },
    places: field.args.flatMap((argument) =>
      scalarPlaces(argument.type, argument.name, good).map((place) => ({
        ...place,
        argument: argument.name,
      })),
    ),
  };
}

/** An argument with a default may be left out, and so may its variable. */
function variableType({ type, defaultValue }: GraphQLArgument): string {
  return defaultValue === undefined ? String(type) : String(type).replace(/!$/, '');
}
