/** Seals contact data for one customer and kind, and opens it. Reads and writes no row. */
import type { Keyring, SealedValue } from '#platform/crypto/keyring.ts';

import type { ContactKind } from '../input.ts';

export interface SealedContact extends SealedValue {
  readonly customerId: string;
  readonly kind: ContactKind;
}

export function sealContact(
  keyring: Keyring,
  customerId: string,
  kind: ContactKind,
  plain: string,
): SealedValue {
  return keyring.seal(plain, binding(customerId, kind));
}

/** @throws {SealedValueError} the key is not configured, or the value was changed or copied from another row. */
export function openContact(keyring: Keyring, contact: SealedContact): string {
  return keyring.open(contact, binding(contact.customerId, contact.kind));
}

function binding(customerId: string, kind: ContactKind): string {
  return `${customerId} ${kind}`;
}
