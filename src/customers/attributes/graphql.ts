/** The catalogue of custom attributes in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { type Page, readPage, toConnection } from '#graphql/connections.ts';

import { type AttributeCatalog, type CatalogAttribute, readAttributeCatalog } from './catalog.ts';
import { customerCountByAttribute } from './loaders.ts';
import type { SeenType } from './types.ts';

const typeValues = {
  STRING: { value: 'string', description: 'A text.' },
  NUMBER: { value: 'number', description: 'A number.' },
  BOOLEAN: { value: 'boolean', description: 'True or false.' },
  DATE: { value: 'date', description: 'A day as text, `2026-01-31`, between the years 1000 and 2999.' },
  INSTANT: {
    value: 'instant',
    description: 'A day, or a time as text, `2026-01-31T10:00:00Z`; without a zone it is in UTC.',
  },
  STRING_LIST: { value: 'string_list', description: 'A list of texts.' },
} as const;

export const AttributeTypeEnum = builder.enumType('AttributeType', {
  description: 'Type of the values of an attribute.',
  values: typeValues,
});

const SeenAttributeTypeEnum = builder.enumType('SeenAttributeType', {
  description: 'Type of a value that was written.',
  values: {
    ...typeValues,
    OTHER: {
      value: 'other',
      description: 'An object, or a list of other values than texts: rules cannot use it.',
    },
  } as const satisfies Record<string, { value: SeenType; description: string }>,
});

export const AttributeDefinition = builder.objectRef<CatalogAttribute>('AttributeDefinition').implement({
  description: 'A custom attribute of customers: declared, or found in the data.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name in `Customer.attributes`.' }),
    type: t.expose('type', {
      type: AttributeTypeEnum,
      nullable: true,
      description:
        'As declared, else of all values written so far; null where they have several types, or a type that rules cannot use.',
    }),
    label: t.string({
      nullable: true,
      description: 'Display name; null where none was declared.',
      resolve: ({ definition }) => definition?.label ?? null,
    }),
    description: t.string({
      nullable: true,
      description: 'Meaning; null where it is not declared.',
      resolve: ({ definition }) => definition?.description ?? null,
    }),
    values: t.stringList({
      description: 'The allowed texts of a value, or of an element of a list; empty where any is allowed.',
      resolve: ({ definition }) => definition?.allowedValues ?? [],
    }),
    isDeclared: t.boolean({
      description: 'Whether values of another type are refused.',
      resolve: ({ definition }) => definition !== null,
    }),
    seenTypes: t.expose('seenTypes', {
      type: [SeenAttributeTypeEnum],
      description: 'Types of the values written so far, including replaced ones; empty without values.',
    }),
    customerCount: t.int({
      description:
        'Number of customers with a value. It scans all customers, once for all attributes of a request.',
      resolve: ({ key }, _, context) => customerCountByAttribute(context).load(key),
    }),
  }),
});

builder.queryField('attributeDefinitions', (t) =>
  t.connection(
    {
      type: AttributeDefinition,
      description: 'The custom attributes of customers, by key: declared ones, and those found in the data.',
      resolve: async (_, args, { db }) => {
        const page = readPage(args, { name: 'attributeDefinitions.key', columns: ['text'] });
        const catalog = await readAttributeCatalog(db);
        return toConnection(
          page,
          rowsOf(catalog, page),
          ({ key }) => [key],
          () => catalog.size,
        );
      },
    },
    { name: 'AttributeDefinitionConnection', description: 'A page of attributes.' },
    { name: 'AttributeDefinitionEdge', description: 'An attribute and its cursor.' },
  ),
);

/** The catalogue is small enough to be read completely. */
function rowsOf(catalog: AttributeCatalog, { after, before, isBackward, limit }: Page): CatalogAttribute[] {
  const isInside = ({ key }: CatalogAttribute): boolean =>
    (after === null || key > String(after[0])) && (before === null || key < String(before[0]));
  const rows = [...catalog.values()].filter(isInside);
  return isBackward ? rows.toReversed().slice(0, limit) : rows.slice(0, limit);
}
