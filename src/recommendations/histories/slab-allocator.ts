/** Slab allocator for histories: allocating each one separately would take longer than filling it. */

/** Zeroed from `start` on, as typed arrays for histories. */
export interface Allocation {
  readonly memory: ArrayBuffer;
  readonly doubles: Float64Array;
  readonly floats: Float32Array;
  readonly integers: Uint32Array;
  /** In bytes, a multiple of 8. */
  readonly start: number;
}

/** Histories of a page or two. */
const SLAB_BYTES = 2 ** 16;

let slab = createSlab(SLAB_BYTES);
let used = 0;

/** An exclusive range; it lives as long as any range of its slab is used. */
export function allocate(byteCount: number): Allocation {
  const rounded = Math.ceil(byteCount / 8) * 8;
  if (used + rounded > slab.memory.byteLength) {
    slab = createSlab(Math.max(SLAB_BYTES, rounded));
    used = 0;
  }
  const start = used;
  used += rounded;
  const { memory, doubles, floats, integers } = slab;
  return { memory, doubles, floats, integers, start };
}

function createSlab(byteLength: number): Omit<Allocation, 'start'> {
  const memory = new ArrayBuffer(byteLength);
  return {
    memory,
    doubles: new Float64Array(memory),
    floats: new Float32Array(memory),
    integers: new Uint32Array(memory),
  };
}
