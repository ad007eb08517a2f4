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
  return keyring.seal(plain, contactBinding(customerId, kind));
}

/** @throws {SealedValueError} the key is not configured, or the value was changed or copied from another row. */
export function openContact(keyring: Keyring, contact: SealedContact): string {
  return keyring.open(contact, contactBinding(contact.customerId, contact.kind));
}

/** The record that a value is sealed to. @param kind a `ContactKind` */
export function contactBinding(customerId: string, kind: string): string {
  return `${customerId} ${kind}`;
}
