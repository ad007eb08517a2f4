/**
 * Popularity as a recommender: frequent purchases of customers of the same segment or country. The fallback of all
 * methods.
 */
import type { Interactions } from '../algorithms/interactions.ts';
import {
  POPULARITY_DEFAULTS,
  type PopularityModel,
  type PopularityParameters,
  trainPopularity,
} from '../algorithms/popularity.ts';
import {
  type CustomerGroup,
  decodeJson,
  encodeJson,
  type ScoreContribution,
  type Recommender,
  type RecommenderKind,
  takePart,
  type TrainingData,
  type UserQuery,
} from './recommender.ts';

/** Groups of customers, in the order of the rows of `byGroup`: countries, then segments. */
interface Group {
  readonly kind: 'country' | 'segment';
  readonly name: string;
  /** Number of customers in it. */
  readonly size: number;
}

/** Data beside the shares for the number of customers behind a share. */
interface Settings {
  readonly customerCount: number;
  readonly groups: readonly Group[];
  readonly groupShrinkage: number;
}

type Shares = Pick<PopularityModel, 'overall' | 'byGroup'>;

export const popularity: RecommenderKind = {
  algorithm: 'popularity',
  hyperparameters: POPULARITY_DEFAULTS,
  train(data, hyperparameters) {
    const { interactions, countries, countryNames, segments, toMs } = data;
    const parameters = hyperparameters as PopularityParameters;
    const { overall, byGroup } = trainPopularity(interactions, parameters, toMs, countries);
    const itemCount = overall.length;
    const shares = new Float64Array((countryNames.length + segments.length) * itemCount);
    // Fewer rows if the last countries have no customer of the training.
    shares.set(byGroup);
    segments.forEach((segment, index) =>
      shares.set(
        measureShares(segment, interactions, overall, parameters.groupShrinkage),
        (countryNames.length + index) * itemCount,
      ),
    );
    const settings: Settings = {
      customerCount: interactions.byUser.rowCount,
      groups: describeGroups(data),
      groupShrinkage: parameters.groupShrinkage,
    };
    return {
      'overall.f64': overall as Float64Array<ArrayBuffer>,
      'by-group.f64': shares,
      'settings.json': encodeJson(settings),
    };
  },
  open: (parts) =>
    openPopularity(
      {
        overall: takePart(parts, 'overall.f64', Float64Array),
        byGroup: takePart(parts, 'by-group.f64', Float64Array),
      },
      decodeJson(parts, 'settings.json') as Settings,
    ),
};

function describeGroups({ countries, countryNames, segments }: TrainingData): readonly Group[] {
  const sizes = countryNames.map(() => 0);
  for (const country of countries) if (country >= 0) sizes[country]! += 1;
  return [
    ...countryNames.map((name, country) => ({ kind: 'country', name, size: sizes[country]! }) as const),
    ...segments.map(
      ({ name, userIndices }) => ({ kind: 'segment', name, size: userIndices.length }) as const,
    ),
  ];
}

/** Share of the group's customers who have each item, shrunk towards the global share; length items. */
function measureShares(
  { userIndices }: CustomerGroup,
  { byUser: { offsets, columns } }: Interactions,
  overall: Float64Array,
  shrinkage: number,
): Float64Array {
  const buyers = new Float64Array(overall.length);
  for (const user of userIndices) {
    for (let slot = offsets[user]!; slot < offsets[user + 1]!; slot += 1) buyers[columns[slot]!]! += 1;
  }
  const total = userIndices.length + shrinkage;
  return buyers.map((count, item) => (count + shrinkage * overall[item]!) / total);
}

function openPopularity({ overall, byGroup }: Shares, settings: Settings): Recommender {
  const countries = new Map<string, number>();
  const segments = new Map<string, number>();
  settings.groups.forEach(({ kind, name }, group) =>
    (kind === 'country' ? countries : segments).set(name, group),
  );
  const orders = new Map<number, Uint32Array>();

  /** The smallest segment is the most specific; else the country; -1 for all customers. */
  function groupOf({ country, segments: memberOf }: UserQuery): number {
    const known = (memberOf ?? []).flatMap((name) => segments.get(name) ?? []);
    if (known.length === 0) return country === null ? -1 : (countries.get(country) ?? -1);
    const sizeOf = (group: number): number => settings.groups[group]!.size;
    return known.reduce((best, group) => (sizeOf(group) < sizeOf(best) ? group : best));
  }

  function scoresOf(group: number): Float64Array {
    return group < 0 ? overall : byGroup.subarray(group * overall.length, (group + 1) * overall.length);
  }

  /** All items, best first: sorted once per group, for all requests. */
  function orderOf(group: number): Uint32Array {
    let order = orders.get(group);
    if (order === undefined) {
      const scores = scoresOf(group);
      order = Uint32Array.from(scores.keys()).toSorted(
        (left, right) => scores[right]! - scores[left]! || left - right,
      );
      orders.set(group, order);
    }
    return order;
  }

  return {
    rank(visitor, top) {
      const group = groupOf(visitor);
      const scores = scoresOf(group);
      for (const item of orderOf(group)) {
        if (top.isFull() || !(scores[item]! > 0)) break;
        top.push(item, scores[item]!);
      }
    },

    /** share = buyers in the group / (size + shrinkage) + shrinkage · overall share / (size + shrinkage) */
    explain(visitor, itemIndex) {
      const group = groupOf(visitor);
      const overallShare = overall[itemIndex]!;
      const everybody: ScoreContribution = {
        kind: 'popularity',
        weight: overallShare,
        customerCount: Math.round(overallShare * settings.customerCount),
        country: null,
      };
      if (group < 0) return [everybody];
      const { kind, name, size } = settings.groups[group]!;
      const total = size + settings.groupShrinkage;
      const prior = (settings.groupShrinkage * overallShare) / total;
      const own = scoresOf(group)[itemIndex]! - prior;
      const customerCount = Math.round(own * total);
      const where = kind === 'country' ? { country: name } : { country: null, segment: name };
      return [
        { kind: 'popularity', weight: own, customerCount, ...where },
        { ...everybody, weight: prior },
      ];
    },
  };
}
