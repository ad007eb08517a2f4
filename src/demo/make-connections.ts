/** Generates households and referrals of the demo shop. Writes nothing. */
import type { Random } from '#numeric/random.ts';

import { happens, pick, pickWeighted } from './chance.ts';
import type { Shopper } from './make-customers.ts';
import type { ShopConnection } from './shop.ts';

/** Share of customers without a household who found one. */
const FOUNDER_SHARE = 0.08;
/** Share of households of two, three and four. */
const sizeShares = [0.4, 0.35, 0.25];
/** Share of referred customers whose referrer is known. */
const REFERRED_SHARE = 0.6;
/** Candidates for a household; the one of the most similar interests is chosen. */
const CANDIDATES = 8;

export function makeConnections(random: Random, shoppers: readonly Shopper[]): ShopConnection[] {
  return [...makeHouseholds(random, shoppers), ...makeReferrals(random, shoppers)];
}

function makeHouseholds(random: Random, shoppers: readonly Shopper[]): ShopConnection[] {
  const connections: ShopConnection[] = [];
  const housed = new Set<Shopper>();
  const byCountry = Map.groupBy(shoppers, ({ customer }) => customer.country);
  for (const founder of shoppers) {
    if (housed.has(founder) || !happens(random, FOUNDER_SHARE)) continue;
    const neighbours = byCountry.get(founder.customer.country)!;
    const household = [founder];
    const size = 2 + pickWeighted(random, sizeShares);
    while (household.length < size) {
      const mate = findAlike(
        random,
        founder,
        neighbours,
        (one) => !housed.has(one) && !household.includes(one),
      );
      if (mate === null) break;
      for (const member of household)
        connections.push(connect('household', member, mate, 'shared address', null));
      household.push(mate);
    }
    for (const member of household) housed.add(member);
  }
  return connections;
}

/** A referrer was a customer before the referred one. */
function makeReferrals(random: Random, shoppers: readonly Shopper[]): ShopConnection[] {
  return shoppers.flatMap((shopper) => {
    const { attributes, createdAt } = shopper.customer;
    if (attributes['acquisition_channel'] !== 'friend' || !happens(random, REFERRED_SHARE)) return [];
    const friend = findAlike(random, shopper, shoppers, ({ customer }) => customer.createdAt < createdAt);
    return friend === null ? [] : [connect('referral', friend, shopper, 'referral programme', createdAt)];
  });
}

/** Null where no candidate fits. */
function findAlike(
  random: Random,
  shopper: Shopper,
  others: readonly Shopper[],
  isFit: (other: Shopper) => boolean,
): Shopper | null {
  const candidates = Array.from({ length: CANDIDATES }, () => pick(random, others)).filter(isFit);
  const [alike = null] = candidates.toSorted(
    (one, another) => shareTaste(shopper, another) - shareTaste(shopper, one),
  );
  return alike;
}

/** Weight of the common categories. */
function shareTaste(one: Shopper, another: Shopper): number {
  let shared = 0;
  for (const [category, weight] of one.taste) shared += Math.min(weight, another.taste.get(category) ?? 0);
  return shared;
}

function connect(
  kind: ShopConnection['kind'],
  from: Shopper,
  to: Shopper,
  source: string,
  beganAt: Date | null,
): ShopConnection {
  return { kind, fromCrmId: from.customer.crmId, toCrmId: to.customer.crmId, source, beganAt };
}
