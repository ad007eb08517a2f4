/**
 * Prices of fields that differ from the default of 1: the only place that decides them. One unit is at most 40
 * microseconds of processor time, so that the default MAX_COMPLEXITY of 50,000 is at most 2 seconds. Measured on the
 * demo shop on a shared core, see test/gateway/walks/slices.slow.db.test.ts; costs that grow with the business are priced for
 * 100,000 customers.
 */
import type { PriceTable } from '#graphql/prices.ts';

/** A statement over all customers, orders or events. */
const OVER_EVERYBODY = 1_000;
/** A statement that uses an index. */
const STATEMENT = 20;

/** One list of one customer. NEUMF took 3.7 ms, USER_KNN 0.13 ms here and 0.5 ms of 100,000 customers. */
const ALGORITHM_PRICES: Readonly<Record<string, number>> = {
  mlp: 75,
  neumf: 100,
  'user-knn': 15,
  'session-knn': 10,
  blend: 10,
  ials: 5,
  bpr: 5,
  'tifu-knn': 5,
};

function recommendations(wish: unknown): number {
  const { algorithm, diversity, first } = (wish ?? {}) as Readonly<Record<string, unknown>>;
  const name = String(algorithm).toLowerCase().replaceAll('_', '-');
  const ranking = ALGORITHM_PRICES[name] ?? 5;
  // Diversity compares each of five times as many candidates with the selected ones.
  return diversity == null ? ranking : ranking + 5 + (typeof first === 'number' ? first : 10);
}

/**
 * A mutation is a transaction; its input is validated and written value by value. The inputs of all mutations of a
 * request are read in one slice, which the price keeps under 150 ms.
 */
function change(base: number): (args: Readonly<Record<string, unknown>>) => number {
  return ({ input }) => base + Math.ceil(countValues(input) / 2);
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const key in value) count += countValues((value as Readonly<Record<string, unknown>>)[key]);
  return count;
}

export const priceTable: PriceTable = {
  'Mutation.*': { price: change(400) },
  'Mutation.createSegment': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.updateSegment': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.duplicateSegment': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.createClusterSet': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.updateClusterSet': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.createLookAlike': { price: change(2 * OVER_EVERYBODY) },
  'Mutation.updateLookAlike': { price: change(2 * OVER_EVERYBODY) },

  'Query.audiencePreview': { price: OVER_EVERYBODY },
  'Query.customers': {
    price: ({ filter, search }) => (filter == null ? (search == null ? 1 : 100) : OVER_EVERYBODY),
  },
  // Their totalCount counts rows of all customers; that of one customer uses an index.
  'Query.events': { price: OVER_EVERYBODY / 2 },
  'Query.orders': { price: OVER_EVERYBODY / 2 },
  'Query.models': { price: STATEMENT, size: 30 },
  'Query.recommend': { price: ({ input }) => STATEMENT + recommendations(input), size: 100 },
  'Query.rankProducts': { price: ({ input }) => OVER_EVERYBODY / 5 + recommendations(input), size: 500 },
  'Query.recommendationOutcomes': { price: OVER_EVERYBODY, size: 50 },
  'Query.salesSummary': { price: OVER_EVERYBODY },
  'Query.segmentDifference': { price: 2 * OVER_EVERYBODY },
  'Query.segmentPreview': { price: OVER_EVERYBODY },

  'AudiencePreview.gates': { size: 6 },
  'AudiencePreview.sample': { price: OVER_EVERYBODY / 2 },
  'Campaign.preview': { price: OVER_EVERYBODY },
  'Campaign.reachedCustomers': { price: OVER_EVERYBODY / 2 },
  'CustomerConnection.totalCount': { price: OVER_EVERYBODY / 2 },
  'ProductConnection.totalCount': { price: OVER_EVERYBODY / 10 },
  'ReachedCustomerConnection.totalCount': { price: OVER_EVERYBODY / 2 },

  'ClusterScatter.points': { sizeArgument: 'sample' },
  'ClusterSet.scatter': { price: STATEMENT },
  'LookAlike.people': { price: STATEMENT },

  // Contact data is decrypted value by value.
  'Customer.displayName': { price: 5 },
  'Customer.email': { price: 5 },
  'Customer.phone': { price: 5 },
  'Customer.address': { price: 5 },
  'Customer.eligibility': { price: STATEMENT },
  'Customer.predictions': { price: 2 },
  'Customer.recommendations': { price: recommendations },
  'Customer.similarCustomers': { price: 10 },
  'Product.similar': { price: 10 },
  'Recommendation.reasons': { price: 3, size: 4, isComputed: true },
  'SimilarCustomer.sharedProducts': { price: 2, size: 5, isComputed: true },

  'Profile.interests': { size: 10 },
  'Profile.tags': { size: 3 },
  'Profile.topCategories': { size: 5 },
  'Customer.identities': { size: 3 },
  'Customer.consents': { size: 5 },
  'Customer.suppressions': { size: 1 },
  'Customer.clusters': { size: 3 },
  'Consent.history': { size: 5 },
  'Order.lines': { size: 10 },
  'Product.keywords': { size: 5 },

  'Segment.distribution': { price: OVER_EVERYBODY },
  'SegmentDistribution.buckets': { size: 20 },
  'Segment.growth': { price: OVER_EVERYBODY / 2, size: 100 },
  'Segment.membersAt': { price: STATEMENT },
  'Segment.overlaps': { price: OVER_EVERYBODY / 2 },
  'SegmentMemberEdge.reasons': { price: 10, size: 4 },
  'SegmentMembershipEdge.reasons': { price: 10, size: 4 },

  'Query.segmentLanguage': { price: STATEMENT },
  'SegmentLanguage.attributes': { size: 60 },
  'SegmentLanguage.functions': { size: 20 },
  'RuleFunction.parameters': { size: 40 },
  'SegmentLanguage.completions': { price: 200 },
  'RuleCompletions.items': { size: 60 },
};
