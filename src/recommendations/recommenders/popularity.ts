/** Popularity as a recommender: what customers of the same country buy. The bottom of the ladder. */
import {
  POPULARITY_DEFAULTS,
  type PopularityModel,
  type PopularityParameters,
  trainPopularity,
} from '../algorithms/popularity.ts';
import {
  decodeJson,
  encodeJson,
  type Part,
  type Recommender,
  type RecommenderKind,
  takePart,
} from './recommender.ts';

/** What is needed beside the shares to tell how many customers stand behind one. */
interface Settings {
  readonly customerCount: number;
  readonly countryNames: readonly string[];
  /** Customers per country. */
  readonly countrySizes: readonly number[];
  readonly groupShrinkage: number;
}

type Shares = Pick<PopularityModel, 'overall' | 'byGroup'>;

export const popularity: RecommenderKind = {
  algorithm: 'popularity',
  hyperparameters: POPULARITY_DEFAULTS,
  train({ interactions, countries, countryNames, toMs }, hyperparameters) {
    const parameters = hyperparameters as PopularityParameters;
    const { overall, byGroup } = trainPopularity(interactions, parameters, toMs, countries);
    const countrySizes = countryNames.map(() => 0);
    for (const country of countries) if (country >= 0) countrySizes[country]! += 1;
    const settings: Settings = {
      customerCount: interactions.byUser.rowCount,
      countryNames,
      countrySizes,
      groupShrinkage: parameters.groupShrinkage,
    };
    return {
      'overall.f64': overall as Float64Array<ArrayBuffer>,
      'by-country.f64': byGroup as Float64Array<ArrayBuffer>,
      'settings.json': encodeJson(settings),
    };
  },
  open: (parts) =>
    openPopularity(
      {
        overall: takePart(parts, 'overall.f64', Float64Array),
        byGroup: takePart(parts, 'by-country.f64', Float64Array),
      },
      decodeJson(parts, 'settings.json') as Settings,
    ),
};

function openPopularity({ overall, byGroup }: Shares, settings: Settings): Recommender {
  const groups = new Map(settings.countryNames.map((name, group) => [name, group]));
  const orders = new Map<number, Uint32Array>();

  const groupOf = (country: string | null): number => (country === null ? -1 : (groups.get(country) ?? -1));

  function scoresOf(group: number): Float64Array {
    return group < 0 ? overall : byGroup.subarray(group * overall.length, (group + 1) * overall.length);
  }

  /** All items, best first: sorted once per country, then read by every request. */
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
    rank({ country }, top) {
      const group = groupOf(country);
      const scores = scoresOf(group);
      for (const item of orderOf(group)) {
        if (top.isFull() || !(scores[item]! > 0)) break;
        top.offer(item, scores[item]!);
      }
    },

    /** share = buyers in the country / (size + shrinkage) + shrinkage · overall share / (size + shrinkage) */
    explain({ country }, itemIndex) {
      const group = groupOf(country);
      const overallShare = overall[itemIndex]!;
      const everybody: Part = {
        kind: 'popularity',
        weight: overallShare,
        customerCount: Math.round(overallShare * settings.customerCount),
        country: null,
      };
      if (group < 0) return [everybody];
      const total = settings.countrySizes[group]! + settings.groupShrinkage;
      const prior = (settings.groupShrinkage * overallShare) / total;
      const own = scoresOf(group)[itemIndex]! - prior;
      return [
        { kind: 'popularity', weight: own, customerCount: Math.round(own * total), country },
        { ...everybody, weight: prior },
      ];
    },
  };
}
