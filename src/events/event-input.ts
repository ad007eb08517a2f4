/** Validation and normalisation of event input. */
import { ItemChecks, type ReadItems } from '#platform/input/item-checks.ts';
import { cutContacts, cutContactsOfJson, holdsContacts } from '#customers/contact-data/contact-text.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';
import { readJsonObject } from '#platform/input/json.ts';
import { quote } from '#platform/input/text.ts';

import type { AboutPerson } from './batch-customers.ts';
import { checkId, checkInstant } from './orders/input.ts';

export interface EventInput extends AboutPerson {
  /** Snake-case name such as `product_viewed`. */
  readonly kind: string;
  /** Source system of the event. */
  readonly source: string;
  /** The source's id of the event. Without it, an event with the same content at the same time is the same one. */
  readonly sourceId?: string | undefined;
  readonly occurredAt: Date;
  readonly sessionId?: string | null | undefined;
  readonly productId?: string | undefined;
  readonly sku?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

const KIND = /^[a-z][a-z0-9_]{0,62}$/;

const MAX_PROPERTIES_BYTES = 65_536;

/**
 * The normalised events, and every invalid value. Customers are checked separately.
 * @param now upper bound of their times
 */
export function readEvents<Event extends EventInput>(events: readonly Event[], now: Date): ReadItems<Event> {
  const checks = new ItemChecks();
  const items = events.map((event, index): Event => {
    const { productId, properties } = event;
    checks.add(index, 'kind', checkKind(event.kind));
    checks.add(index, 'occurredAt', checkInstant(event.occurredAt, now));
    if (productId !== undefined) checks.add(index, 'productId', checkId(productId));
    return {
      ...event,
      source: checks.key(index, 'source', event.source, 100),
      sourceId: checks.key(index, 'sourceId', event.sourceId, 200),
      sessionId: checks.key(index, 'sessionId', event.sessionId, 200),
      sku: checks.key(index, 'sku', event.sku, 200),
      properties:
        properties === undefined
          ? undefined
          : checks.read(index, () => readJsonObject('properties', properties, MAX_PROPERTIES_BYTES), {}),
    };
  });
  return { items, checks };
}

function checkKind(kind: string): string | null {
  if (!KIND.test(kind)) {
    return `expected a snake_case name of at most 63 characters such as product_viewed, got ${quote(kind)}`;
  }
  return kind.startsWith('order_') ? 'orders are recorded as orders, which puts them on the timeline' : null;
}

/**
 * The stored form of an event's free texts: contact data is removed. A session id that is contact data becomes a keyed
 * hash, so that its events stay one session.
 */
export function withoutContacts<Event extends Pick<EventInput, 'source' | 'sessionId' | 'properties'>>(
  event: Event,
  keyring: Keyring,
): Event & { readonly properties: Readonly<Record<string, unknown>> } {
  const { source, sessionId, properties } = event;
  const hidden =
    sessionId != null && holdsContacts(sessionId)
      ? `hidden-${keyring.hash('session', sessionId).toString('hex').slice(0, 32)}`
      : sessionId;
  return {
    ...event,
    source: cutContacts(source),
    sessionId: hidden,
    properties: cutContactsOfJson(properties ?? {}) as Record<string, unknown>,
  };
}
