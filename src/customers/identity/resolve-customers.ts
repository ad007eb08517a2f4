/** Finds or makes the people that a batch of inputs speaks of, locked for change. Writes identities, nothing else. */
import type { Keyring } from '#platform/crypto/keyring.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';

import { type ConflictingIdentity, IdentityConflictError } from '../errors.ts';
import { type Grouping, groupInputs, type InputGroup, peopleToCompare } from './grouping.ts';
import { claimIdentities, type IdentityClaim, identityKey, readHeld, readOwners } from './identities.ts';
import type { ConflictReason, IdentityPolicy, OnConflict } from './identity-policy.ts';
import type { IdentityKey, PreparedCustomer } from '../input.ts';
import { lockCustomers, readFacts } from './customer-rows.ts';
import { absorbPerson, emptyFacts, type Person, type PersonFacts, startPerson } from './customer-facts.ts';

/** A person, and the inputs of the batch that speak of them. */
export interface Found {
  readonly person: Person;
  readonly inputIndexes: readonly number[];
  /** Whether they got an identity that nobody had. */
  readonly hasNewIdentity: boolean;
}

/** An identity that an input came with and its person does not get. */
export interface FoundConflict {
  readonly inputIndex: number;
  readonly identity: IdentityKey;
  readonly reason: ConflictReason;
  /** Who came with it. */
  readonly customerId: string;
  /** Who has it; null where nobody has. */
  readonly otherId: string | null;
}

export interface FoundPeople {
  readonly found: readonly Found[];
  readonly conflicts: readonly FoundConflict[];
}

export interface FindOptions {
  readonly policy: IdentityPolicy;
  readonly onConflict: OnConflict;
  readonly at: Date;
}

/** Others can take an identity or merge a person between our steps; each such turn needs another writer's commit. */
const MAX_ATTEMPTS = 10;

/**
 * People by identities, whom nobody else can change until the transaction ends. Where a group's identities belong to
 * several people, the oldest takes in the others. Owners are locked before they are compared, so that no two writers
 * can each give one person an id that contradicts the other's.
 * @throws {IdentityConflictError} identities contradict each other, and conflicts are to be rejected.
 */
export async function findOrStartPeople(
  db: Database,
  keyring: Keyring,
  inputs: readonly PreparedCustomer[],
  { policy, onConflict, at }: FindOptions,
): Promise<FoundPeople> {
  const byKey = new Map(inputs.flatMap((input) => input.identities).map((one) => [identityKey(one), one]));
  const identities = [...byKey.values()];

  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const owners = await readOwners(db, identities);
    const rows = await lockCustomers(db, [...new Set(owners.values())]);
    // Merged while we waited for the lock: their identities went with them.
    if (rows.some((row) => row.mergedIntoId !== null)) continue;

    const held = await readHeld(db, peopleToCompare(inputs, owners));
    const { groups, conflicts } = groupInputs(inputs, { owners, held }, policy, onConflict);
    if (conflicts.length > 0 && onConflict === 'reject') throw toError(groups, conflicts);
    const ids = groups.map(({ ownerIds }) => ownerIds[0] ?? createId(at.getTime()));
    const isGranted = await claimAll(
      db,
      groups.flatMap(({ claims }, index) =>
        claims.map((identity) => ({ identity, customerId: ids[index]! })),
      ),
      at,
    );
    if (!isGranted) continue;

    // Others who only have an identity that somebody else came with stay as they are.
    const spokenOf = new Set(
      groups.flatMap(({ inputIndexes, ownerIds }) => (inputIndexes.length === 0 ? [] : ownerIds)),
    );
    const facts = await readFacts(
      db,
      keyring,
      rows.filter(({ id }) => spokenOf.has(id)),
    );
    const people = groups.map((group, index) => startGroup(group, ids[index]!, facts, at));
    return {
      found: groups.flatMap(({ inputIndexes, claims }, index) =>
        inputIndexes.length === 0
          ? []
          : [{ person: people[index]!, inputIndexes, hasNewIdentity: claims.length > 0 }],
      ),
      conflicts: conflicts.map(({ group, otherGroup, ...conflict }) => ({
        ...conflict,
        customerId: people[group]!.id,
        otherId: otherGroup === null ? null : people[otherGroup]!.id,
      })),
    };
  }
  throw new Error(`identities changed hands ${MAX_ATTEMPTS} times during one upsert`);
}

/** In a savepoint: who has to look again holds no identity for which others wait. */
async function claimAll(db: Database, claims: readonly IdentityClaim[], at: Date): Promise<boolean> {
  if (claims.length === 0) return true;
  try {
    await db.transaction(async (savepoint) => {
      if (!(await claimIdentities(savepoint, claims, at))) throw new ClaimTakenError();
    });
    return true;
  } catch (error) {
    if (error instanceof ClaimTakenError) return false;
    throw error;
  }
}

/** Takes back the claims beside one that somebody else got first. */
class ClaimTakenError extends Error {
  override readonly name = 'ClaimTakenError';
}

function startGroup(
  { ownerIds }: InputGroup,
  id: string,
  facts: ReadonlyMap<string, PersonFacts>,
  at: Date,
): Person {
  const known = ownerIds
    .filter((ownerId) => facts.has(ownerId))
    .toSorted((one, other) => compareAge(one, other, facts));
  const [keptId, ...others] = known;
  if (keptId === undefined) return startPerson(id, true, emptyFacts(at));
  const person = startPerson(keptId, false, facts.get(keptId)!);
  for (const ownerId of others) absorbPerson(person, ownerId, facts.get(ownerId)!);
  return person;
}

/** The person known for longest first; the id settles a tie. */
function compareAge(one: string, other: string, facts: ReadonlyMap<string, { createdAt: Date }>): number {
  const difference = facts.get(one)!.createdAt.getTime() - facts.get(other)!.createdAt.getTime();
  return difference || (one < other ? -1 : 1);
}

function toError(groups: Grouping['groups'], conflicts: Grouping['conflicts']): IdentityConflictError {
  return new IdentityConflictError(
    conflicts.map(({ inputIndex, identity, reason, otherGroup }): ConflictingIdentity => ({
      inputIndex,
      kind: identity.kind,
      source: identity.source,
      reason,
      otherId: otherGroup === null ? null : (groups[otherGroup]!.ownerIds[0] ?? null),
    })),
  );
}
