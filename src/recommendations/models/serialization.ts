/** Typed arrays as chunks of bytes and back: the storage format of models. */
import type { ModelParts, PartArray } from '../recommenders/recommender.ts';

/** Small enough that writing, reading or decoding a chunk blocks the process for only a few milliseconds. */
const CHUNK_BYTES = 1024 * 1024;

export interface ModelChunk {
  readonly part: string;
  /** Index among the chunks of the part. */
  readonly piece: number;
  readonly bytes: Uint8Array;
}

/** Numbers are stored in memory order, little-endian, as on every machine that Node runs on. */
export function* splitIntoChunks(parts: ModelParts): Generator<ModelChunk> {
  for (const [part, array] of Object.entries(parts)) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    // An empty part has one empty chunk, so that it exists.
    for (let piece = 0; piece === 0 || piece * CHUNK_BYTES < bytes.length; piece += 1) {
      yield { part, piece, bytes: bytes.subarray(piece * CHUNK_BYTES, (piece + 1) * CHUNK_BYTES) };
    }
  }
}

export interface PartReader {
  /** Adds the next chunk; a few milliseconds at most. */
  append(bytes: Uint8Array): void;
  finish(): PartArray;
}

/** Joins chunks one by one as they are read: joining 50 MB at once would block requests. */
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
