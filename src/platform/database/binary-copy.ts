/** Rows in the binary format of COPY, which a server reads at twice the rate of text. Knows no table. */

const SIGNATURE = Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const NUMERIC_BASE = 10_000;
const INITIAL_BYTES = 1 << 16;

/** Value of a hexadecimal digit by its character code. */
const HEX = new Uint8Array(128);
for (let digit = 0; digit < 16; digit += 1) {
  HEX['0123456789abcdef'.charCodeAt(digit)] = digit;
  HEX['0123456789ABCDEF'.charCodeAt(digit)] = digit;
}

/** Money as a whole number of ten-thousandths, exact up to 2^53. */
export type TenThousandths = number;

/** Writes row after row: `startRow`, then one call per column in the order of the COPY statement. */
export class BinaryCopy {
  readonly #columnCount: number;
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #offset = HEADER_BYTES;
  #rowCount = 0;
  /** Where each id was written first: most are written many times, and copying is cheaper than reading digits. */
  readonly #uuidOffsets = new Map<string, number>();

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    SIGNATURE.copy(this.#buffer);
    this.#buffer.fill(0, SIGNATURE.length, HEADER_BYTES);
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** The finished rows; nothing may be written after. */
  finish(): readonly Uint8Array[] {
    this.#reserve(2);
    this.#offset = this.#buffer.writeInt16BE(-1, this.#offset);
    return [this.#buffer.subarray(0, this.#offset)];
  }

  startRow(): void {
    this.#reserve(2);
    this.#offset = this.#buffer.writeInt16BE(this.#columnCount, this.#offset);
    this.#rowCount += 1;
  }

  null(): void {
    this.#reserve(4);
    this.#offset = this.#buffer.writeInt32BE(-1, this.#offset);
  }

  uuid(text: string): void {
    this.#startValue(16);
    const buffer = this.#buffer;
    let offset = this.#offset;
    const earlier = this.#uuidOffsets.get(text);
    if (earlier !== undefined) {
      buffer.copyWithin(offset, earlier, earlier + 16);
      this.#offset = offset + 16;
      return;
    }
    this.#uuidOffsets.set(text, offset);
    for (let position = 0; position < 36; position += 2) {
      // Hyphens stand at 8, 13, 18 and 23.
      if (text.charCodeAt(position) === 45) position += 1;
      buffer[offset] = (HEX[text.charCodeAt(position)]! << 4) | HEX[text.charCodeAt(position + 1)]!;
      offset += 1;
    }
    this.#offset = offset;
  }

  uuidOrNull(text: string | null): void {
    if (text === null) this.null();
    else this.uuid(text);
  }

  integer(value: number): void {
    this.#startValue(4);
    this.#offset = this.#buffer.writeInt32BE(value, this.#offset);
  }

  text(value: string): void {
    // Three bytes per UTF-16 unit is the most that UTF-8 takes.
    this.#reserve(4 + value.length * 3);
    const length = this.#buffer.write(value, this.#offset + 4);
    this.#buffer.writeInt32BE(length, this.#offset);
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
    const length = this.#buffer.write(text, this.#offset + 5);
    this.#buffer.writeInt32BE(length + 1, this.#offset);
    this.#buffer[this.#offset + 4] = 1;
    this.#offset += 5 + length;
  }

  instant(atMs: number): void {
    this.#startValue(8);
    // Microseconds since 2000 in two halves: whole numbers below 2^53 need no BigInt.
    const microseconds = (atMs - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(microseconds / 0x1_0000_0000);
    this.#buffer.writeInt32BE(high, this.#offset);
    this.#offset = this.#buffer.writeUInt32BE(microseconds - high * 0x1_0000_0000, this.#offset + 4);
  }

  /** numeric(18,4): digits of base 10,000, of which the last one is the fraction. */
  money(value: TenThousandths): void {
    const magnitude = Math.abs(value);
    let digits = 1;
    for (let rest = Math.floor(magnitude / NUMERIC_BASE); rest > 0; rest = Math.floor(rest / NUMERIC_BASE)) {
      digits += 1;
    }
    this.#startValue(8 + 2 * digits);
    const buffer = this.#buffer;
    let offset = buffer.writeInt16BE(digits, this.#offset);
    offset = buffer.writeInt16BE(digits - 2, offset);
    offset = buffer.writeUInt16BE(value < 0 ? 0x4000 : 0, offset);
    offset = buffer.writeInt16BE(4, offset);
    let rest = magnitude;
    for (let digit = digits - 1; digit >= 0; digit -= 1) {
      buffer.writeInt16BE(rest % NUMERIC_BASE, offset + 2 * digit);
      rest = Math.floor(rest / NUMERIC_BASE);
    }
    this.#offset = offset + 2 * digits;
  }

  #startValue(length: number): void {
    this.#reserve(4 + length);
    this.#offset = this.#buffer.writeInt32BE(length, this.#offset);
  }

  #reserve(bytes: number): void {
    if (this.#offset + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#offset + bytes));
    this.#buffer.copy(larger, 0, 0, this.#offset);
    this.#buffer = larger;
  }
}
