/** Finds or makes the people that a batch of inputs speaks of, locked for change. Writes identities, nothing else. */
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import { groupInputs, type InputGroup } from './grouping.ts';
import { claimIdentities, identityKey, moveIdentities, readOwners } from './identities.ts';
import type { PreparedCustomer } from './input.ts';
import { lockCustomers, readFacts } from './person-rows.ts';
import { absorbPerson, emptyFacts, type Person, type PersonFacts, startPerson } from './person.ts';

/** A person, and the inputs of the batch that speak of them. */
export interface Found {
  readonly person: Person;
  readonly inputIndexes: readonly number[];
}

/** Others can take an identity or merge a person between our steps; each such turn needs another writer's commit. */
const MAX_ATTEMPTS = 10;

/**
 * People by identities, whom nobody else can change until the transaction ends. Where a group's identities belong to
 * several people, the oldest takes in the others.
 */
export async function findOrStartPeople(
  db: Database,
  keyring: Keyring,
  inputs: readonly PreparedCustomer[],
  at: Date,
): Promise<Found[]> {
  const byKey = new Map(inputs.flatMap((input) => input.identities).map((one) => [identityKey(one), one]));
  const identities = [...byKey.values()];
  /** Ids made here, which have no row in `customers` yet. */
  const newIds = new Set<string>();

  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const owners = await readOwners(db, identities);
    const groups = groupInputs(inputs, owners).map((group) => ({ group, id: chooseId(group, newIds, at) }));
    const claims = groups.flatMap(({ group, id }) =>
      group.inputIndexes
        .flatMap((index) => inputs[index]!.identities)
        .filter((identity) => !owners.has(identityKey(identity)))
        .map((identity) => [identityKey(identity), { identity, customerId: id }] as const),
    );
    const isGranted = await claimIdentities(db, [...new Map(claims).values()], at);
    if (!isGranted) continue;

    const ownerIds = groups.flatMap(({ group }) => group.ownerIds);
    const rows = await lockCustomers(
      db,
      ownerIds.filter((id) => !newIds.has(id)),
    );
    const merged = rows.filter((row) => row.mergedIntoId !== null);
    if (merged.length > 0) {
      // Merged while we waited for the lock: what we claimed for them goes where they went.
      await moveIdentities(
        db,
        merged.map((row) => row.mergedIntoId!),
        merged.map((row) => row.id),
      );
      continue;
    }

    const facts = await readFacts(db, keyring, rows);
    const found = groups.map(({ group, id }) => startGroup(group, id, facts, at));
    // An id made here may have got some identities while others of its group went to somebody.
    const strays = found.flatMap(({ person, group }) =>
      group.ownerIds.filter((id) => newIds.has(id) && id !== person.id).map((id) => [person.id, id] as const),
    );
    await moveIdentities(
      db,
      strays.map(([keptId]) => keptId),
      strays.map(([, strayId]) => strayId),
    );
    return found.map(({ person, group }) => ({ person, inputIndexes: group.inputIndexes }));
  }
  throw new Error(`identities changed hands ${MAX_ATTEMPTS} times during one upsert`);
}

/** Who gets the identities that nobody has: anyone of the group, since the group becomes one person. */
function chooseId(group: InputGroup, newIds: Set<string>, at: Date): string {
  const known = group.ownerIds.find((id) => !newIds.has(id)) ?? group.ownerIds[0];
  if (known !== undefined) return known;
  const id = createId(at.getTime());
  newIds.add(id);
  return id;
}

function startGroup(
  group: InputGroup,
  newId: string,
  facts: ReadonlyMap<string, PersonFacts>,
  at: Date,
): { readonly person: Person; readonly group: InputGroup } {
  const known = group.ownerIds
    .filter((id) => facts.has(id))
    .toSorted((one, other) => compareAge(one, other, facts));
  const [keptId, ...others] = known;
  if (keptId === undefined) return { person: startPerson(newId, true, emptyFacts(at)), group };
  const person = startPerson(keptId, false, facts.get(keptId)!);
  for (const id of others) absorbPerson(person, id, facts.get(id)!);
  return { person, group };
}

/** The person known for longest first; the id settles a tie. */
function compareAge(one: string, other: string, facts: ReadonlyMap<string, { createdAt: Date }>): number {
  const difference = facts.get(one)!.createdAt.getTime() - facts.get(other)!.createdAt.getTime();
  return difference || (one < other ? -1 : 1);
}
