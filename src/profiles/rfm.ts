/** Recency, frequency and monetary scores and their groups: definitions as data, and their SQL. */

/** Smallest score to largest; names as in Shopify's customer reports. */
export const rfmGroups = [
  'champions',
  'loyal',
  'active',
  'new',
  'promising',
  'needs_attention',
  'at_risk',
  'previously_loyal',
  'almost_lost',
  'dormant',
  'prospects',
] as const;

export type RfmGroup = (typeof rfmGroups)[number];

export const rfmGroupMeanings: Readonly<Record<RfmGroup, string>> = {
  champions: 'Bought recently, often and for high amounts: recency 4 or 5, frequency and monetary near 5.',
  loyal: 'Buys often and fairly recently: recency 3 to 5, frequency and monetary 4 (or 5 at recency 3).',
  active: 'Bought recently, medium frequency and amounts: recency 4 or 5.',
  new: 'Bought very recently and little so far: recency 5, frequency and monetary 1 or 2.',
  promising: 'Bought recently and little so far: recency 4, frequency and monetary 1 or 2.',
  needs_attention: 'Medium recency, up to medium frequency and amounts: recency 3.',
  at_risk: 'Bought often or for high amounts, but not recently: recency 2, frequency and monetary 3 to 5.',
  previously_loyal: 'Bought often and for high amounts, long ago: recency 1, frequency and monetary 4 or 5.',
  almost_lost: 'Bought little, and not recently: recency 2, frequency and monetary 1 or 2.',
  dormant: 'Bought little, long ago: recency 1, frequency and monetary 1 to 3.',
  prospects: 'Has not ordered yet.',
};

/** Row: recency 1 to 5. Column: mean of frequency and monetary, halves rounded up, 1 to 5. */
const groupByScores: readonly (readonly RfmGroup[])[] = [
  ['dormant', 'dormant', 'dormant', 'previously_loyal', 'previously_loyal'],
  ['almost_lost', 'almost_lost', 'at_risk', 'at_risk', 'at_risk'],
  ['needs_attention', 'needs_attention', 'needs_attention', 'loyal', 'loyal'],
  ['promising', 'promising', 'active', 'loyal', 'champions'],
  ['new', 'new', 'active', 'loyal', 'champions'],
];

const groupArray = `array[${groupByScores.flatMap((row) => row.map((name) => `'${name}'`)).join(', ')}]`;

/** One row of the stored cut points, all null before the first full computation. */
export const cutsQuery = `select
  (select cuts from profile_quantiles where measure = 'recency') as recency,
  (select cuts from profile_quantiles where measure = 'frequency') as frequency,
  (select cuts from profile_quantiles where measure = 'monetary') as monetary`;

/**
 * Scores of rows of `facts` (order_count, last_order_at, revenue) against one row of `cuts`: recency, frequency,
 * monetary, all null without a sale. A value equal to a cut is in the lower quintile, so that equal values have equal
 * scores.
 */
export function scoresQuery(facts: string, cuts: string): string {
  const score = (value: string, measure: string) => {
    const above = [1, 2, 3, 4].map((index) => `(${value} > ${cuts}.${measure}[${index}])::int`).join(' + ');
    return `case when ${facts}.order_count > 0 then 1 + ${above} end as ${measure}`;
  };
  return `select
    ${score(`date_part('epoch', ${facts}.last_order_at)`, 'recency')},
    ${score(`${facts}.order_count`, 'frequency')},
    ${score(`${facts}.revenue::double precision`, 'monetary')}`;
}

/** Name of the group of `scores`, null without cut points. */
export function groupExpression(facts: string, scores: string): string {
  const place = `(${scores}.recency - 1) * 5 + (${scores}.frequency + ${scores}.monetary + 1) / 2`;
  return `case when ${facts}.order_count = 0 then 'prospects' else (${groupArray})[${place}] end`;
}
