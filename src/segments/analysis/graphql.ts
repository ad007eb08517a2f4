/** Figures about segments in the schema: overlap, distributions and differences. No SQL. */
import { showText } from '#customers/contact-data/contacts.ts';
import { builder } from '#graphql/builder.ts';
import { badInput } from '#graphql/connections.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { hasScope, type Viewer } from '#platform/auth/viewer.ts';
import type { RequestContext } from '#platform/request.ts';

import { Segment, SegmentBy } from '../graphql.ts';
import { segmentById } from '../loaders.ts';
import type { AttributeDefinition } from '#rule-language/check/definitions.ts';
import { findSegment } from '../lookup.ts';
import type { IdOrKey } from '#named-resources/queries.ts';
import { readDifferences, type TraitDifference } from './difference.ts';
import type { Distribution, DistributionBucket } from './distribution.ts';
import { distributionBySegment, overlapsBySegment, traitByName } from './loaders.ts';
import { type OverlapRow, similarity } from './overlap.ts';

const MAX_ROWS = 100;

const SegmentOverlap = builder.objectRef<OverlapRow>('SegmentOverlap').implement({
  description: 'Overlap of two segments.',
  fields: (t) => ({
    segment: t.field({
      type: Segment,
      description: 'The other segment.',
      resolve: async ({ otherId }, _, context) => (await segmentById(context).load(otherId))!,
    }),
    shared: t.exposeInt('shared', { description: 'Customers in both.' }),
    share: t.float({
      description: 'Share of the members of this segment who are also in the other, 0 to 1.',
      resolve: ({ shared, size }) => shared / size,
    }),
    shareOfOther: t.float({
      description: 'Share of the members of the other who are also in this one, 0 to 1.',
      resolve: ({ shared, otherSize }) => shared / otherSize,
    }),
    similarity: t.float({
      description: 'Members of both over members of either (Jaccard), 0 to 1.',
      resolve: similarity,
    }),
  }),
});

builder.objectField(Segment, 'overlaps', (t) =>
  t.field({
    type: [SegmentOverlap],
    description: 'Active segments that share members with it, most similar first.',
    args: {
      first: t.arg.int({ defaultValue: 10, description: `Maximum number of entries, at most ${MAX_ROWS}.` }),
    },
    resolve: async ({ id }, { first }, context) =>
      (await overlapsBySegment(context).load(id)).slice(0, readCount('first', first ?? 10, 1, MAX_ROWS)),
  }),
);

/** A text that fewer customers have in a custom attribute may be the name of one of them. */
const MIN_PEOPLE_OF_VALUE = 5;

function showValue(
  viewer: Viewer,
  attribute: AttributeDefinition,
  value: string | null,
  count: number | null,
): string | null {
  if (value === null || hasScope(viewer, 'pii:read')) return value;
  const isRare = attribute.json !== undefined && (count ?? 0) < MIN_PEOPLE_OF_VALUE;
  return isRare ? '…' : showText(viewer, value);
}

const hiddenValues =
  'Without the scope `pii:read` contact data is removed, and a text of a custom attribute that fewer than 5 customers have is `…`.';

interface Comparison extends DistributionBucket {
  readonly attribute: AttributeDefinition;
  readonly size: number;
  readonly population: number;
}

const DistributionBucketType = builder.objectRef<Comparison>('DistributionBucket').implement({
  description: 'A value of an attribute, or a bin of its scale.',
  fields: (t) => ({
    value: t.string({
      nullable: true,
      description: `The value; null for a bin of a scale. ${hiddenValues}`,
      resolve: ({ attribute, value, inEverybody }, _, { viewer }) =>
        showValue(viewer, attribute, value, inEverybody),
    }),
    from: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Start of a bin, inclusive: a number, or an instant as text.',
      resolve: ({ from }) => from,
    }),
    to: t.field({
      type: 'JSON',
      nullable: true,
      description: 'End of a bin, exclusive; null for the last one.',
      resolve: ({ to }) => to,
    }),
    inSegment: t.exposeInt('inSegment', { description: 'Members with it.' }),
    inEverybody: t.exposeInt('inEverybody', { description: 'Customers with it, members or not.' }),
    share: t.float({
      description: 'Share of the members, 0 to 1; 0 where there are none.',
      resolve: ({ inSegment, size }) => (size === 0 ? 0 : inSegment / size),
    }),
    shareOfEverybody: t.float({
      description: 'Share of all customers, 0 to 1.',
      resolve: ({ inEverybody, population }) => (population === 0 ? 0 : inEverybody / population),
    }),
    index: t.float({
      nullable: true,
      description:
        'Share among members divided by the share among all customers: 1 is average, 2 is twice the average.',
      resolve: ({ inSegment, size, inEverybody, population }) =>
        size === 0 || inEverybody === 0 ? null : inSegment / size / (inEverybody / population),
    }),
  }),
});

const SegmentDistribution = builder.objectRef<Distribution>('SegmentDistribution').implement({
  description: 'Distribution of an attribute within a segment and among all customers.',
  fields: (t) => ({
    attribute: t.string({
      description: 'Name of the attribute.',
      resolve: ({ attribute }) => attribute.name,
    }),
    unit: t.string({
      nullable: true,
      description: 'Such as `days`.',
      resolve: ({ attribute }) => attribute.unit ?? null,
    }),
    size: t.exposeInt('size', { description: 'Number of members.' }),
    population: t.exposeInt('population', { description: 'Number of all customers.' }),
    unknownInSegment: t.exposeInt('unknownInSegment', {
      description: 'Members without a known value, or with an empty list.',
    }),
    unknownInEverybody: t.exposeInt('unknownInEverybody', {
      description: 'Customers without a known value, or with an empty list.',
    }),
    buckets: t.field({
      type: [DistributionBucketType],
      description:
        'Bins of a scale in ascending order, each with about as many of all customers; or values, most frequent first.',
      resolve: ({ attribute, buckets, size, population }) =>
        buckets.map((bucket): Comparison => ({ ...bucket, attribute, size, population })),
    }),
  }),
});

builder.objectField(Segment, 'distribution', (t) =>
  t.field({
    type: SegmentDistribution,
    description:
      'Distribution of an attribute of the rule language among the members, compared with all customers.',
    args: {
      attribute: t.arg.string({
        required: true,
        description:
          'Name of an attribute as in a rule; see `segmentLanguage`, and `attributeDefinitions` for custom attributes.',
      }),
      buckets: t.arg.int({
        defaultValue: 10,
        description: 'Maximum number of bins, or of values for each of the two groups, 2 to 50.',
      }),
    },
    resolve: async ({ id }, { attribute: name, buckets }, context) => {
      const bucketCount = readCount('buckets', buckets ?? 10, 2, 50);
      const attribute = await traitByName(context).load(name);
      if (attribute === undefined) {
        throw badInput(`There is no attribute ${name} with data of one type; see segmentLanguage.`);
      }
      return distributionBySegment(context, { attribute, bucketCount }).load(id);
    },
  }),
);

const SegmentDifference = builder.objectRef<TraitDifference>('SegmentDifference').implement({
  description: 'A trait that differs between two groups of customers.',
  fields: (t) => ({
    attribute: t.string({
      description: 'Name of the attribute.',
      resolve: ({ attribute }) => attribute.name,
    }),
    description: t.string({
      description: 'Meaning of the attribute.',
      resolve: ({ attribute }) => attribute.description,
    }),
    value: t.string({
      nullable: true,
      description: `The value whose shares are compared; null where means are. ${hiddenValues}`,
      resolve: ({ attribute, value, count }, _, { viewer }) => showValue(viewer, attribute, value, count),
    }),
    a: t.exposeFloat('figureOfA', {
      nullable: true,
      description: 'Mean among the first (of instants in seconds since 1970), or the share with the value.',
    }),
    b: t.exposeFloat('figureOfB', {
      nullable: true,
      description: 'Mean among the second, or the share with the value.',
    }),
    effectSize: t.exposeFloat('effectSize', {
      description:
        "Cohen's d of means, Cohen's h of shares: 0.2 is small, 0.5 medium, 0.8 large; positive if the first is higher.",
    }),
  }),
});

builder.queryField('segmentDifference', (t) =>
  t.field({
    type: [SegmentDifference],
    description: 'Traits that differ between two segments, largest effect first.',
    args: {
      a: t.arg({ type: SegmentBy, required: true, description: 'The first segment.' }),
      b: t.arg({
        type: SegmentBy,
        description: 'The second group; by default all customers outside the first.',
      }),
      first: t.arg.int({ defaultValue: 20, description: `Maximum number of entries, at most ${MAX_ROWS}.` }),
    },
    resolve: async (_, { a, b, first }, context) => {
      const count = readCount('first', first ?? 20, 1, MAX_ROWS);
      const segmentId = await readSegment(context, 'a', a);
      const otherId = b == null ? null : await readSegment(context, 'b', b);
      return (await readDifferences(context.db, segmentId, otherId, context.now)).slice(0, count);
    },
  }),
);

async function readSegment(context: RequestContext, argument: string, by: IdOrKey): Promise<string> {
  try {
    const segment = await findSegment(context, by);
    if (segment !== null && segment.archivedAt === null) return segment.id;
  } catch (error) {
    if (error instanceof InvalidInputError) throw badInput(`${argument}.${error.field}: ${error.message}`);
    throw error;
  }
  throw badInput(`\`${argument}\` is not an active segment.`);
}

function readCount(name: string, count: number, minimum: number, maximum: number): number {
  if (count >= minimum && count <= maximum) return count;
  throw badInput(`\`${name}\` must be between ${minimum} and ${maximum}, got ${count}.`);
}
