/** Makes who lives with whom and who brought whom into the demo shop. Writes nothing. */
import type { Random } from '#numeric/random.ts';

import { happens, pick, pickWeighted } from './chance.ts';
import type { Shopper } from './make-customers.ts';
import type { ShopConnection } from './shop.ts';

/** Share of those still alone who found a household as they come up. */
const FOUNDER_SHARE = 0.08;
/** Share of households of two, three and four. */
const sizeShares = [0.4, 0.35, 0.25];
/** Of those who came by a friend, the share of whom it is known who. */
const REFERRED_SHARE = 0.6;
/** People looked at for a place; the one of the most similar taste takes it, so that taste is shared a little. */
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

/** Who came by a friend was brought by somebody who was there before. */
function makeReferrals(random: Random, shoppers: readonly Shopper[]): ShopConnection[] {
  return shoppers.flatMap((shopper) => {
    const { attributes, createdAt } = shopper.customer;
    if (attributes['acquisition_channel'] !== 'friend' || !happens(random, REFERRED_SHARE)) return [];
    const friend = findAlike(random, shopper, shoppers, ({ customer }) => customer.createdAt < createdAt);
    return friend === null ? [] : [connect('referral', friend, shopper, 'referral programme', createdAt)];
  });
}

/** Null where none of those looked at will do. */
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

/** Weight of the categories that both come for. */
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
