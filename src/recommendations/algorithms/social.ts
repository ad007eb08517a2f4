/**
 * What people connected to the customer bought and kept: households, referrals, follows. Never says who took what, and
 * is silent where the answer itself would say so.
 */

import type { History } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

/** Closest first. */
export const EDGE_KINDS = ['household', 'referral', 'follow'] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/** A person whom the customer is connected with. */
export type ConnectedPerson = { readonly kind: EdgeKind; readonly history: History };

export type SocialParameters = {
  /** How far each kind of connection is trusted, 0 to 1. */
  readonly trust: Readonly<Record<EdgeKind, number>>;
  /** Share of the trust that somebody has with whom nothing in common was bought; tastes alike earn the rest. */
  readonly tasteFloor: number;
  /** A purchase of this age counts half. */
  readonly halfLifeDays: number;
  /** Of an item that fewer of the connected people have, nothing is said. */
  readonly leastHolders: number;
  /** Where fewer connected people have bought anything, nothing is said at all. */
  readonly leastConnected: number;
};

/** Reasoned, not searched: no public data set has both purchases and connections of this kind. */
export const SOCIAL_DEFAULTS: SocialParameters = {
  trust: { household: 1, referral: 0.5, follow: 0.5 },
  tasteFloor: 0.2,
  halfLifeDays: 365,
  leastHolders: 2,
  leastConnected: 3,
};

/** What speaks for an item. */
export type SocialEvidence = {
  readonly score: number;
  /** Connected people who have it. */
  readonly holderCount: number;
};

/**
 * score_j = sum over connected people v who have item j of
 *   trust(kind of v) · (floor + (1 - floor) · cosine(u, v)) · ½^(age / half-life) / √(items of v)
 * with the cosine of the sets of items. O(items of the connected people), whatever the catalogue.
 *
 * Connected people count by how alike their taste is, since not every friend's is (Ma et al. 2011, "Recommender systems
 * with social regularization"). Of the walk of TrustWalker (Jamali and Ester 2009) it takes the first step alone:
 * friends of friends know less, and would be read for every list.
 *
 * A list that follows few connections gives away what is behind them (Machanavajjhala et al. 2011, "Personalized social
 * recommendations: accurate or private?"). So an item needs two people who have it, out of three who could: whoever
 * sees the list cannot tell of any one of them that they bought it.
 *
 * @param own the customer's history; may be empty
 * @param connected each person once; sums are in this order
 * @param nowMs ages are counted to here; unknown times and later ones count in full
 * @returns items that may be told, in any order
 */
export function gatherSocial(
  own: History,
  connected: readonly ConnectedPerson[],
  nowMs: number,
  parameters: SocialParameters,
): ReadonlyMap<number, SocialEvidence> {
  const { trust, tasteFloor, halfLifeDays, leastHolders, leastConnected } = parameters;
  const buyers = connected.filter(({ kind, history }) => trust[kind] > 0 && history.itemIndices.length > 0);
  if (buyers.length < leastConnected) return new Map();
  const ownItems = new Set(own.itemIndices);
  const found = new Map<number, SocialEvidence>();
  for (const { kind, history } of buyers) {
    const { itemIndices, lastAt } = history;
    const alike = tasteFloor + (1 - tasteFloor) * cosine(ownItems, itemIndices);
    const strength = (trust[kind] * alike) / Math.sqrt(itemIndices.length);
    for (let entry = 0; entry < itemIndices.length; entry += 1) {
      const item = itemIndices[entry]!;
      const ageDays = (nowMs - lastAt[entry]!) / MS_PER_DAY;
      const freshness = ageDays > 0 ? 0.5 ** (ageDays / halfLifeDays) : 1;
      const before = found.get(item);
      found.set(item, {
        score: (before?.score ?? 0) + strength * freshness,
        holderCount: (before?.holderCount ?? 0) + 1,
      });
    }
  }
  for (const [item, { holderCount }] of found) if (holderCount < leastHolders) found.delete(item);
  return found;
}

/** Of two sets of items; 0 where either is empty. */
function cosine(own: ReadonlySet<number>, others: Uint32Array): number {
  if (own.size === 0 || others.length === 0) return 0;
  let shared = 0;
  for (const item of others) if (own.has(item)) shared += 1;
  return shared / Math.sqrt(own.size * others.length);
}
