/**
 * What an identity may do: which texts are none, which kind weighs more than another, how many of a kind one person may
 * have, and so when an identity that two people share joins them and when it is a conflict. Touches no database.
 */
import { perApp } from '#platform/app.ts';

import type { IdentityKind } from '../input.ts';
import { createPlaceholders, type IsPlaceholder } from './placeholders.ts';

/**
 * What to do with an identity that would join people whom stronger identities tell apart. `keep` leaves it where it is
 * and reports it, `reject` writes nothing, `merge` makes one person of them.
 */
export type OnConflict = 'reject' | 'keep' | 'merge';

/** `contradiction`: stronger identities differ. `limit`: one person would have too many of a kind. */
export type ConflictReason = 'contradiction' | 'limit';

export interface IdentityPolicy {
  readonly isPlaceholder: IsPlaceholder;
  /** Strongest first. */
  readonly priority: readonly IdentityKind[];
  /** Most values that one person gets of a kind; of external ids, most of one source. */
  readonly limits: Readonly<Record<IdentityKind, number>>;
}

export const identityPolicy = perApp(({ config }): IdentityPolicy => {
  const { priority, limits, placeholders } = config.identities;
  return { isPlaceholder: createPlaceholders(placeholders), priority, limits };
});

/** Identities of a person by slot: by kind, of external ids by source too. Values are keys that tell them apart. */
export type HeldIdentities = ReadonlyMap<string, ReadonlySet<string>>;

export function slotOf({ kind, source }: { readonly kind: string; readonly source: string }): string {
  return kind === 'external' ? `external ${source}` : kind;
}

function kindOf(slot: string): IdentityKind {
  return slot.startsWith('external ') ? 'external' : (slot as IdentityKind);
}

/** Whether one kind is stronger than another. */
function isStronger({ priority }: IdentityPolicy, kind: IdentityKind, other: IdentityKind): boolean {
  return priority.indexOf(kind) < priority.indexOf(other);
}

/**
 * Whether an input that shares an identity of this kind with a person is about somebody else: both have identities at
 * least as strong, none in common, and more together than one person may have. A stronger kind tells apart by any
 * difference. With one external id a source, two ids of one source always keep people apart.
 */
export function isSomebodyElse(
  policy: IdentityPolicy,
  person: HeldIdentities,
  given: HeldIdentities,
  sharedKind: IdentityKind,
): boolean {
  for (const [slot, values] of given) {
    const kind = kindOf(slot);
    const held = person.get(slot);
    if (held === undefined || isStronger(policy, sharedKind, kind) || countCommon(held, values) > 0) continue;
    if (isStronger(policy, kind, sharedKind) || held.size + values.size > policy.limits[kind]) return true;
  }
  return false;
}

/** Why an identity of this kind must not make one of two people; null where it may. */
export function findContradiction(
  policy: IdentityPolicy,
  one: HeldIdentities,
  other: HeldIdentities,
  sharedKind: IdentityKind,
): ConflictReason | null {
  for (const [slot, values] of other) {
    const own = one.get(slot);
    if (own === undefined) continue;
    const kind = kindOf(slot);
    const common = countCommon(own, values);
    if (common === 0 && isStronger(policy, kind, sharedKind)) return 'contradiction';
    // Who has more than the limit, because somebody joined them by hand, may keep it.
    const limit = Math.max(policy.limits[kind], own.size, values.size);
    if (own.size + values.size - common > limit) return reasonOf(kind);
  }
  return null;
}

function countCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0;
  for (const value of other) if (one.has(value)) count += 1;
  return count;
}

/** Why a person must not get one more identity of this slot; null where they may. */
export function findExcess(
  policy: IdentityPolicy,
  held: HeldIdentities,
  slot: string,
): ConflictReason | null {
  const kind = kindOf(slot);
  return (held.get(slot)?.size ?? 0) < policy.limits[kind] ? null : reasonOf(kind);
}

function reasonOf(kind: IdentityKind): ConflictReason {
  return kind === 'external' ? 'contradiction' : 'limit';
}
