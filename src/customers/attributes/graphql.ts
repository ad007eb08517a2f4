/** What is known of the attributes that customers carry, in the schema, to read. No SQL. */
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
    description: 'A day, or a time as text, `2026-01-31T10:00:00Z`; without a zone it is one of UTC.',
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
      description: 'An object, or a list of anything but texts: no rule looks into it.',
    },
  } as const satisfies Record<string, { value: SeenType; description: string }>,
});

export const AttributeDefinition = builder.objectRef<CatalogAttribute>('AttributeDefinition').implement({
  description: 'An attribute that customers carry themselves: as it was declared, or as its values show it.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name in `Customer.attributes`.' }),
    type: t.expose('type', {
      type: AttributeTypeEnum,
      nullable: true,
      description:
        'As declared, else that of all values written so far; null where they are of several types, or of none that rules know.',
    }),
    label: t.string({
      nullable: true,
      description: 'Display name; null where none was declared.',
      resolve: ({ definition }) => definition?.label ?? null,
    }),
    description: t.string({
      nullable: true,
      description: 'What it means; null where that was not declared.',
      resolve: ({ definition }) => definition?.description ?? null,
    }),
    values: t.stringList({
      description: 'The only texts that a value, or an element of a list, may be; empty where any may come.',
      resolve: ({ definition }) => definition?.allowedValues ?? [],
    }),
    isDeclared: t.boolean({
      description: 'Whether values of another type are refused.',
      resolve: ({ definition }) => definition !== null,
    }),
    seenTypes: t.expose('seenTypes', {
      type: [SeenAttributeTypeEnum],
      description:
        'Types of the values written so far, those that were replaced since among them; empty where none was.',
    }),
    customerCount: t.int({
      description:
        'Customers who carry it. All customers are looked at, once for all attributes of a request.',
      resolve: ({ key }, _, context) => customerCountByAttribute(context).load(key),
    }),
  }),
});

builder.queryField('attributeDefinitions', (t) =>
  t.connection(
    {
      type: AttributeDefinition,
      description:
        'The attributes that customers carry themselves, by key: those that were declared, and those that were found in what was written.',
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
    { name: 'AttributeDefinitionEdge', description: 'An attribute and its place in the order.' },
  ),
);

/** The catalogue is small enough to be read whole. */
function rowsOf(catalog: AttributeCatalog, { after, before, isBackward, limit }: Page): CatalogAttribute[] {
  const isInside = ({ key }: CatalogAttribute): boolean =>
    (after === null || key > String(after[0])) && (before === null || key < String(before[0]));
  const rows = [...catalog.values()].filter(isInside);
  return isBackward ? rows.toReversed().slice(0, limit) : rows.slice(0, limit);
}
