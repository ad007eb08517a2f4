/** Messages of the protocol on their way out, in one buffer that goes down the socket at once. Knows no statement. */

const INITIAL_BYTES = 16_384;
/** Longer ones are not kept for the next turn. */
const MOST_KEPT_BYTES = 1_048_576;
/** Text up to here is written byte by byte, which is quicker than a call into the runtime. */
const SHORT_TEXT = 24;

export class MessageWriter {
  bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  length = 0;
  /** With the system, oldest first, and one that came back. */
  readonly #lent: Buffer[] = [];
  #spare: Buffer | null = null;

  /** @returns where its length stands, for `end` */
  begin(type: number): number {
    this.reserve(5);
    this.bytes[this.length] = type;
    this.length += 5;
    return this.length - 4;
  }

  /** Writes the length of what came since: it counts itself. */
  end(start: number): void {
    this.setInt32(start, this.length - start);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  int16(value: number): void {
    this.reserve(2);
    this.bytes[this.length] = value >>> 8;
    this.bytes[this.length + 1] = value;
    this.length += 2;
  }

  int32(value: number): void {
    this.reserve(4);
    this.setInt32(this.length, value);
    this.length += 4;
  }

  setInt32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    const start = this.length;
    if (value.length <= SHORT_TEXT) {
      const { bytes } = this;
      let at = 0;
      for (; at < value.length; at += 1) {
        const code = value.charCodeAt(at);
        if (code > 0x7f) break;
        bytes[start + at] = code;
      }
      if (at === value.length) {
        this.length += at;
        return;
      }
    }
    this.length += this.bytes.write(value, start, 'utf8');
  }

  /** A text that ends in a zero, as names do. */
  name(value: string): void {
    this.text(value);
    this.byte(0);
  }

  raw(part: Uint8Array): void {
    this.reserve(part.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Hands over what was written; `free` once the system has it. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    const whole = this.bytes;
    this.bytes = this.#spare ?? Buffer.allocUnsafe(INITIAL_BYTES);
    this.#spare = null;
    this.length = 0;
    this.#lent.push(whole);
    return taken;
  }

  /** The oldest of the buffers that were handed over is ours again. */
  free(): void {
    const whole = this.#lent.shift()!;
    if (whole.length <= MOST_KEPT_BYTES) this.#spare = whole;
  }
}
