/** Changes of many customers who are known, in one call: consents and attributes. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { ItemChecks } from '#platform/input/item-checks.ts';
import type { ItemResult } from '#platform/input/item-errors.ts';

import { readAttributeRules } from '../attributes/check.ts';
import { isLiving, savePeople } from '../change-customers.ts';
import { applyInput, startPerson } from '../identity/customer-facts.ts';
import { lockCustomers, type LockedCustomer, readFacts } from '../identity/customer-rows.ts';
import { identityKey, readOwners } from '../identity/identities.ts';
import { type CustomerLookup, lookupIdentity, readCustomerId } from '../identity/lookup.ts';
import {
  type ConsentInput,
  emptyInput,
  type IdentityKey,
  type PreparedCustomer,
  readAttributes,
  readConsent,
} from '../input.ts';
import { type BatchOptions, runBatch } from './batch.ts';

export interface ChangedRow {
  readonly customerId: string;
  readonly outcome: 'updated' | 'unchanged';
}

export interface ConsentRow {
  readonly customer: CustomerLookup;
  readonly consent: ConsentInput;
}

export interface AttributesRow {
  readonly customer: CustomerLookup;
  /** Null removes a key. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * As `recordConsent`, for many; a customer may have several rows.
 * @throws {InvalidItemsError} some rows are invalid, and none is to be skipped.
 * @throws {InvalidInputError} the key of the call belongs to another input.
 */
export function recordConsentsEach(
  app: App,
  rows: readonly ConsentRow[],
  options: BatchOptions = {},
): Promise<readonly ItemResult<ChangedRow>[]> {
  const now = app.clock();
  const read = ({ consent }: ConsentRow): PreparedCustomer => ({
    ...emptyInput,
    consents: [readConsent(consent, now, 'consent.')],
  });
  return changeEach(app, rows, read, options);
}

/**
 * As `setCustomerAttributes`, for many. A customer has one row: a second one, by any identity, is invalid.
 * @throws {InvalidItemsError} some rows are invalid, and none is to be skipped.
 * @throws {InvalidInputError} the key of the call belongs to another input.
 */
export function setAttributesEach(
  app: App,
  rows: readonly AttributesRow[],
  options: BatchOptions = {},
): Promise<readonly ItemResult<ChangedRow>[]> {
  const read = ({ attributes }: AttributesRow): PreparedCustomer => ({
    ...emptyInput,
    attributes: readAttributes('attributes', attributes),
  });
  return changeEach(app, rows, read, { ...options, isOncePerCustomer: true });
}

interface ChangeOptions extends BatchOptions {
  readonly isOncePerCustomer?: boolean;
}

async function changeEach<Row extends { readonly customer: CustomerLookup }>(
  app: App,
  rows: readonly Row[],
  read: (row: Row) => PreparedCustomer,
  options: ChangeOptions,
): Promise<readonly ItemResult<ChangedRow>[]> {
  const { onError = 'reject_all', isOncePerCustomer = false } = options;
  const at = app.clock();
  const checks = new ItemChecks();
  const named = rows.map(({ customer }, index) =>
    checks.read(index, () => readName(customer, app.keyring), null),
  );
  const inputs = rows.map((row, index) => checks.read(index, () => read(row), emptyInput));
  const attributes = inputs.map((input) => input.attributes);
  const rules = await readAttributeRules(app, undefined, attributes);
  for (const [index, values] of attributes.entries()) {
    checks.read(index, () => rules.check(values, 'attributes'), undefined);
  }

  return runBatch(app, rows.length, checks, options, async (tx, found) => {
    await rules.note(tx, attributes, at);
    const living = await lockNamed(tx, named);
    const rowOf = new Map<string, number>();
    for (const [index, customer] of living.entries()) {
      if (named[index] === null) continue;
      if (customer === null) found.add(index, 'customer', 'there is no such customer', 'unknown_customer');
      else if (isOncePerCustomer && rowOf.has(customer.id)) {
        const message = `expected each customer once; row ${rowOf.get(customer.id)} is about the same`;
        found.add(index, 'customer', message, 'duplicate');
      } else rowOf.set(customer.id, index);
    }
    const usable = found.usable(rows.length, onError);
    const people = await readPeople(app, tx, [...new Set(usable.map((index) => living[index]!))]);
    for (const index of usable) applyInput(people.get(living[index]!.id)!, inputs[index]!);
    const changed = await savePeople(app, tx, [...people.values()], at);
    const written = usable.map((index) => {
      const customerId = living[index]!.id;
      return [index, { customerId, outcome: changed.has(customerId) ? 'updated' : 'unchanged' }] as const;
    });
    return { result: new Map(written), changed };
  });
}

async function readPeople({ keyring }: App, tx: Database, rows: readonly LockedCustomer[]) {
  const facts = await readFacts(tx, keyring, rows);
  return new Map(rows.map(({ id }) => [id, startPerson(id, false, facts.get(id)!)]));
}

/** @throws {InvalidInputError} */
function readName(customer: CustomerLookup, keyring: App['keyring']): IdentityKey | string {
  try {
    return lookupIdentity(customer, keyring) ?? readCustomerId(customer.id ?? '', 'by.id');
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.field.replace(/^by/, 'customer'), error.message);
  }
}

/**
 * The active customer of each lookup, locked until the transaction ends; the id of a merged customer leads to the kept
 * one.
 */
async function lockNamed(
  tx: Database,
  named: readonly (IdentityKey | string | null)[],
): Promise<readonly (LockedCustomer | null)[]> {
  const identities = named.filter((name) => name !== null && typeof name !== 'string');
  const owners = identities.length === 0 ? new Map<string, string>() : await readOwners(tx, identities);
  const ids = named.map((name) =>
    name === null || typeof name === 'string' ? name : (owners.get(identityKey(name)) ?? null),
  );
  const rows = await lockCustomers(tx, [...new Set(ids.filter((id) => id !== null))]);
  const targets = [...new Set(rows.flatMap(({ mergedIntoId }) => mergedIntoId ?? []))];
  const byId = new Map([...rows, ...(await lockCustomers(tx, targets))].map((row) => [row.id, row]));
  return ids.map((id) => {
    const asked = id === null ? undefined : byId.get(id);
    const row = asked?.mergedIntoId == null ? asked : byId.get(asked.mergedIntoId);
    return row !== undefined && isLiving(row) ? row : null;
  });
}
