/** Tasks for teams: one that inverts a matrix of a shared memory, one that fails, one that tells. */

import { getPriority } from 'node:os';
import { type Matrix } from '#numeric/dense.ts';
import { createKernel } from '#numeric/kernel/kernel.ts';
import { type FactorScratch, invert } from '#numeric/positive-definite.ts';
import { type PoolWorker } from '#numeric/worker-pool.ts';

type Input = { readonly memory: WebAssembly.Memory; readonly a: Matrix; readonly scratch: FactorScratch };

export function invertShared({ memory, a, scratch }: Input, member: PoolWorker): void {
  invert(createKernel(memory, member.index), member, a, scratch);
}

/** @public fails on the helper threads */
export function failOnHelpers(_: null, member: PoolWorker): void {
  if (member.index > 0) throw new Error('a helper fails');
  member.barrier();
}

/** @public notes each member's priority */
export function notePriority(priorities: Int32Array, member: PoolWorker): void {
  priorities[member.index] = getPriority();
}
