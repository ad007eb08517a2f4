/**
 * Groups the inputs of a batch by customer, finds their owners, and identities that would merge customers who differ.
 * Inputs are processed in order, so that a batch has the same result as its inputs one by one.
 */
import { identityKey } from './identities.ts';
import {
  type ConflictReason,
  findContradiction,
  findExcess,
  type HeldIdentities,
  type IdentityPolicy,
  isSomebodyElse,
  type OnConflict,
  slotOf,
} from './identity-policy.ts';
import type { IdentityKey, PreparedCustomer } from '../input.ts';

/** One customer of the batch. */
export interface InputGroup {
  /** Indexes in the batch, ascending. */
  readonly inputIndexes: readonly number[];
  /** Stored customers of the group: none means a new customer, several are merged. */
  readonly ownerIds: readonly string[];
  /** Identities without an owner that this customer gets. */
  readonly claims: readonly IdentityKey[];
}

/** An identity of an input that its customer does not get. */
export interface GroupConflict {
  readonly inputIndex: number;
  readonly identity: IdentityKey;
  readonly reason: ConflictReason;
  /** Index of the group with the identity in its input. */
  readonly group: number;
  /** Index of the group of the owner; null without an owner. */
  readonly otherGroup: number | null;
}

export interface Grouping {
  readonly groups: readonly InputGroup[];
  readonly conflicts: readonly GroupConflict[];
}

export interface KnownOwners {
  /** Owners of the identities that have one, by `identityKey`. */
  readonly owners: ReadonlyMap<string, string>;
  /** Their identities, by id; only those of `peopleToCompare` are needed. */
  readonly held: ReadonlyMap<string, HeldIdentities>;
}

/**
 * Owners who might gain identities or be merged: those of inputs whose identities do not all belong to one customer.
 */
export function peopleToCompare(
  inputs: readonly PreparedCustomer[],
  owners: ReadonlyMap<string, string>,
): string[] {
  const ids = new Set<string>();
  for (const { identities } of inputs) {
    const ofInput = new Set(identities.map((identity) => owners.get(identityKey(identity))));
    if (ofInput.size === 1) continue;
    for (const id of ofInput) if (id !== undefined) ids.add(id);
  }
  return [...ids];
}

/** @param onConflict `merge` merges all owners of a shared identity */
export function groupInputs(
  inputs: readonly PreparedCustomer[],
  known: KnownOwners,
  policy: IdentityPolicy,
  onConflict: OnConflict,
): Grouping {
  const people = new PeopleOfBatch(known, onConflict === 'merge' ? null : policy);
  for (const [index, { identities }] of inputs.entries()) {
    people.take(index, sortByStrength(identities, policy));
  }
  return people.result();
}

function sortByStrength(identities: readonly IdentityKey[], { priority }: IdentityPolicy): IdentityKey[] {
  return identities.toSorted((one, other) => priority.indexOf(one.kind) - priority.indexOf(other.kind));
}

type Slots = Map<string, Set<string>>;

/** A customer of the batch so far. */
class Draft {
  readonly inputIndexes: number[] = [];
  readonly ownerIds: string[] = [];
  readonly claims: IdentityKey[] = [];
  readonly held: Slots;
  /** The draft that this one was merged into. */
  joinedWith: Draft | null = null;

  constructor(held: HeldIdentities = new Map()) {
    this.held = new Map(Array.from(held, ([slot, values]) => [slot, new Set(values)]));
  }

  get living(): Draft {
    return this.joinedWith === null ? this : this.joinedWith.living;
  }
}

interface DraftConflict {
  readonly inputIndex: number;
  readonly identity: IdentityKey;
  readonly reason: ConflictReason;
  readonly draft: Draft;
  readonly holder: Draft | null;
}

class PeopleOfBatch {
  readonly #known: KnownOwners;
  /** Null merges without a check. */
  readonly #policy: IdentityPolicy | null;
  readonly #byOwner = new Map<string, Draft>();
  readonly #byKey = new Map<string, Draft>();
  readonly #conflicts: DraftConflict[] = [];
  readonly #drafts = new Set<Draft>();

  constructor(known: KnownOwners, policy: IdentityPolicy | null) {
    this.#known = known;
    this.#policy = policy;
  }

  /** @param identities of one input, strongest first */
  take(inputIndex: number, identities: readonly IdentityKey[]): void {
    const given = toSlots(identities);
    const refused: { identity: IdentityKey; reason: ConflictReason; holder: Draft | null }[] = [];
    const free: IdentityKey[] = [];
    let draft: Draft | null = null;
    for (const identity of identities) {
      const holder = this.#holderOf(identity);
      if (holder === null) free.push(identity);
      else if (draft === null) {
        if (this.#isSomebodyElse(holder, given, identity)) {
          refused.push({ identity, reason: 'contradiction', holder });
        } else draft = holder;
      } else if (holder !== draft) {
        const reason = this.#compare(draft.held, given, holder.held, identity);
        if (reason === null) draft = join(draft, holder);
        else refused.push({ identity, reason, holder });
      }
    }
    draft ??= new Draft();
    this.#drafts.add(draft);
    draft.inputIndexes.push(inputIndex);
    for (const identity of free) {
      const slot = slotOf(identity);
      const reason = this.#policy === null ? null : findExcess(this.#policy, draft.held, slot);
      if (reason !== null) refused.push({ identity, reason, holder: null });
      else {
        draft.claims.push(identity);
        addTo(draft.held, slot, identityKey(identity));
        this.#byKey.set(identityKey(identity), draft);
      }
    }
    for (const conflict of refused) this.#conflicts.push({ inputIndex, draft, ...conflict });
  }

  #holderOf(identity: IdentityKey): Draft | null {
    const key = identityKey(identity);
    const claimant = this.#byKey.get(key);
    if (claimant !== undefined) return claimant.living;
    const ownerId = this.#known.owners.get(key);
    if (ownerId === undefined) return null;
    let draft = this.#byOwner.get(ownerId);
    if (draft === undefined) {
      draft = new Draft(this.#known.held.get(ownerId));
      draft.ownerIds.push(ownerId);
      this.#byOwner.set(ownerId, draft);
    }
    return draft.living;
  }

  #isSomebodyElse({ held }: Draft, given: HeldIdentities, { kind }: IdentityKey): boolean {
    return this.#policy !== null && isSomebodyElse(this.#policy, held, given, kind);
  }

  #compare(
    held: HeldIdentities,
    given: HeldIdentities,
    other: HeldIdentities,
    { kind }: IdentityKey,
  ): ConflictReason | null {
    if (this.#policy === null) return null;
    return findContradiction(this.#policy, union(held, given), held, other, kind);
  }

  result(): Grouping {
    // An owner whose identity is only in another customer's input is part of a conflict, not of the batch.
    const living = [...new Set([...this.#drafts].map((draft) => draft.living))];
    const holders = this.#conflicts.flatMap(({ holder }) => holder?.living ?? []);
    const all = [...new Set([...living, ...holders])];
    const places = new Map(all.map((draft, index) => [draft, index]));
    return {
      groups: all.map(({ inputIndexes, ownerIds, claims }) => ({
        inputIndexes: inputIndexes.toSorted((one, other) => one - other),
        ownerIds,
        claims,
      })),
      conflicts: this.#conflicts
        // A later input may have merged the two by a stronger identity.
        .filter(({ draft, holder }) => draft.living !== holder?.living)
        .map(({ inputIndex, identity, reason, draft, holder }) => ({
          inputIndex,
          identity,
          reason,
          group: places.get(draft.living)!,
          otherGroup: holder === null ? null : places.get(holder.living)!,
        })),
    };
  }
}

function toSlots(identities: readonly IdentityKey[]): Slots {
  const slots: Slots = new Map();
  for (const identity of identities) addTo(slots, slotOf(identity), identityKey(identity));
  return slots;
}

function addTo(slots: Slots, slot: string, value: string): void {
  const values = slots.get(slot);
  if (values === undefined) slots.set(slot, new Set([value]));
  else values.add(value);
}

function union(one: HeldIdentities, other: HeldIdentities): Slots {
  const slots: Slots = new Map(Array.from(one, ([slot, values]) => [slot, new Set(values)]));
  for (const [slot, values] of other) for (const value of values) addTo(slots, slot, value);
  return slots;
}

/** @returns the merged draft */
function join(one: Draft, other: Draft): Draft {
  other.joinedWith = one;
  one.inputIndexes.push(...other.inputIndexes);
  one.ownerIds.push(...other.ownerIds);
  one.claims.push(...other.claims);
  for (const [slot, values] of other.held) for (const value of values) addTo(one.held, slot, value);
  return one;
}
