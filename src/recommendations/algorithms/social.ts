/**
 * Items that connected customers bought and kept: households, referrals, follows. Preserves their privacy: a list does
 * not reveal the purchases of one of them.
 */

import type { History } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

/** Closest first. */
export const EDGE_KINDS = ['household', 'referral', 'follow'] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/** A customer with whom the customer is connected. */
export type ConnectedCustomer = { readonly kind: EdgeKind; readonly history: History };

export type SocialParameters = {
  /** Trust in each kind of connection, 0 to 1. */
  readonly trust: Readonly<Record<EdgeKind, number>>;
  /** Share of the trust without common purchases; similar taste earns the rest. */
  readonly tasteFloor: number;
  /** Half-life of a purchase's weight. */
  readonly halfLifeDays: number;
  /** Minimum number of connected customers with an item for it to be recommended. */
  readonly minHolders: number;
  /** Minimum number of connected customers with any purchase. */
  readonly minConnected: number;
};

/** Chosen by reasoning, not by search: no public data set has both purchases and connections of this kind. */
export const SOCIAL_DEFAULTS: SocialParameters = {
  trust: { household: 1, referral: 0.5, follow: 0.5 },
  tasteFloor: 0.2,
  halfLifeDays: 365,
  minHolders: 2,
  minConnected: 3,
};

/** The evidence for an item. */
export type SocialEvidence = {
  readonly score: number;
  /** Number of connected customers with it. */
  readonly holderCount: number;
};

/**
 * score_j = sum over connected customers v who have item j of
 *   trust(kind of v) · (floor + (1 - floor) · cosine(u, v)) · ½^(age / half-life) / √(items of v)
 * with the cosine of the sets of items. O(items of the connected customers), independent of the catalogue.
 *
 * Connected customers are weighted by similarity of taste (Ma et al. 2011, "Recommender systems with social
 * regularization"). Only the first step of the walk of TrustWalker (Jamali and Ester 2009) is used: friends of friends
 * are less informative, and would have to be read for every list.
 *
 * A list based on few connections reveals their purchases (Machanavajjhala et al. 2011, "Personalized social
 * recommendations: accurate or private?"). Recommendations are therefore k-anonymous: an item needs two connected
 * customers who have it, out of at least three with purchases, so that a reader of the list cannot attribute a purchase
 * to one of them.
 *
 * @param own the customer's history; may be empty
 * @param connected without duplicates; sums are in this order
 * @param nowMs reference of ages; unknown times and later ones count in full
 * @returns items that may be disclosed, in any order
 */
export function gatherSocial(
  own: History,
  connected: readonly ConnectedCustomer[],
  nowMs: number,
  parameters: SocialParameters,
): ReadonlyMap<number, SocialEvidence> {
  const { trust, tasteFloor, halfLifeDays, minHolders, minConnected } = parameters;
  const buyers = connected.filter(({ kind, history }) => trust[kind] > 0 && history.itemIndices.length > 0);
  if (buyers.length < minConnected) return new Map();
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
  for (const [item, { holderCount }] of found) if (holderCount < minHolders) found.delete(item);
  return found;
}

/** Of two sets of items; 0 where either is empty. */
function cosine(own: ReadonlySet<number>, others: Uint32Array): number {
  if (own.size === 0 || others.length === 0) return 0;
  let shared = 0;
  for (const item of others) if (own.has(item)) shared += 1;
  return shared / Math.sqrt(own.size * others.length);
}
