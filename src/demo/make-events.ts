/** Generates activity between orders: sessions, searches, messages. Writes nothing. */
import type { Random } from '#numeric/random.ts';

import { between, DAY_MS, happens, pick, pickWeighted, poisson } from './chance.ts';
import { mailings } from './demo-campaigns.ts';
import type { Habit, Shopper } from './make-customers.ts';
import { drawProduct, type StockedShelves } from './make-orders.ts';
import type { ShopEvent, ShopOrder, ShopProduct } from './shop.ts';
import { shelves } from './shelves.ts';

/** Sessions without an order, per month. */
const visitsPerMonth: Readonly<Record<Habit, number>> = {
  loyal: 0.9,
  regular: 0.4,
  lapsing: 0.15,
  oneOff: 0.1,
  new: 1.2,
  browser: 0.8,
};

const MAILING_REACH = 0.75;

type EventDraft = Omit<ShopEvent, 'id'>;

export function makeEvents(
  random: Random,
  shoppers: readonly Shopper[],
  orders: readonly ShopOrder[],
  stocked: StockedShelves,
  options: { readonly now: Date; readonly browsingDays: number },
): ShopEvent[] {
  const since = new Date(options.now.getTime() - options.browsingDays * DAY_MS);
  const drafts = [
    ...shoppers.flatMap((shopper) => makeVisits(random, shopper, stocked, since, options.now)),
    ...orders.flatMap((order) => makeVisitBeforeOrder(random, order, since)),
    ...shoppers.flatMap((shopper) => makeMessages(random, shopper, options.now)),
  ];
  return drafts
    .filter(({ occurredAt }) => occurredAt <= options.now)
    .map((draft, serial) => numberEvent(draft, serial));
}

function numberEvent(draft: EventDraft, serial: number): ShopEvent {
  return { ...draft, id: `demo-${serial}` };
}

/** Steps of one session, seconds to minutes apart. */
function makeVisit(
  random: Random,
  crmId: string,
  startedAt: Date,
  steps: readonly Pick<EventDraft, 'kind' | 'sku' | 'properties'>[],
): EventDraft[] {
  const sessionId = `${crmId}-${startedAt.getTime().toString(36)}`;
  let atMs = startedAt.getTime();
  return steps.map((step) => {
    atMs += Math.floor(between(random, 8_000, 140_000));
    return { crmId, sessionId, occurredAt: new Date(atMs), ...step };
  });
}

const openPage = (path: string) => ({ kind: 'page_viewed', sku: null, properties: { path } });
const viewProduct = (sku: string) => ({ kind: 'product_viewed', sku, properties: {} });
const addToCart = (sku: string, quantity: number) => ({
  kind: 'added_to_cart',
  sku,
  properties: { quantity },
});
const searchFor = (query: string) => ({ kind: 'search', sku: null, properties: { query } });

function makeVisits(
  random: Random,
  shopper: Shopper,
  stocked: StockedShelves,
  since: Date,
  now: Date,
): EventDraft[] {
  const { customer, taste, habit, stoppedAt } = shopper;
  const start = Math.max(since.getTime(), customer.createdAt.getTime());
  const end = (stoppedAt ?? now).getTime();
  const months = Math.max(0, end - start) / (30 * DAY_MS);
  return Array.from({ length: poisson(random, months * visitsPerMonth[habit]) }, () => {
    const shelf = pickWeighted(
      random,
      shelves.map(({ category }) => taste.get(category) ?? 0.05),
    );
    const seen = Array.from({ length: 1 + random.integer(3) }, () => drawProduct(random, stocked[shelf]!));
    const startedAt = new Date(Math.floor(between(random, start, end)));
    return makeVisit(random, customer.crmId, startedAt, browse(random, shelf, seen));
  }).flat();
}

function browse(random: Random, shelf: number, seen: readonly ShopProduct[]) {
  const { category, keywords } = shelves[shelf]!;
  return [
    happens(random, 0.4) ? searchFor(pick(random, keywords)) : openPage(toPath(category)),
    ...seen.map(({ sku }) => viewProduct(sku)),
    ...(happens(random, 0.3) ? [addToCart(seen.at(-1)!.sku, 1)] : []),
  ];
}

function toPath(category: string): string {
  return `/${category.toLowerCase().replace(' > ', '/').replaceAll(' ', '-')}`;
}

function makeVisitBeforeOrder(random: Random, order: ShopOrder, since: Date): EventDraft[] {
  const isSeen = order.crmId !== null && order.kind === 'sale' && order.channel !== 'store';
  if (!isSeen || order.placedAt < since || !happens(random, 0.6)) return [];
  const startedAt = new Date(order.placedAt.getTime() - Math.floor(between(random, 12, 30) * 60_000));
  return makeVisit(random, order.crmId, startedAt, [
    openPage('/'),
    ...order.lines.map(({ sku }) => viewProduct(sku)),
    ...order.lines.slice(0, 2).map(({ sku, quantity }) => addToCart(sku, quantity)),
  ]);
}

function makeMessages(random: Random, { customer, openRate }: Shopper, now: Date): EventDraft[] {
  return mailings.flatMap(({ campaign, channel, daysAgo }) => {
    const sentAt = new Date(now.getTime() - Math.floor((daysAgo + random.uniform() / 8) * DAY_MS));
    const agreed = customer.consents.findLast(
      (consent) =>
        consent.channel === channel && consent.purpose === 'marketing' && consent.recordedAt <= sentAt,
    );
    if (agreed?.status !== 'granted' || !happens(random, MAILING_REACH)) return [];
    const step = (kind: string, minutesLater: number): EventDraft => ({
      crmId: customer.crmId,
      sessionId: null,
      sku: null,
      kind,
      occurredAt: new Date(sentAt.getTime() + Math.floor(minutesLater * 60_000)),
      properties: { channel, campaign },
    });
    const steps = [step('message_sent', 0)];
    const openedAfter = between(random, 5, 2000);
    if (happens(random, openRate)) {
      steps.push(step('message_opened', openedAfter));
      if (happens(random, 0.25)) steps.push(step('message_clicked', openedAfter + 2));
    }
    return steps;
  });
}
