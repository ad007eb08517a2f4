/** Which inputs of a batch speak of one person: those that share an identity, or an owner of one. Touches no database. */
import { identityKey } from './identities.ts';
import type { PreparedCustomer } from './input.ts';

export interface InputGroup {
  /** Row numbers of the batch, ascending. */
  readonly inputIndexes: readonly number[];
  /** People who own identities of the group: none is a new person, several are one. */
  readonly ownerIds: readonly string[];
}

/**
 * Disjoint sets by union with path halving.
 * @param owners of those identities that have one, by `identityKey`
 */
export function groupInputs(
  inputs: readonly PreparedCustomer[],
  owners: ReadonlyMap<string, string>,
): InputGroup[] {
  const parents = inputs.map((_, index) => index);
  const findRoot = (start: number): number => {
    let index = start;
    while (parents[index] !== index) {
      parents[index] = parents[parents[index]!]!;
      index = parents[index]!;
    }
    return index;
  };
  const firstBy = new Map<string, number>();
  const join = (key: string, index: number) => {
    const first = firstBy.get(key);
    if (first === undefined) firstBy.set(key, index);
    else parents[findRoot(index)] = findRoot(first);
  };

  for (const [index, input] of inputs.entries()) {
    for (const identity of input.identities) {
      const key = identityKey(identity);
      join(key, index);
      const owner = owners.get(key);
      if (owner !== undefined) join(owner, index);
    }
  }

  const byRoot = Map.groupBy(inputs.keys(), findRoot);
  return [...byRoot.values()].map((inputIndexes) => ({
    inputIndexes,
    ownerIds: [
      ...new Set(
        inputIndexes
          .flatMap((index) => inputs[index]!.identities)
          .flatMap((identity) => owners.get(identityKey(identity)) ?? []),
      ),
    ],
  }));
}
