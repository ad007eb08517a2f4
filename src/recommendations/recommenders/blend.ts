/**
 * A blend of several methods in standardised scores of the customer; products with few buyers rely on their words.
 * Contains its member models, so that its results do not depend on what else is published.
 */
import { mean, variance } from '#numeric/statistics.ts';

import { collectScores } from './collected-scores.ts';
import { content } from './content.ts';
import { ease } from './ease.ts';
import { ials } from './ials.ts';
import { itemKnn } from './item-knn.ts';
import { rp3beta } from './linear.ts';
import {
  type AlgorithmName,
  decodeJson,
  encodeJson,
  type ModelParts,
  type ScoreContribution,
  type Recommender,
  type RecommenderKind,
  takePart,
  type UserQuery,
} from './recommender.ts';

/** Methods that can be blended. */
export const BLENDED: readonly RecommenderKind[] = [itemKnn, rp3beta, ease, ials, content];

interface BlendParameters {
  /** By method; 0 omits it. They sum to 1. */
  readonly weights: Readonly<Partial<Record<AlgorithmName, number>>>;
  /** Number of buyers at which collaborative scores and content have equal weight. */
  readonly trustedBuyers: number;
}

export const blend: RecommenderKind = {
  algorithm: 'blend',
  hyperparameters: {
    weights: { 'item-knn': 0.25, rp3beta: 0.25, ease: 0.25, ials: 0.25 },
    trustedBuyers: 5,
  } satisfies BlendParameters,
  train({ interactions }, hyperparameters, _seed, trained = new Map()) {
    const { weights, trustedBuyers } = hyperparameters as unknown as BlendParameters;
    const buyers = new Float64Array(interactions.byUser.columnCount);
    for (const item of interactions.byUser.columns) buyers[item]! += 1;
    const isNeeded = ({ algorithm }: RecommenderKind): boolean =>
      trained.has(algorithm) && ((weights[algorithm] ?? 0) > 0 || algorithm === 'content');
    const members = BLENDED.filter(isNeeded).map(({ algorithm }) => algorithm);
    return {
      'settings.json': encodeJson({ weights, trustedBuyers, members } satisfies Settings),
      'buyers.f64': buyers,
      ...Object.fromEntries(
        members.flatMap((name) => renameParts(trained.get(name)!, (part) => `${name}/${part}`)),
      ),
    };
  },
  open(parts, items) {
    const settings = decodeJson(parts, 'settings.json') as Settings;
    const members = settings.members.map((algorithm): Member => {
      const own = Object.fromEntries(
        renameParts(parts, (part) =>
          part.startsWith(`${algorithm}/`) ? part.slice(algorithm.length + 1) : null,
        ),
      );
      const kind = BLENDED.find((one) => one.algorithm === algorithm)!;
      return { algorithm, weight: settings.weights[algorithm] ?? 0, recommender: kind.open(own, items) };
    });
    return openBlend(members, takePart(parts, 'buyers.f64', Float64Array), settings.trustedBuyers);
  },
};

/** Less than a millisecond. */
const ITEMS_PER_STEP = 4096;

interface Settings extends BlendParameters {
  readonly members: readonly AlgorithmName[];
}

interface Member {
  readonly algorithm: AlgorithmName;
  readonly weight: number;
  readonly recommender: Recommender;
}

/** One member's scores for one customer. */
interface Scored extends Member {
  readonly scores: Float64Array;
  readonly centre: number;
  readonly deviation: number;
}

function renameParts(
  parts: ModelParts,
  rename: (part: string) => string | null,
): readonly (readonly [string, ModelParts[string]])[] {
  return Object.entries(parts).flatMap(([part, values]) => {
    const name = rename(part);
    return name === null ? [] : [[name, values] as const];
  });
}

/**
 * With z a member's standardised scores: score_j = (n_j · sum of weight_m · z_mj + t · z_cj) / (n_j + t), n_j the
 * buyers of item j, t the number of buyers at which collaborative scores and content have equal weight, c the content.
 */
function openBlend(members: readonly Member[], buyers: Float64Array, trustedBuyers: number): Recommender {
  /** Excludes items that a member scores equally. */
  function scoreMember(member: Member, visitor: UserQuery): readonly Scored[] {
    const scores = collectScores(member.recommender, visitor, buyers.length);
    const deviation = Math.sqrt(variance(scores));
    return deviation > 0 ? [{ ...member, scores, centre: mean(scores), deviation }] : [];
  }

  /** Factor from a member's score to the score of an item. */
  function factorOf(
    { algorithm, weight, deviation }: Scored,
    itemIndex: number,
    hasContent: boolean,
  ): number {
    const trusted = hasContent ? trustedBuyers : 0;
    const known = buyers[itemIndex]!;
    const prior = algorithm === 'content' ? trusted : 0;
    const total = known + trusted;
    return total > 0 ? (known * weight + prior) / total / deviation : 0;
  }

  return {
    *rank(visitor, top) {
      if (visitor.history.itemIndices.length === 0) return;
      const scored: Scored[] = [];
      for (const member of members) {
        yield;
        scored.push(...scoreMember(member, visitor));
      }
      const hasContent = scored.some(({ algorithm }) => algorithm === 'content');
      for (let item = 0; item < buyers.length; item += 1) {
        if (item % ITEMS_PER_STEP === 0) yield;
        let sum = 0;
        for (const member of scored)
          sum += factorOf(member, item, hasContent) * (member.scores[item]! - member.centre);
        if (sum > 0) top.push(item, sum);
      }
    },

    explain(visitor, itemIndex) {
      const scored = members.flatMap((member) => scoreMember(member, visitor));
      const hasContent = scored.some(({ algorithm }) => algorithm === 'content');
      let baseline = 0;
      const parts = scored.flatMap((member) => {
        const factor = factorOf(member, itemIndex, hasContent);
        baseline -= factor * member.centre;
        // A member that does not offer the item has the score 0, whatever its contributions sum to.
        if (factor === 0 || member.scores[itemIndex] === 0) return [];
        const told = member.recommender.explain(visitor, itemIndex);
        return told.map((part) => ({ ...part, weight: part.weight * factor }));
      });
      return [...joinAlike(parts), { kind: 'baseline', weight: baseline }];
    },
  };
}

/** Contributions with the same evidence are combined; largest first. */
function joinAlike(parts: readonly ScoreContribution[]): readonly ScoreContribution[] {
  const joined = new Map<string, ScoreContribution>();
  for (const part of parts) {
    const { weight, ...reason } = part;
    const key = JSON.stringify(reason);
    joined.set(key, { ...part, weight: weight + (joined.get(key)?.weight ?? 0) });
  }
  return [...joined.values()].toSorted((left, right) => right.weight - left.weight);
}
