import {
  type ConnectedCustomer,
  gatherSocial,
  SOCIAL_DEFAULTS,
  EDGE_KINDS,
  type EdgeKind,
} from '#recommendations/algorithms/social.ts';
import { type History, historyOf } from '#recommendations/algorithms/interactions.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { anyShop, historyOfItems } from './shop.ts';

const DAY_MS = 86_400_000;
const NOBODY = historyOfItems(10, []);
/** `historyOfItems` has everything bought on the first day of 1970. */
const NOW_MS = DAY_MS;

function person(kind: EdgeKind, items: readonly number[], boughtAtMs = NOW_MS): ConnectedCustomer {
  const history = historyOfItems(10, items);
  return { kind, history: { ...history, lastAt: history.lastAt.map(() => boughtAtMs) } };
}

test('adds up trust by kind, by how alike tastes are, by age, and by how little else they have', () => {
  const own = historyOfItems(10, [0, 1]);
  const connected = [
    person('household', [0, 5, 6, 7]),
    person('referral', [5], NOW_MS - 365 * DAY_MS),
    person('follow', [0, 1, 5, 8]),
  ];

  const found = gatherSocial(own, connected, NOW_MS, SOCIAL_DEFAULTS);

  // Cosines 1 / √8, 0 and 2 / √8; the floor is .2. The referral's purchase is a half-life old.
  const household = (1 * (0.2 + 0.8 / Math.sqrt(8))) / 2;
  const referral = (0.5 * 0.2 * 0.5) / 1;
  const follow = (0.5 * (0.2 + (0.8 * 2) / Math.sqrt(8))) / 2;
  expect(found.get(5)!.score).toBeCloseTo(household + referral + follow, 12);
  expect(found.get(5)!.holderCount).toBe(3);
  expect(found.get(0)!.score).toBeCloseTo(household + follow, 12);
  expect(new Set(found.keys())).toEqual(new Set([0, 5]));
});

test('says nothing of an item that one alone has, and nothing at all where fewer than three bought', () => {
  const two = [person('household', [1, 2]), person('household', [1, 2])];

  expect(gatherSocial(NOBODY, two, NOW_MS, SOCIAL_DEFAULTS)).toEqual(new Map());
  expect(gatherSocial(NOBODY, [...two, person('follow', [])], NOW_MS, SOCIAL_DEFAULTS)).toEqual(new Map());
  const three = gatherSocial(NOBODY, [...two, person('follow', [3])], NOW_MS, SOCIAL_DEFAULTS);
  expect([...three.keys()]).toEqual([1, 2]);
});

test('counts somebody whose kind is not trusted neither as a buyer nor in a score', () => {
  const parameters = { ...SOCIAL_DEFAULTS, trust: { ...SOCIAL_DEFAULTS.trust, follow: 0 } };
  const connected = [person('household', [1]), person('referral', [1]), person('follow', [1])];

  expect(gatherSocial(NOBODY, connected, NOW_MS, parameters)).toEqual(new Map());
});

test('takes a purchase of unknown time, or of later than now, in full', () => {
  const at = (boughtAtMs: number) =>
    gatherSocial(
      NOBODY,
      [1, 2, 3].map(() => person('follow', [4], boughtAtMs)),
      NOW_MS,
      SOCIAL_DEFAULTS,
    ).get(4)!.score;

  expect(at(Number.NaN)).toBe(at(NOW_MS));
  expect(at(NOW_MS + DAY_MS)).toBe(at(NOW_MS));
  expect(at(NOW_MS - 365 * DAY_MS)).toBeCloseTo(at(NOW_MS) / 2, 12);
});

test('no set of people, whoever is taken out of it, tells what one of them alone bought', () => {
  fc.assert(
    fc.property(anyShop, fc.nat(1), (shop, isNew) => {
      const people = Array.from({ length: shop.byUser.rowCount - 1 }, (_, index) => ({
        kind: EDGE_KINDS[index % 3]!,
        history: historyOf(shop, index + 1),
      }));
      const own: History = isNew === 1 ? NOBODY : historyOf(shop, 0);

      const found = gatherSocial(own, people, NOW_MS, SOCIAL_DEFAULTS);

      for (const [item, { score, holderCount }] of found) {
        const holders = people.filter(({ history }) => history.itemIndices.includes(item));
        expect(holderCount).toBe(holders.length);
        expect(holderCount).toBeGreaterThanOrEqual(2);
        expect(score).toBeGreaterThan(0);
      }
      expect(found.size === 0 || people.length >= 3).toBe(true);
      // The same people in the same order give the same sums.
      expect(gatherSocial(own, people, NOW_MS, SOCIAL_DEFAULTS)).toEqual(found);
    }),
  );
});
