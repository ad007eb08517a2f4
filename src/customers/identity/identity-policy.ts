/**
 * Rules of identities: invalid texts, the strength of kinds, the maximum number per kind, and so when a shared identity
 * merges two customers and when it is a conflict.
 */
import { perApp } from '#platform/app.ts';

import type { IdentityKind } from '../input.ts';
import { createPlaceholders, type IsPlaceholder } from './placeholders.ts';

/**
 * Policy for an identity that would merge customers whose stronger identities differ. `keep` leaves it with its owner
 * and reports it, `reject` writes nothing, `merge` merges them.
 */
export type OnConflict = 'reject' | 'keep' | 'merge';

/** `contradiction`: stronger identities differ. `limit`: one customer would have too many of a kind. */
export type ConflictReason = 'contradiction' | 'limit';

export interface IdentityPolicy {
  readonly isPlaceholder: IsPlaceholder;
  /** Strongest first. */
  readonly priority: readonly IdentityKind[];
  /** Maximum number of values per customer and kind; for external ids, per source. */
  readonly limits: Readonly<Record<IdentityKind, number>>;
}

export const identityPolicy = perApp(({ config }): IdentityPolicy => {
  const { priority, limits, placeholders } = config.identities;
  return { isPlaceholder: createPlaceholders(placeholders), priority, limits };
});

/** Identities of a customer by slot: the kind, for external ids with the source. Values are unique keys. */
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
 * Whether an input that shares an identity of this kind with a customer is about another one: both have identities at
 * least as strong, none in common, and together more than the limit. For a stronger kind any difference suffices. With
 * one external id per source, two ids of one source always separate customers.
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

/**
 * Why an identity of this kind must not merge two customers; null where it may.
 * @param one identities of a customer, and of an input about them
 * @param stored identities of the customer alone
 */
export function findContradiction(
  policy: IdentityPolicy,
  one: HeldIdentities,
  stored: HeldIdentities,
  other: HeldIdentities,
  sharedKind: IdentityKind,
): ConflictReason | null {
  for (const [slot, values] of other) {
    const own = one.get(slot);
    if (own === undefined) continue;
    const kind = kindOf(slot);
    const common = countCommon(own, values);
    if (common === 0 && isStronger(policy, kind, sharedKind)) return 'contradiction';
    // A customer may stay above the limit after a manual merge.
    const limit = Math.max(policy.limits[kind], stored.get(slot)?.size ?? 0, values.size);
    if (own.size + values.size - common > limit) return reasonOf(kind);
  }
  return null;
}

function countCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0;
  for (const value of other) if (one.has(value)) count += 1;
  return count;
}

/** Why a customer must not get one more identity of this slot; null where they may. */
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
