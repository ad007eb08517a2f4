/**
 * The contact data of one customer as the caller may see it: decrypted on demand, masked without `pii:read`. Reads no
 * row.
 */
import { hasScope, type Viewer } from '#platform/auth/viewer.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';

import { cutContactsOfJson } from './contact-text.ts';
import type { ContactKind } from '../input.ts';
import { maskEmail, maskName, maskPhone } from './masking.ts';
import { createOwnContactCut } from './own-contacts.ts';
import type { SealedContactRow } from '../queries.ts';
import { openContact } from './sealing.ts';

const masks: Readonly<Record<ContactKind, (value: string) => string>> = {
  name: maskName,
  email: maskEmail,
  phone: maskPhone,
  // Every part of an address is identifying.
  address: () => '…',
};

export class Contacts {
  readonly #rows: readonly SealedContactRow[];
  readonly #keyring: Keyring;
  readonly #isMasked: boolean;
  /** A query may select one value under many aliases. */
  readonly #opened = new Map<SealedContactRow, string>();
  #cut: ((text: string) => string) | null = null;

  /** @param rows of one customer, per kind the preferred one first */
  constructor(rows: readonly SealedContactRow[], keyring: Keyring, viewer: Viewer) {
    this.#rows = rows;
    this.#keyring = keyring;
    this.#isMasked = !hasScope(viewer, 'pii:read');
  }

  /** The preferred value of a kind. */
  preferred(kind: ContactKind): string | null {
    return this.#show(this.#rows.find((row) => row.kind === kind));
  }

  /** The value with this hash, such as that of an identity. */
  byHash(hash: string): string | null {
    return this.#show(this.#rows.find((row) => row.hash === hash));
  }

  /**
   * A text or JSON of a source about this customer: without `pii:read`, recognised contact data is removed from it, and
   * so are the customer's own values, such as the name.
   */
  within<Value>(value: Value): Value {
    if (!this.#isMasked) return value;
    this.#cut ??= createOwnContactCut(this.#rows.map((row) => ({ kind: row.kind, value: this.#open(row) })));
    return cutContactsOfJson(value, this.#cut) as Value;
  }

  #show(row: SealedContactRow | undefined): string | null {
    if (row === undefined) return null;
    const value = this.#open(row);
    return this.#isMasked ? masks[row.kind](value) : value;
  }

  #open(row: SealedContactRow): string {
    let value = this.#opened.get(row);
    if (value === undefined) {
      value = openContact(this.#keyring, row);
      this.#opened.set(row, value);
    }
    return value;
  }
}

/** A text or JSON that is not about one customer, as the caller may see it. */
export function showText<Value>(viewer: Viewer, value: Value): Value {
  return hasScope(viewer, 'pii:read') ? value : (cutContactsOfJson(value) as Value);
}
