/** A task for a team: inverts one matrix of a shared memory. */

import { type Matrix } from '#numeric/dense.ts';
import { createKernel } from '#numeric/kernel/kernel.ts';
import { type FactorScratch, invert } from '#numeric/positive-definite.ts';
import { type Member } from '#numeric/team.ts';

type Input = { readonly memory: WebAssembly.Memory; readonly a: Matrix; readonly scratch: FactorScratch };

export function invertShared({ memory, a, scratch }: Input, member: Member): void {
  invert(createKernel(memory, member.index), member, a, scratch);
}

/** @public fails on the helper threads */
export function failOnHelpers(_: null, member: Member): void {
  if (member.index > 0) throw new Error('a helper fails');
  member.barrier();
}
