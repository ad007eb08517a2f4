/** Divides the shop's two years into periods, which are written in order. Writes nothing. */
import { DAY_MS } from './chance.ts';
import type { Shop, ShopCustomer, ShopEvent, ShopOrder } from './shop.ts';

const PERIOD_DAYS = 91;
const PERIOD_COUNT = 8;

/** Activity after the end of the previous period and until the end of this one. */
export interface Period {
  /** From 0, the oldest, which includes everything before it. */
  readonly index: number;
  readonly endsAt: Date;
  /** Rows of new customers of the period, those of the second system first so that the CRM's win. */
  readonly customers: readonly ShopCustomer[];
  /** Customers of earlier periods with their consents of this one. */
  readonly consenting: readonly Pick<ShopCustomer, 'crmId' | 'consents'>[];
  readonly orders: readonly ShopOrder[];
  readonly events: readonly ShopEvent[];
}

/** @param present end of the last period */
export function divideShop(shop: Shop, present: Date): Period[] {
  const ends = Array.from(
    { length: PERIOD_COUNT },
    (_, index) => present.getTime() - (PERIOD_COUNT - 1 - index) * PERIOD_DAYS * DAY_MS,
  );
  const periodOf = (at: Date) => {
    const index = ends.findIndex((end) => at.getTime() <= end);
    return index === -1 ? PERIOD_COUNT - 1 : index;
  };
  const joinedIn = new Map(shop.customers.map(({ crmId, createdAt }) => [crmId, periodOf(createdAt)]));
  return ends.map((end, index): Period => {
    const joined = ({ crmId }: ShopCustomer) => joinedIn.get(crmId) === index;
    const consentsNow = ({ consents }: ShopCustomer) =>
      consents.filter(({ recordedAt }) => periodOf(recordedAt) === index);
    return {
      index,
      endsAt: new Date(end),
      customers: [...shop.repeatedCustomers, ...shop.customers].filter(joined).map((customer) => ({
        ...customer,
        consents: customer.consents.filter(({ recordedAt }) => periodOf(recordedAt) <= index),
      })),
      consenting: shop.customers
        .filter((customer) => joinedIn.get(customer.crmId)! < index)
        .map((customer) => ({ crmId: customer.crmId, consents: consentsNow(customer) }))
        .filter(({ consents }) => consents.length > 0),
      // In chronological order, so that a return finds its sale.
      orders: shop.orders
        .filter(({ placedAt }) => periodOf(placedAt) === index)
        .toSorted((one, other) => one.placedAt.getTime() - other.placedAt.getTime()),
      events: shop.events.filter(({ occurredAt }) => periodOf(occurredAt) === index),
    };
  });
}
