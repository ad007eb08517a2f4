/**
 * Which inputs of a batch speak of one person, which people they are, and which identities would join people who differ.
 * Inputs are taken one after the other, so that a batch ends like the same inputs one by one. Touches no database.
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

/** One person of the batch. */
export interface InputGroup {
  /** Row numbers of the batch, ascending. */
  readonly inputIndexes: readonly number[];
  /** People who are this one: none is a new person, several become one. */
  readonly ownerIds: readonly string[];
  /** Identities that nobody has and this person gets. */
  readonly claims: readonly IdentityKey[];
}

/** An identity that an input came with and its person does not get. */
export interface GroupConflict {
  readonly inputIndex: number;
  readonly identity: IdentityKey;
  readonly reason: ConflictReason;
  /** Place of who came with it in the groups. */
  readonly group: number;
  /** Place of who has it; null where nobody has. */
  readonly otherGroup: number | null;
}

export interface Grouping {
  readonly groups: readonly InputGroup[];
  readonly conflicts: readonly GroupConflict[];
}

export interface KnownOwners {
  /** Owners of those identities that have one, by `identityKey`. */
  readonly owners: ReadonlyMap<string, string>;
  /** What they have, by id; needed of `peopleToCompare` alone. */
  readonly held: ReadonlyMap<string, HeldIdentities>;
}

/** Owners who might get more identities, or be joined: those of inputs that are not wholly one person's already. */
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

/** @param onConflict `merge` joins whatever shares an identity */
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

/** A person as the batch sees them so far. */
class Draft {
  readonly inputIndexes: number[] = [];
  readonly ownerIds: string[] = [];
  readonly claims: IdentityKey[] = [];
  readonly held: Slots;
  /** Who took this one in. */
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
  /** Null joins without a look. */
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
        const reason = this.#compare(union(draft.held, given), holder.held, identity);
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

  #compare(one: HeldIdentities, other: HeldIdentities, shared: IdentityKey): ConflictReason | null {
    return this.#policy === null ? null : findContradiction(this.#policy, one, other, shared.kind);
  }

  result(): Grouping {
    // Who only has an identity that somebody else came with is a part of a conflict, not of the batch.
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
        // A later input may have joined the two by something stronger.
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

/** @returns the one that is both now */
function join(one: Draft, other: Draft): Draft {
  other.joinedWith = one;
  one.inputIndexes.push(...other.inputIndexes);
  one.ownerIds.push(...other.ownerIds);
  one.claims.push(...other.claims);
  for (const [slot, values] of other.held) for (const value of values) addTo(one.held, slot, value);
  return one;
}
