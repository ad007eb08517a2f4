/** The methods that a run trains: the requested ones and the members of the blend. */

import { UnfitDataError } from './interactions-file.ts';

export type Wish = {
  /** By default every method, or with `blend` only its members. `blend` among them includes the blend. */
  readonly algorithms?: readonly string[];
  /** Members of the blend instead of those of the suite; includes the blend. */
  readonly blend?: readonly string[];
};

export type Selection<Contender> = {
  readonly contenders: Readonly<Record<string, Contender>>;
  /** Members; empty without a blend. */
  readonly blend: readonly string[];
};

/**
 * @param available by name
 * @param usualBlend members of the suite; unavailable ones are skipped
 * @throws {UnfitDataError} there is no such method
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
