/** Ids as text of 36 characters, from the 16 bytes that a server sends. Makes none. */

/** Where the two digits of each byte stand in an id as text. */
const DIGIT_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from('0123456789abcdef');
const written = Buffer.alloc(36, '-');

/** The id of the 16 bytes from `start` on, as text. */
export function formatUuid(bytes: Uint8Array, start: number): string {
  for (let index = 0; index < 16; index += 1) {
    const byte = bytes[start + index]!;
    const digit = DIGIT_PLACES[index]!;
    written[digit] = DIGITS[byte >> 4]!;
    written[digit + 1] = DIGITS[byte & 15]!;
  }
  return written.toString('latin1');
}
