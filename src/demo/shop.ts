/** The data of a demo shop. */

export interface ShopSizes {
  readonly customers: number;
  readonly products: number;
  /** Browsing is recorded for this time before the present; orders for two years. */
  readonly browsingDays: number;
}

export interface ShopProduct {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly brand: string;
  /** Path of two levels, separated by ` > `. */
  readonly category: string;
  readonly priceMinor: number;
  /** Units on hand; null if not tracked. */
  readonly stock: number | null;
  /** Shares of the description, which sum to 1. */
  readonly keywords: readonly { readonly keyword: string; readonly weight: number }[];
}

type ShopChannel = 'email' | 'sms' | 'push';

export interface ShopConsent {
  readonly channel: ShopChannel;
  readonly purpose: 'marketing' | 'service';
  readonly status: 'granted' | 'denied';
  readonly source: string;
  readonly recordedAt: Date;
}

/** A suppressed channel. */
interface ShopSuppression {
  readonly channel: ShopChannel;
  readonly reason: 'unsubscribed' | 'bounced' | 'complained';
}

/** One row of a source. Several rows can be one customer in different spellings. */
export interface ShopCustomer {
  readonly crmId: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly pushToken: string | null;
  readonly anonymousId: string | null;
  readonly country: string | null;
  readonly language: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly consents: readonly ShopConsent[];
  readonly suppression: ShopSuppression | null;
  readonly createdAt: Date;
}

export interface ShopConnection {
  readonly kind: 'household' | 'referral';
  /** The referrer; either side of a household. */
  readonly fromCrmId: string;
  readonly toCrmId: string;
  readonly source: string;
  readonly beganAt: Date | null;
}

export interface ShopLine {
  readonly sku: string;
  /** Negative for returned units. */
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

export interface ShopOrder {
  /** Null without a name: a sale at the till. */
  readonly crmId: string | null;
  readonly number: string;
  readonly kind: 'sale' | 'return';
  /** The sale of a return. */
  readonly originalNumber: string | null;
  readonly placedAt: Date;
  readonly country: string | null;
  readonly channel: 'web' | 'app' | 'store';
  readonly lines: readonly ShopLine[];
}

export interface ShopEvent {
  readonly crmId: string;
  readonly id: string;
  readonly kind: string;
  readonly occurredAt: Date;
  readonly sessionId: string | null;
  readonly sku: string | null;
  readonly properties: Readonly<Record<string, string | number>>;
}

export interface Shop {
  readonly products: readonly ShopProduct[];
  /** Without duplicates. */
  readonly customers: readonly ShopCustomer[];
  /** Further rows of the same customers, in another spelling. */
  readonly repeatedCustomers: readonly ShopCustomer[];
  readonly connections: readonly ShopConnection[];
  readonly orders: readonly ShopOrder[];
  readonly events: readonly ShopEvent[];
}
