/** The timeline event of a message. Reads no database. */
import type { EventInput } from '#events/event-input.ts';
import type { Config } from '#platform/config.ts';
import { readCountry } from '#platform/input/countries.ts';
import type { JsonObject } from '#platform/input/json.ts';

import { kindOf } from './kinds.ts';
import { type Message, objectOf } from './message.ts';
import { codesOf, ORDER_CHANGES } from './to-order.ts';

const MAX_TEXT_LENGTH = 2_000;

/** Null for a message that is about a person or an account alone. @param source system that sent it */
export function toEvent(
  message: Message,
  source: string,
  location: Config['tracking']['location'],
): Omit<EventInput, 'customerId'> | null {
  const kind = kindOfMessage(message);
  if (kind === null || kind in ORDER_CHANGES) return null;
  const { properties, context } = message;
  return {
    kind,
    source,
    sourceId: message.messageId,
    occurredAt: new Date(message.at),
    sessionId: sessionOf(context),
    properties: { ...properties, ...namedContext(message, location) },
  };
}

function kindOfMessage({ type, name }: Message): string | null {
  if (type === 'track') return kindOf(name!);
  if (type === 'page') return 'page_viewed';
  return type === 'screen' ? 'screen_viewed' : null;
}

/** Codes that the product of a message may have in the catalogue, the likeliest first. */
export function skusOf({ type, properties }: Message): string[] {
  return type === 'track' ? codesOf(properties) : [];
}

function sessionOf(context: JsonObject): string | null {
  const id = context['sessionId'] ?? context['session_id'] ?? objectOf(context['session'])?.['id'];
  const text = typeof id === 'string' || typeof id === 'number' ? String(id).trim() : '';
  return text === '' || text.length > 200 ? null : text;
}

/** The stored part of the context, under `context`: an allow-list, so that no address of a machine is stored. */
function namedContext(message: Message, location: Config['tracking']['location']): JsonObject {
  const { type, name, context } = message;
  const library = objectOf(context['library']);
  const kept = {
    name: textOf(name),
    library: library === null ? undefined : textOf(`${text(library['name'])} ${text(library['version'])}`),
    locale: textOf(context['locale']),
    timezone: textOf(context['timezone']),
    page: type === 'page' ? undefined : pick(context['page'], ['url', 'path', 'title', 'referrer', 'search']),
    campaign: pick(context['campaign'], ['id', 'name', 'source', 'medium', 'term', 'content']),
    device: pick(context['device'], ['type', 'manufacturer', 'model']),
    app: pick(context['app'], ['name', 'version']),
    consent: objectOf(objectOf(context['consent'])?.['categoryPreferences']) ?? undefined,
    location: locationOf(context, location),
  };
  const entries = Object.entries(kept).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? {} : { context: Object.fromEntries(entries) };
}

/** Country, or country and region; a city or coordinates are never stored. */
function locationOf(context: JsonObject, kept: Config['tracking']['location']): JsonObject | undefined {
  const place = objectOf(context['location']);
  if (place === null || kept === 'none') return undefined;
  const given = textOf(place['country']);
  let country: string | undefined;
  try {
    country = given === undefined ? undefined : readCountry('country', given);
  } catch {
    country = undefined;
  }
  const region = kept === 'region' ? textOf(place['region']) : undefined;
  return country === undefined && region === undefined ? undefined : dropUndefined({ country, region });
}

function pick(value: unknown, keys: readonly string[]): JsonObject | undefined {
  const object = objectOf(value);
  if (object === null) return undefined;
  const picked = dropUndefined(Object.fromEntries(keys.map((key) => [key, textOf(object[key])])));
  return Object.keys(picked).length === 0 ? undefined : picked;
}

function dropUndefined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOf(value: unknown): string | undefined {
  const found = text(value).trim();
  return found === '' ? undefined : found.slice(0, MAX_TEXT_LENGTH).toWellFormed();
}
