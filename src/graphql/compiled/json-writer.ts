/**
 * Writes JSON as bytes into memory that successive runs reuse. Text grown by `+` made three times the garbage. Knows no
 * type of the schema.
 */

const FIRST_BYTES = 64 * 1024;
/** More memory than this is released: a large response is rare. */
const MAX_BYTES_KEPT = 1024 * 1024;
const MAX_KEPT = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const POINT = 0x2e;
const EQUALS_SIGN = 0x3d;

/** Decimals with up to this many digits are written without conversion to text. */
const FRACTION_DIGITS = 9;
const FRACTION = 10 ** FRACTION_DIGITS;
/** Below it a number and its fraction have at most 15 digits together. */
const MAX_WHOLE = 10 ** 6;
/** Smaller numbers are written with an exponent. */
const MIN_DECIMAL = 1e-6;

const MS_PER_DAY = 86_400_000;
const INSTANT = Buffer.from('"0000-00-00T00:00:00.000Z"');

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** Buffer of the text that is encoded as base64. */
const plain = Buffer.alloc(192);

const encoder = new TextEncoder();
const spare: Buffer<ArrayBuffer>[] = [];

export class JsonWriter {
  #bytes: Buffer<ArrayBuffer> = spare.pop() ?? Buffer.from(new ArrayBuffer(FIRST_BYTES));
  /** Bytes written so far. */
  length = 0;

  /** @param text of characters below 0x80 */
  writeAscii(text: string): void {
    const size = text.length;
    const bytes = this.#reserve(size);
    const start = this.length;
    for (let index = 0; index < size; index += 1) bytes[start + index] = text.charCodeAt(index);
    this.length = start + size;
  }

  /** Quoted and escaped. */
  writeString(text: string): void {
    const size = text.length;
    const bytes = this.#reserve(size + 2);
    let end = this.length;
    bytes[end] = QUOTE;
    end += 1;
    for (let index = 0; index < size; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.writeJson(JSON.stringify(text));
        return;
      }
      bytes[end] = code;
      end += 1;
    }
    bytes[end] = QUOTE;
    this.length = end + 1;
  }

  /** @param json serialized text of any characters */
  writeJson(json: string): void {
    const bytes = this.#reserve(json.length * 3);
    this.length += encoder.encodeInto(json, bytes.subarray(this.length)).written;
  }

  /** As JSON.stringify would. @param value finite */
  writeNumber(value: number): void {
    if (value >= 0 && value < MAX_WHOLE) {
      const whole = value | 0;
      if (whole === value) {
        this.#writeWhole(whole);
        return;
      }
      // A decimal of up to 15 digits is the shortest form of its number if it parses to that number.
      const scaled = Math.round(value * FRACTION);
      if (scaled / FRACTION === value && value >= MIN_DECIMAL) {
        this.#writeWhole(whole);
        this.#writeFraction(scaled - whole * FRACTION);
        return;
      }
    }
    this.writeAscii(`${value}`);
  }

  #writeWhole(value: number): void {
    let end = this.length + 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end += 1;
    const bytes = this.#reserve(7);
    let rest = value;
    for (let index = end - 1; index >= this.length; index -= 1) {
      const tens = (rest / 10) | 0;
      bytes[index] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.length = end;
  }

  /** @param value above 0, in units of 1 / FRACTION */
  #writeFraction(value: number): void {
    let digits = FRACTION_DIGITS;
    let rest = value;
    while (rest % 10 === 0) {
      rest /= 10;
      digits -= 1;
    }
    const bytes = this.#reserve(1 + digits);
    bytes[this.length] = POINT;
    for (let index = this.length + digits; index > this.length; index -= 1) {
      const tens = (rest / 10) | 0;
      bytes[index] = ZERO + rest - tens * 10;
      rest = tens;
    }
    this.length += 1 + digits;
  }

  /** Both texts, concatenated, in base64 (RFC 4648, section 4), quoted; both of characters below 0x80. */
  writeBase64(first: string, second: string): void {
    const size = first.length + second.length;
    if (size > plain.length - 2) {
      this.writeString(btoa(first + second));
      return;
    }
    for (let index = 0; index < first.length; index += 1) plain[index] = first.charCodeAt(index);
    for (let index = first.length; index < size; index += 1)
      plain[index] = second.charCodeAt(index - first.length);
    plain[size] = 0;
    plain[size + 1] = 0;
    const bytes = this.#reserve(size * 2 + 6);
    let end = this.length;
    bytes[end] = QUOTE;
    end += 1;
    for (let index = 0; index < size; index += 3) {
      const bits = (plain[index]! << 16) | (plain[index + 1]! << 8) | plain[index + 2]!;
      bytes[end] = BASE64[bits >> 18]!;
      bytes[end + 1] = BASE64[(bits >> 12) & 63]!;
      bytes[end + 2] = BASE64[(bits >> 6) & 63]!;
      bytes[end + 3] = BASE64[bits & 63]!;
      end += 4;
    }
    const rest = size % 3;
    if (rest > 0) bytes[end - 1] = EQUALS_SIGN;
    if (rest === 1) bytes[end - 2] = EQUALS_SIGN;
    bytes[end] = QUOTE;
    this.length = end + 1;
  }

  /** Quoted RFC 3339 in UTC with milliseconds. @param time ms since 1970, within the years 1000 to 9999 */
  writeInstant(time: number): void {
    const bytes = this.#reserve(26);
    const start = this.length;
    const day = Math.floor(time / MS_PER_DAY);
    const rest = time - day * MS_PER_DAY;
    // The civil date of a day number, with years that begin in March (Hinnant, "chrono-compatible low-level date
    // algorithms").
    const sinceEra = day + 719_468;
    const era = Math.floor(sinceEra / 146_097);
    const dayOfEra = sinceEra - era * 146_097;
    const yearOfEra =
      ((dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0)) / 365) |
      0;
    const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
    const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
    const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
    const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    const dayOfMonth = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1;
    bytes.set(INSTANT, start);
    writeDigits(bytes, start + 1, (year / 100) | 0);
    writeDigits(bytes, start + 3, year % 100);
    writeDigits(bytes, start + 6, month);
    writeDigits(bytes, start + 9, dayOfMonth);
    writeDigits(bytes, start + 12, (rest / 3_600_000) | 0);
    writeDigits(bytes, start + 15, ((rest / 60_000) | 0) % 60);
    writeDigits(bytes, start + 18, ((rest / 1000) | 0) % 60);
    const milliseconds = rest % 1000;
    bytes[start + 21] = ZERO + ((milliseconds / 100) | 0);
    writeDigits(bytes, start + 22, milliseconds % 100);
    this.length = start + 26;
  }

  writeByte(byte: number): void {
    this.#reserve(1)[this.length] = byte;
    this.length += 1;
  }

  copy(start: number, end: number, target: Uint8Array, offset: number): void {
    this.#bytes.copy(target, offset, start, end);
  }

  /** Releases the memory; nothing may be written or copied afterwards. */
  release(): void {
    if (this.#bytes.length <= MAX_BYTES_KEPT && spare.length < MAX_KEPT) spare.push(this.#bytes);
    this.#bytes = NOTHING;
  }

  #reserve(size: number): Buffer<ArrayBuffer> {
    if (this.length + size > this.#bytes.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(this.#bytes.length * 2, this.length + size)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

function writeDigits(bytes: Uint8Array, index: number, number: number): void {
  const tens = (number / 10) | 0;
  bytes[index] = ZERO + tens;
  bytes[index + 1] = ZERO + number - tens * 10;
}

const NOTHING = Buffer.from(new ArrayBuffer(0));
