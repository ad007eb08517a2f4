/** The customer facts of a message. Reads no database. */
import type { ConsentInput, CustomerInput, IdentityInput } from '#customers/service.ts';
import type { JsonObject } from '#platform/input/json.ts';

import { type Message, objectOf } from './message.ts';

/** Traits that are not attributes. */
const OWN_TRAITS = new Set(
  'email phone name firstName lastName address country language createdAt id userId anonymousId'.split(' '),
);

/** As in Segment's consent managers. */
const CONSENT_EVENT = 'Segment Consent Preference Updated';

/** The identities of a message, the strongest first. @param source system whose user ids these are */
function identitiesOf(message: Message, source: string): IdentityInput[] {
  const { userId, anonymousId } = message;
  return [
    ...(userId === null ? [] : [{ kind: 'external' as const, source, value: userId }]),
    ...(anonymousId === null ? [] : [{ kind: 'anonymous' as const, value: anonymousId }]),
  ];
}

/** The customer of a message with its facts; `identify` has most, other types only the identities. */
export function toCustomer(message: Message, source: string): CustomerInput {
  const identities = identitiesOf(message, source);
  const consents = consentsOf(message, source);
  if (message.type !== 'identify') return consents.length === 0 ? { identities } : { identities, consents };
  const at = new Date(message.at);
  const { properties: traits, context } = message;
  const address = objectOf(traits['address']);
  const timezone = context['timezone'];
  return {
    identities,
    email: textOf(traits['email']),
    phone: textOf(traits['phone']),
    name: nameOf(traits),
    address: address === null ? textOf(traits['address']) : addressOf(address),
    country: textOf(traits['country'] ?? address?.['country']) ?? undefined,
    language: languageOf(traits['language'] ?? context['locale']),
    attributes: {
      ...(typeof timezone === 'string' && timezone.length <= 64 ? { timezone } : {}),
      ...Object.fromEntries(Object.entries(traits).filter(([key]) => !OWN_TRAITS.has(key))),
    },
    createdAt: pastOf(traits['createdAt'], at),
    firstSeenAt: at,
    lastSeenAt: at,
    consents,
  };
}

/** Whether the message has facts beyond identities. */
export function saysFacts(input: CustomerInput): boolean {
  return Object.keys(input).length > 1;
}

/** Null clears, undefined has no effect. */
function textOf(value: unknown): string | null | undefined {
  if (value === null) return null;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function nameOf(traits: JsonObject): string | null | undefined {
  if (traits['name'] !== undefined) return textOf(traits['name']);
  const parts = [textOf(traits['firstName']), textOf(traits['lastName'])].filter((part) => part != null);
  return parts.length === 0 ? undefined : parts.join(' ');
}

function addressOf(address: JsonObject): string | undefined {
  const parts = ['street', 'postalCode', 'city', 'state', 'country'].map((key) => textOf(address[key]));
  return parts.filter((part) => part != null).join(', ') || undefined;
}

/** An invalid tag is a detail of the browser, not a fault of the message. */
function languageOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return Intl.getCanonicalLocales(value.replace('_', '-'))[0];
  } catch {
    return undefined;
  }
}

function pastOf(value: unknown, at: Date): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const instant = new Date(value);
  return instant <= at && instant.getTime() >= Date.UTC(1900) ? instant : undefined;
}

/** Categories of `context.consent` of an explicit decision; other messages only repeat them. */
function consentsOf(message: Message, source: string): ConsentInput[] {
  if (message.type !== 'identify' && message.name !== CONSENT_EVENT) return [];
  const preferences = objectOf(objectOf(message.context['consent'])?.['categoryPreferences']) ?? {};
  const recordedAt = new Date(message.at);
  return Object.entries(preferences).flatMap(([category, isGranted]): ConsentInput[] => {
    const purpose = category
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.-]+/g, '_')
      .slice(0, 50);
    if (typeof isGranted !== 'boolean' || !/^[a-z0-9]/.test(purpose)) return [];
    return [{ channel: 'tracking', purpose, status: isGranted ? 'granted' : 'denied', source, recordedAt }];
  });
}
