/** Which methods a run trains: those asked for and the members of the blend, no other. Trains none. */

import { UnfitDataError } from './interactions-file.ts';

export type Wish = {
  /** Left out: every method, or with `blend` its members alone. `blend` among them asks for the blend. */
  readonly algorithms?: readonly string[];
  /** Members of the blend instead of the suite's own; asks for the blend by itself. */
  readonly blend?: readonly string[];
};

export type Selection<Contender> = {
  readonly contenders: Readonly<Record<string, Contender>>;
  /** Members; empty where no blend is wanted. */
  readonly blend: readonly string[];
};

/**
 * @param available by name
 * @param usualBlend the suite's own members; those that are not available are left out
 * @throws {UnfitDataError} a method of that name does not exist here
 */
export function selectContenders<Contender>(
  available: Readonly<Record<string, Contender>>,
  usualBlend: readonly string[],
  { algorithms, blend }: Wish,
): Selection<Contender> {
  const names = Object.keys(available);
  for (const name of [...(algorithms ?? []), ...(blend ?? [])]) {
    const isBlend = name === 'blend' && algorithms?.includes(name) === true;
    if (isBlend || names.includes(name)) continue;
    throw new UnfitDataError(`expected algorithms of ${names.join(', ')}, blend; got ${name}`);
  }
  const isBlended = blend !== undefined || algorithms === undefined || algorithms.includes('blend');
  const members = isBlended ? (blend ?? usualBlend.filter((name) => names.includes(name))) : [];
  const wanted = new Set([...(algorithms ?? (blend ? [] : names)), ...members]);
  return {
    contenders: Object.fromEntries(Object.entries(available).filter(([name]) => wanted.has(name))),
    blend: members,
  };
}
