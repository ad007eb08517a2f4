/** Typed arrays as pieces of bytes and back. The form in which models are stored; knows no model. */
import type { ModelParts, PartArray } from '../recommenders/recommender.ts';

/** Small enough that writing, reading or decoding a piece holds up the process for a few milliseconds only. */
const CHUNK_BYTES = 1024 * 1024;

export interface ModelChunk {
  readonly part: string;
  /** Place among the pieces of the part, from 0. */
  readonly piece: number;
  readonly bytes: Uint8Array;
}

/** Numbers are stored as they lie in memory, low byte first, as on every machine that Node runs on. */
export function* splitIntoChunks(parts: ModelParts): Generator<ModelChunk> {
  for (const [part, array] of Object.entries(parts)) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    // An empty part has one empty piece, so that it exists.
    for (let piece = 0; piece === 0 || piece * CHUNK_BYTES < bytes.length; piece += 1) {
      yield { part, piece, bytes: bytes.subarray(piece * CHUNK_BYTES, (piece + 1) * CHUNK_BYTES) };
    }
  }
}

export interface PartReader {
  /** Takes the next piece; a few milliseconds at most. */
  append(bytes: Uint8Array): void;
  finish(): PartArray;
}

/** Joins pieces one by one as they are read: a part of 50 MB joined at once would hold up requests. */
export function openPart(part: string, byteLength: number): PartReader {
  const bytes = new Uint8Array(byteLength);
  let end = 0;
  return {
    append(piece) {
      bytes.set(piece, end);
      end += piece.length;
    },
    finish: () => readAs(part.slice(part.lastIndexOf('.') + 1), bytes.buffer),
  };
}

function readAs(type: string, buffer: ArrayBuffer): PartArray {
  if (type === 'f32') return new Float32Array(buffer);
  if (type === 'f64') return new Float64Array(buffer);
  if (type === 'u32') return new Uint32Array(buffer);
  if (type === 'i32') return new Int32Array(buffer);
  return new Uint8Array(buffer);
}
