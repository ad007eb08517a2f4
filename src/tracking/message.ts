/** Messages of Segment's tracking specification: read from JSON, with their time corrected. Touches no database. */
import { hash, randomUUID } from 'node:crypto';

import { InvalidInputError } from '#platform/errors.ts';
import { type JsonObject, readJsonObject } from '#platform/input/json.ts';
import { quote, readKey } from '#platform/input/text.ts';

export const messageTypes = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type MessageType = (typeof messageTypes)[number];

/** Longest event in bytes of JSON, as in the specification. */
export const MAX_MESSAGE_BYTES = 32 * 1024;
const MAX_ID_LENGTH = 200;
const MAX_NAME_LENGTH = 500;

/** A validated message. */
export interface Message {
  readonly type: MessageType;
  readonly messageId: string;
  readonly userId: string | null;
  readonly anonymousId: string | null;
  /** Only of `alias`. */
  readonly previousId: string | null;
  /** Only of `group`. */
  readonly groupId: string | null;
  /** Name of a tracked event, page or screen. */
  readonly name: string | null;
  /** Traits of `identify` and `group`, properties of the others. */
  readonly properties: JsonObject;
  readonly context: JsonObject;
  /** ISO 8601, by the server's clock. */
  readonly at: string;
}

/** Common fields of the messages of one request. */
export interface Envelope {
  readonly receivedAt: Date;
  /** By the sender's clock. */
  readonly sentAt: unknown;
  /** Defaults of the messages' own contexts. */
  readonly context: unknown;
}

/**
 * @param type of the request's address; undefined reads it from the message
 * @throws {InvalidInputError} naming the field, without its value where that may be contact data
 */
export function readMessage(value: unknown, type: MessageType | undefined, envelope: Envelope): Message {
  const message = readJsonObject('message', value, MAX_MESSAGE_BYTES);
  const readType = type ?? message['type'];
  if (!messageTypes.includes(readType as MessageType)) {
    const came = typeof readType === 'string' ? quote(readType) : typeof readType;
    throw new InvalidInputError('type', `expected one of ${messageTypes.join(', ')}, got ${came}`);
  }
  const found = readType as MessageType;
  const own = objectOf(message['context']) ?? {};
  const read: Omit<Message, 'messageId'> = {
    type: found,
    userId: readId('userId', message['userId']),
    anonymousId: readId('anonymousId', message['anonymousId']),
    previousId: found === 'alias' ? readId('previousId', message['previousId']) : null,
    groupId: found === 'group' ? readId('groupId', message['groupId']) : null,
    name: readName(found, message),
    properties: readProperties(found, message),
    context: { ...objectOf(envelope.context), ...own },
    at: correctTime(message, envelope).toISOString(),
  };
  if (read.userId === null && read.anonymousId === null && read.previousId === null) {
    throw new InvalidInputError('userId', 'expected a userId or an anonymousId');
  }
  if (found === 'alias' && (read.previousId === null || read.userId === null)) {
    throw new InvalidInputError('previousId', 'expected a userId and a previousId');
  }
  if (found === 'group' && read.groupId === null) {
    throw new InvalidInputError('groupId', 'expected a groupId');
  }
  return { ...read, messageId: readId('messageId', message['messageId']) ?? ownId(message) };
}

/** The message as it could have come, with its time corrected. */
export function toRaw({ name, properties, at, ...message }: Message): JsonObject {
  const isTraits = message.type === 'identify' || message.type === 'group';
  return {
    ...message,
    timestamp: at,
    [message.type === 'track' ? 'event' : 'name']: name,
    [isTraits ? 'traits' : 'properties']: properties,
  };
}

/** Without an id of its own a message that says the same at the same time is the same; without a time it is another. */
function ownId(message: JsonObject): string {
  const { sentAt: _, ...said } = message;
  if (message['timestamp'] == null && message['originalTimestamp'] == null) return randomUUID();
  return hash('sha256', JSON.stringify(said)).slice(0, 40);
}

function readId(field: string, value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new InvalidInputError(
      field,
      `expected a text, got ${Array.isArray(value) ? 'list' : typeof value}`,
    );
  }
  return readKey(field, String(value), MAX_ID_LENGTH);
}

function readName(type: MessageType, message: JsonObject): string | null {
  const field = type === 'track' ? 'event' : 'name';
  const name = message[field] ?? (type === 'page' ? objectOf(message['properties'])?.['name'] : undefined);
  if (typeof name === 'string' && name.trim() !== '') return readKey(field, name, MAX_NAME_LENGTH);
  if (type === 'track') throw new InvalidInputError('event', 'expected the name of the event');
  return null;
}

function readProperties(type: MessageType, message: JsonObject): JsonObject {
  const field = type === 'identify' || type === 'group' ? 'traits' : 'properties';
  const value = message[field];
  if (value === undefined || value === null) return {};
  const properties = objectOf(value);
  if (properties === null) throw new InvalidInputError(field, `expected an object, got ${typeof value}`);
  return properties;
}

export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/**
 * receivedAt - (sentAt - timestamp): the sender's clock may be wrong by days, but the difference of two of its readings
 * is right. No event is later than its arrival.
 * @throws {InvalidInputError} an invalid time, or one before 1990
 */
function correctTime(message: JsonObject, envelope: Envelope): Date {
  const { receivedAt } = envelope;
  const told = message['originalTimestamp'] ?? message['timestamp'];
  if (told === undefined || told === null) return receivedAt;
  const atMs = readTime('timestamp', told);
  const sentAt = message['sentAt'] ?? envelope.sentAt;
  const sentAtMs =
    typeof sentAt === 'string' || typeof sentAt === 'number' ? new Date(sentAt).getTime() : NaN;
  const correctedMs = Number.isNaN(sentAtMs) ? atMs : receivedAt.getTime() - (sentAtMs - atMs);
  if (!(correctedMs >= Date.UTC(1990))) {
    throw new InvalidInputError('timestamp', 'expected a time from 1990 to now');
  }
  return new Date(Math.min(correctedMs, receivedAt.getTime()));
}

function readTime(field: string, value: unknown): number {
  const atMs = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(atMs)) {
    const came = typeof value === 'string' ? quote(value) : typeof value;
    throw new InvalidInputError(field, `expected an instant in ISO 8601, got ${came}`);
  }
  return atMs;
}

/** Id of a message in the ledger: message ids are unique per source. */
export function ledgerId(source: string, messageId: string): string {
  const hex = hash('sha256', `${source}\u0000${messageId}`);
  // In the form of a UUID, which an index stores in 16 bytes.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
