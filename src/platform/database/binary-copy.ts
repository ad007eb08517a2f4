/** Rows in the binary format of COPY, which a server reads at twice the rate of text. Knows no table. */

const SIGNATURE = Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const NUMERIC_BASE = 10_000;
const HYPHEN = 45;
/** Value of a hexadecimal digit by its character code. */
const HEX = new Uint8Array(128);
for (let digit = 0; digit < 16; digit += 1) {
  HEX['0123456789abcdef'.charCodeAt(digit)] = digit;
  HEX['0123456789ABCDEF'.charCodeAt(digit)] = digit;
}

/** A piece of rows: large enough for its fixed cost, small enough that the server need not wait for it. */
const CHUNK_BYTES = 1 << 16;
/** Left free, so that a usual row never makes a piece grow. */
const CHUNK_RESERVE_BYTES = 1 << 10;

/** Money as a whole number of ten-thousandths, exact up to 2^53. */
export type TenThousandths = number;

/**
 * Writes row after row: `startRow`, then one call per column in the order of the COPY statement. The bytes are taken
 * away in pieces, so that the server reads the first rows while later ones are written.
 */
export class BinaryCopy {
  readonly #columnCount: number;
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  #view = viewOf(this.#bytes);
  #offset = HEADER_BYTES;
  /** Where the words of each id are kept: most ids are written many times. */
  readonly #idPositions = new Map<string, number>();
  #idWords = new Int32Array(256);

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    SIGNATURE.copy(this.#bytes);
    this.#bytes.fill(0, SIGNATURE.length, HEADER_BYTES);
  }

  /** Whether a piece is full; asked between rows. */
  get isFull(): boolean {
    return this.#offset >= CHUNK_BYTES - CHUNK_RESERVE_BYTES;
  }

  /** Bytes written since the last piece. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#offset);
    this.#bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#view = viewOf(this.#bytes);
    this.#offset = 0;
    return taken;
  }

  /** The last piece; nothing may be written after. */
  finish(): Uint8Array {
    this.#reserve(2);
    this.#view.setInt16(this.#offset, -1);
    return this.#bytes.subarray(0, this.#offset + 2);
  }

  startRow(): void {
    this.#reserve(2);
    this.#view.setInt16(this.#offset, this.#columnCount);
    this.#offset += 2;
  }

  null(): void {
    this.#reserve(4);
    this.#view.setInt32(this.#offset, -1);
    this.#offset += 4;
  }

  /** @param position where `readId` keeps the id */
  uuid(position: number): void {
    const offset = this.#startValue(16);
    const view = this.#view;
    const words = this.#idWords;
    view.setInt32(offset, words[position]!);
    view.setInt32(offset + 4, words[position + 1]!);
    view.setInt32(offset + 8, words[position + 2]!);
    view.setInt32(offset + 12, words[position + 3]!);
  }

  /** Reads the digits of an id once, however often it is written. @returns where it is kept, for `uuid` */
  readId(text: string): number {
    const known = this.#idPositions.get(text);
    if (known !== undefined) return known;
    const position = this.#idPositions.size * 4;
    if (position === this.#idWords.length) {
      const larger = new Int32Array(position * 2);
      larger.set(this.#idWords);
      this.#idWords = larger;
    }
    let word = 0;
    let digits = 0;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code === HYPHEN) continue;
      word = (word << 4) | HEX[code]!;
      digits += 1;
      if (digits % 8 === 0) this.#idWords[position + digits / 8 - 1] = word;
    }
    this.#idPositions.set(text, position);
    return position;
  }

  integer(value: number): void {
    const offset = this.#startValue(4);
    this.#view.setInt32(offset, value);
  }

  boolean(value: boolean): void {
    const offset = this.#startValue(1);
    this.#view.setInt8(offset, value ? 1 : 0);
  }

  text(value: string): void {
    // Three bytes per UTF-16 unit is the most that UTF-8 takes.
    this.#reserve(4 + value.length * 3);
    const length = this.#bytes.write(value, this.#offset + 4);
    this.#view.setInt32(this.#offset, length);
    this.#offset += 4 + length;
  }

  textOrNull(value: string | null): void {
    if (value === null) this.null();
    else this.text(value);
  }

  /** jsonb is its text after a version byte. */
  json(value: unknown): void {
    const text = JSON.stringify(value);
    this.#reserve(5 + text.length * 3);
    const length = this.#bytes.write(text, this.#offset + 5);
    this.#view.setInt32(this.#offset, length + 1);
    this.#view.setInt8(this.#offset + 4, 1);
    this.#offset += 5 + length;
  }

  instant(atMs: number): void {
    const offset = this.#startValue(8);
    // Microseconds since 2000 in two halves: whole numbers below 2^53 need no BigInt.
    const microseconds = (atMs - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(microseconds / 0x1_0000_0000);
    this.#view.setInt32(offset, high);
    this.#view.setUint32(offset + 4, microseconds - high * 0x1_0000_0000);
  }

  /** numeric(18,4): digits of base 10,000, of which the last one is the fraction. */
  money(value: TenThousandths): void {
    const magnitude = Math.abs(value);
    let digits = 1;
    for (let rest = Math.floor(magnitude / NUMERIC_BASE); rest > 0; rest = Math.floor(rest / NUMERIC_BASE)) {
      digits += 1;
    }
    const offset = this.#startValue(8 + 2 * digits);
    const view = this.#view;
    view.setInt16(offset, digits);
    view.setInt16(offset + 2, digits - 2);
    view.setUint16(offset + 4, value < 0 ? 0x4000 : 0);
    view.setInt16(offset + 6, 4);
    let rest = magnitude;
    for (let digit = digits - 1; digit >= 0; digit -= 1) {
      view.setInt16(offset + 8 + 2 * digit, rest % NUMERIC_BASE);
      rest = Math.floor(rest / NUMERIC_BASE);
    }
  }

  /** @returns where the value begins, after its length */
  #startValue(length: number): number {
    this.#reserve(4 + length);
    const offset = this.#offset;
    this.#view.setInt32(offset, length);
    this.#offset = offset + 4 + length;
    return offset + 4;
  }

  #reserve(bytes: number): void {
    if (this.#offset + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#offset + bytes));
    this.#bytes.copy(larger, 0, 0, this.#offset);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
