/** Small made-up customers for the tests of algorithms. */

import * as fc from 'fast-check';
import {
  type History,
  historyOf,
  type Interactions,
  interactionsFromEvents,
} from '#recommendations/algorithms/interactions.ts';

const DAY_MS = 86_400_000;

/** Interactions from lists of items per user; an item listed twice was bought on two days. */
export function shopOf(itemCount: number, users: readonly (readonly number[])[]): Interactions {
  const events = users.flatMap((items, user) =>
    items.map((item, index) => ({
      user,
      item,
      time: (items.slice(0, index).filter((other) => other === item).length + 1) * DAY_MS,
    })),
  );
  return interactionsFromEvents(users.length, itemCount, {
    userIndices: events.map(({ user }) => user),
    itemIndices: events.map(({ item }) => item),
    times: events.map(({ time }) => time),
  });
}

/** A customer who bought each item on one day. */
export function historyOfItems(itemCount: number, items: readonly number[]): History {
  return historyOf(shopOf(itemCount, [items]), 0);
}

/** Any shop of ten items in which everybody bought something. */
export const anyShop = fc
  .array(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 12 })
  .map((users) => shopOf(10, users));

export function sumOf(parts: readonly { readonly value: number }[]): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}
