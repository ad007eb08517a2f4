/** Limits of a request's JSON, checked by one scan of its text: parsing it all would block other requests. */
import { randomInt } from 'node:crypto';

import { requestError } from './request-error.ts';

/** A shorter text contains too few values to take long. */
const SMALL_LENGTH = 65_536;
/**
 * Maximum number of values (numbers, texts, lists, objects). Parsing, checking and coercing that many takes about 50 ms
 * each.
 */
export const MAX_JSON_VALUES = 100_000;
/** V8 keeps objects with thousands of keys as hash tables. */
export const MAX_OBJECT_KEYS = 1_000;
/**
 * V8 interns each distinct name of a key, which takes a microsecond or more: 90,000 of them took 150 ms, as many
 * numbers 4 ms.
 */
export const MAX_KEY_NAMES = 10_000;
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Names are counted by a hash, 1 bit for each of 2^16; the seed is secret, so that a client cannot construct
 * collisions.
 */
const NAME_BITS = 16;
const HASH_FACTOR = randomInt(2 ** 31) * 2 + 1;

/** @throws {GraphQLError} naming the limit. Invalid JSON is left to the parser. */
export function checkJson(text: string): void {
  if (text.length <= SMALL_LENGTH) return;
  const keys = new Uint32Array(MAX_DEPTH + 1);
  let values = 1;
  const seenNames = new Uint8Array(2 ** NAME_BITS);
  let names = 0;
  let depth = 0;
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      hash = 0;
      for (index += 1; index < text.length; index += 1) {
        const inside = text.charCodeAt(index);
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) index += 1;
        hash = Math.imul(hash ^ inside, HASH_FACTOR);
      }
    } else if (code === COMMA) values += 1;
    else if (code === COLON) {
      keys[depth]! += 1;
      if (keys[depth]! > MAX_OBJECT_KEYS) throw refuse(`has an object of more than ${MAX_OBJECT_KEYS} keys`);
      const position = hash >>> (32 - NAME_BITS);
      if (seenNames[position] === 0) {
        seenNames[position] = 1;
        names += 1;
        if (names > MAX_KEY_NAMES) throw refuse(`has more than ${MAX_KEY_NAMES} different names of keys`);
      }
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      values += 1;
      depth += 1;
      if (depth > MAX_DEPTH) throw refuse(`is nested more than ${MAX_DEPTH} levels deep`);
      keys[depth] = 0;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth = Math.max(0, depth - 1);
    if (values > MAX_JSON_VALUES) throw refuse(`holds more than ${MAX_JSON_VALUES} values`);
  }
}

function refuse(problem: string): Error {
  const message = `The request ${problem}, which is the limit. Send less at a time.`;
  return requestError(message, 'BAD_USER_INPUT', { status: 400, spec: true });
}
