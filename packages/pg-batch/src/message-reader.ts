/** Messages of the protocol as they come in: finds where each begins, whatever the chunks. Knows no message. */

/** @param start behind the length; the bytes are lent until the call returns */
export type OnMessage = (type: number, bytes: Buffer, start: number, end: number) => void;

/** A letter and the length, which counts itself and not the letter. */
const HEAD_BYTES = 5;
const INITIAL_BYTES = 65_536;

export class MessageReader {
  readonly #onMessage: OnMessage;
  /** The start of a message whose rest is still to come; only such ones are copied. */
  #partial: Buffer = Buffer.alloc(0);
  #partialLength = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  read(chunk: Buffer, length: number): void {
    let at = this.#partialLength === 0 ? 0 : this.#completePartial(chunk, length);
    while (length - at >= HEAD_BYTES) {
      const end = at + 1 + readLength(chunk, at);
      if (end > length) break;
      this.#onMessage(chunk[at]!, chunk, at + HEAD_BYTES, end);
      at = end;
    }
    if (at < length) this.#keep(chunk, at, length);
  }

  /** @returns how much of the chunk belonged to the message that had begun before it */
  #completePartial(chunk: Buffer, length: number): number {
    let at = 0;
    if (this.#partialLength < HEAD_BYTES) {
      at = Math.min(length, HEAD_BYTES - this.#partialLength);
      this.#keep(chunk, 0, at);
      if (this.#partialLength < HEAD_BYTES) return at;
    }
    const end = 1 + readLength(this.#partial, 0);
    const missing = Math.min(end - this.#partialLength, length - at);
    this.#reserve(end);
    this.#keep(chunk, at, at + missing);
    if (this.#partialLength < end) return length;
    this.#onMessage(this.#partial[0]!, this.#partial, HEAD_BYTES, end);
    this.#partialLength = 0;
    // A row of many megabytes is rare: its buffer is not kept for the next.
    if (this.#partial.length > INITIAL_BYTES) this.#partial = Buffer.alloc(0);
    return at + missing;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    this.#reserve(this.#partialLength + end - start);
    chunk.copy(this.#partial, this.#partialLength, start, end);
    this.#partialLength += end - start;
  }

  #reserve(count: number): void {
    if (count <= this.#partial.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(count, INITIAL_BYTES));
    this.#partial.copy(grown, 0, 0, this.#partialLength);
    this.#partial = grown;
  }
}

function readLength(bytes: Buffer, at: number): number {
  return (bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
}
