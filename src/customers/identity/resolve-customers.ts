/** Finds or creates the customers of a batch of inputs, locked for change. Writes only identities. */
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

/** A customer, and the inputs of the batch about them. */
export interface Found {
  readonly person: Person;
  readonly inputIndexes: readonly number[];
  /** Whether they gained an identity that had no owner. */
  readonly hasNewIdentity: boolean;
}

/** An identity of an input that its customer does not get. */
export interface FoundConflict {
  readonly inputIndex: number;
  readonly identity: IdentityKey;
  readonly reason: ConflictReason;
  /** The customer of the input. */
  readonly customerId: string;
  /** The owner; null where there is none. */
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

/**
 * Other writers can claim an identity or merge a customer between two steps; each retry means that another writer
 * committed.
 */
const MAX_ATTEMPTS = 10;

/**
 * Finds customers by identities and locks them until the transaction ends. Where a group's identities belong to several
 * customers, they are merged into the oldest. Owners are locked before they are compared, so that two writers cannot
 * each give one customer contradicting ids.
 * @throws {IdentityConflictError} identities contradict each other, and the policy is to reject.
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
    // Merged while this transaction waited for the lock: their identities moved with them.
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

    // Customers who only own an identity of another customer's input stay unchanged.
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

/** In a savepoint: a retry must not hold identities for which others wait. */
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

/** Rolls back the claims made with one that another writer got first. */
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

/** The oldest customer first; the id breaks ties. */
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
