/** Generates the demo's customers: identities, habits, consents. Writes nothing. */
import type { Random } from '#numeric/random.ts';

import { between, DAY_MS, happens, pick, pickWeighted } from './chance.ts';
import { type Country, countries } from './people.ts';
import type { ShopConsent, ShopCustomer } from './shop.ts';
import { tastes } from './tastes.ts';

export type Habit = 'loyal' | 'regular' | 'lapsing' | 'oneOff' | 'new' | 'browser';

/** A customer with the parameters of their behaviour. */
export interface Shopper {
  readonly customer: ShopCustomer;
  readonly habit: Habit;
  /** Weight of each category in the customer's purchases. */
  readonly taste: ReadonlyMap<string, number>;
  /** Typical hour of the day, UTC. */
  readonly hour: number;
  /** 0 Sunday to 6 Saturday, as Date counts. */
  readonly weekday: number;
  /** Probability that a message is opened. */
  readonly openRate: number;
  /** Probability that an order is returned. */
  readonly returnRate: number;
  /** Time of the last purchase; null for an active customer. */
  readonly stoppedAt: Date | null;
}

const habits: readonly {
  readonly habit: Habit;
  readonly share: number;
  readonly joinedDaysAgo: readonly [number, number];
}[] = [
  { habit: 'loyal', share: 0.14, joinedDaysAgo: [360, 900] },
  { habit: 'regular', share: 0.25, joinedDaysAgo: [200, 900] },
  { habit: 'lapsing', share: 0.16, joinedDaysAgo: [420, 900] },
  { habit: 'oneOff', share: 0.28, joinedDaysAgo: [10, 720] },
  { habit: 'new', share: 0.1, joinedDaysAgo: [3, 60] },
  { habit: 'browser', share: 0.07, joinedDaysAgo: [5, 500] },
];

const tiers: Readonly<Record<Habit, string>> = {
  loyal: 'gold',
  regular: 'silver',
  lapsing: 'silver',
  oneOff: 'bronze',
  new: 'bronze',
  browser: 'none',
};

const REPEATED_SHARE = 0.015;

const mailHosts = ['example.com', 'example.org', 'example.net'];

export function makeShoppers(random: Random, count: number, now: Date): Shopper[] {
  const phoneSerials = new Map<string, number>();
  return Array.from({ length: count }, (_, serial) => makeShopper(random, serial, now, phoneSerials));
}

function makeShopper(random: Random, serial: number, now: Date, phoneSerials: Map<string, number>): Shopper {
  const habit =
    habits[
      pickWeighted(
        random,
        habits.map(({ share }) => share),
      )
    ]!;
  const country =
    countries[
      pickWeighted(
        random,
        countries.map(({ share }) => share),
      )
    ]!;
  const joinedAt = daysBefore(now, between(random, ...habit.joinedDaysAgo));
  return {
    customer: makeCustomer(random, serial, habit.habit, country, joinedAt, now, phoneSerials),
    habit: habit.habit,
    taste: drawTaste(random),
    hour: Math.min(22, Math.max(7, Math.round(14 + 4 * random.normal()))),
    weekday: random.integer(7),
    openRate: between(random, 0.1, 0.6),
    returnRate: happens(random, 0.08) ? 0.5 : 0.05,
    stoppedAt: habit.habit === 'lapsing' ? daysBefore(now, between(random, 110, 400)) : null,
  };
}

function makeCustomer(
  random: Random,
  serial: number,
  habit: Habit,
  country: Country,
  createdAt: Date,
  now: Date,
  phoneSerials: Map<string, number>,
): ShopCustomer {
  const first = pick(random, country.firstNames);
  const last = pick(random, country.lastNames);
  const phone = happens(random, 0.55) ? nextPhone(country, phoneSerials) : null;
  const pushToken = happens(random, 0.3) ? `push-${String(serial).padStart(6, '0')}` : null;
  return {
    crmId: `C-${100_001 + serial}`,
    name: `${first} ${last}`,
    email: `${toAscii(first)}.${toAscii(last)}${serial + 1}@${mailHosts[serial % mailHosts.length]!}`,
    phone: happens(random, 0.006) ? `0000 ${serial}` : phone,
    pushToken,
    anonymousId: habit === 'browser' || happens(random, 0.6) ? `visitor-${1_000_003 + serial * 7919}` : null,
    country: happens(random, 0.03) ? null : country.code,
    language: country.language,
    attributes: {
      loyalty_tier: tiers[habit],
      acquisition_channel: pick(random, ['search', 'friend', 'market stall', 'social', 'newsletter']),
      birth_year: 1948 + random.integer(58),
    },
    consents: drawConsents(random, createdAt, now, { hasPhone: phone !== null, hasPush: pushToken !== null }),
    suppression: happens(random, 0.02)
      ? {
          channel: 'email',
          reason: pick(random, ['unsubscribed', 'bounced', 'bounced', 'complained'] as const),
        }
      : null,
    createdAt,
  };
}

/** Each number of a country once, while its range lasts. */
function nextPhone(country: Country, serials: Map<string, number>): string | null {
  const serial = serials.get(country.code) ?? 0;
  if (country.phone === null || serial >= country.phoneCount) return null;
  serials.set(country.code, serial + 1);
  return country.phone(serial);
}

function drawTaste(random: Random): Map<string, number> {
  const taste = new Map<string, number>();
  const main = pickWeighted(
    random,
    tastes.map(({ share }) => share),
  );
  const second = pickWeighted(
    random,
    tastes.map(({ share }) => share),
  );
  for (const category of tastes[second]!.categories) taste.set(category, between(random, 0.1, 0.5));
  for (const category of tastes[main]!.categories) taste.set(category, between(random, 0.5, 1.5));
  return taste;
}

function drawConsents(
  random: Random,
  createdAt: Date,
  now: Date,
  { hasPhone, hasPush }: { hasPhone: boolean; hasPush: boolean },
): ShopConsent[] {
  const consents: ShopConsent[] = [];
  const answer = (channel: ShopConsent['channel'], purpose: ShopConsent['purpose'], grantShare: number) => {
    const source = pick(random, ['checkout', 'sign-up form', 'preference centre']);
    const status = happens(random, grantShare) ? 'granted' : 'denied';
    consents.push({ channel, purpose, status, source, recordedAt: createdAt });
    if (status === 'granted' && purpose === 'marketing' && happens(random, 0.08)) {
      const recordedAt = new Date(Math.floor(between(random, createdAt.getTime(), now.getTime())));
      consents.push({ channel, purpose, status: 'denied', source: 'unsubscribe link', recordedAt });
    }
  };
  if (happens(random, 0.95)) answer('email', 'service', 0.97);
  if (happens(random, 0.85)) answer('email', 'marketing', 0.8);
  if (hasPhone && happens(random, 0.7)) answer('sms', 'marketing', 0.5);
  if (hasPush && happens(random, 0.9)) answer('push', 'marketing', 0.7);
  return consents;
}

/** The same customers again, in the spelling of a second system. */
export function repeatSome(random: Random, shoppers: readonly Shopper[]): ShopCustomer[] {
  return shoppers
    .filter(() => happens(random, REPEATED_SHARE))
    .map(({ customer }, serial) => spellAgain(customer, `L-${500_001 + serial}`));
}

/** Capitals, spaces, the family name first; a separate record without further data. */
function spellAgain(customer: ShopCustomer, crmId: string): ShopCustomer {
  const [first, ...rest] = customer.name.split(' ');
  return {
    ...customer,
    crmId,
    name: `${rest.join(' ').toUpperCase()}, ${first}`,
    email: ` ${customer.email.toUpperCase()} `,
    phone: customer.phone?.replace(/^(\+\d\d)(\d{3})/, '$1 $2 ') ?? null,
    country: null,
    attributes: {},
    consents: [],
    suppression: null,
  };
}

function daysBefore(now: Date, days: number): Date {
  return new Date(Math.floor(now.getTime() - days * DAY_MS));
}

function toAscii(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-zı]/g, '')
    .replaceAll('ı', 'i')
    .toLowerCase();
}
