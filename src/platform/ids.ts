/** Identifiers: UUID version 7 (RFC 9562), random or derived from a key of the source. */
import { hash, randomBytes } from 'node:crypto';

/** A new id, ordered by time to the millisecond. */
export function createId(atMs: number = Date.now()): string {
  return formatUuid7(atMs, randomBytes(10));
}

/**
 * The same id for the same key, so that importing a record twice writes one row.
 * @param atMs time of the record, which orders the ids like new ones
 */
export function deriveId(atMs: number, ...key: readonly string[]): string {
  return formatUuid7(atMs, hash('sha256', key.join('\u0000'), 'buffer'));
}

function formatUuid7(atMs: number, random: Uint8Array): string {
  const hex = Buffer.from(random.buffer, random.byteOffset, 10).toString('hex');
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0').slice(-12);
  const variant = ((random[2]! & 0x3f) | 0x80).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(1, 4)}-${variant}${hex.slice(6, 8)}-${hex.slice(8, 20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
