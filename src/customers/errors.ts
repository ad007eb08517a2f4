/** Errors about customers that a caller can fix. */
import { DomainError } from '#platform/errors.ts';

import type { ConflictReason } from './identity/identity-policy.ts';
import type { IdentityKind } from './input.ts';

/** An identity that would merge customers whose stronger identities differ. */
export interface ConflictingIdentity {
  /** Zero-based index of the input in the batch. */
  readonly inputIndex: number;
  readonly kind: IdentityKind;
  /** Empty for kinds without a source. */
  readonly source: string;
  readonly reason: ConflictReason;
  /** The stored owner; null where there is none. */
  readonly otherId: string | null;
}

/** Identities contradict each other and the caller chose to reject that: nothing was written. */
export class IdentityConflictError extends DomainError {
  override readonly name = 'IdentityConflictError';
  readonly conflicts: readonly ConflictingIdentity[];

  constructor(conflicts: readonly ConflictingIdentity[]) {
    const [first] = conflicts;
    const more = conflicts.length === 1 ? '' : ` and ${conflicts.length - 1} more`;
    super(
      `expected identities of one person; input ${first?.inputIndex}: ${describe(first!)}${more}. Nothing was written.`,
    );
    this.conflicts = conflicts;
  }
}

const names: Readonly<Record<IdentityKind, string>> = {
  email: 'e-mail address',
  phone: 'phone number',
  external: 'external id',
  anonymous: 'anonymous id',
};

function describe({ kind, source, reason, otherId }: ConflictingIdentity): string {
  const name = `the ${names[kind]}${source === '' ? '' : ` of ${source}`}`;
  if (otherId === null) return `${name} is one more than a person may have`;
  return reason === 'limit'
    ? `${name} would join two people who together have more of a kind than one person may`
    : `${name} belongs to a person whose stronger identities differ`;
}
