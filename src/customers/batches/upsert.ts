/** Many customers in one call: each row by any identity, with its result. */
import type { App } from '#platform/app.ts';
import { ItemChecks } from '#platform/input/item-checks.ts';
import type { ItemResult } from '#platform/input/item-errors.ts';
import { isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';

import { type AttributeRules, readAttributeRules } from '../attributes/check.ts';
import type { Change } from '../change-customers.ts';
import { encodeConflictKey } from '../conflicts/service.ts';
import { IdentityConflictError } from '../errors.ts';
import { identityKey } from '../identity/identities.ts';
import { identityPolicy, type OnConflict } from '../identity/identity-policy.ts';
import {
  type CustomerInput,
  emptyInput,
  type IgnoredIdentity,
  prepareCustomer,
  type PreparedCustomer,
} from '../input.ts';
import { type UpsertOutcome, writePrepared } from '../service.ts';
import { type BatchOptions, runBatch } from './batch.ts';

export interface BatchUpsertOptions extends BatchOptions {
  readonly onConflict?: OnConflict;
}

export interface UpsertedRow extends Pick<UpsertOutcome, 'customerId' | 'outcome'> {
  /** Keys of the conflicts of the row's identities. */
  readonly conflictKeys: readonly string[];
  readonly ignored: readonly IgnoredIdentity[];
}

/**
 * Upserts customers as `upsertCustomers` does, with an outcome for each row. A row with an identity of an earlier row
 * is invalid, because the order of the two would be random. 0.8 ms of processor time a new row over HTTP on the
 * embedded database, 0.3 ms a known one (`npm run bench:upsert`).
 * @throws {InvalidItemsError} some rows are invalid, and none is to be skipped.
 * @throws {IdentityConflictError} identities contradict each other, the policy is to reject, and no row is to be
 * skipped.
 * @throws {InvalidInputError} the key of the call belongs to another input.
 */
export async function upsertCustomersEach(
  app: App,
  inputs: readonly CustomerInput[],
  options: BatchUpsertOptions = {},
): Promise<readonly ItemResult<UpsertedRow>[]> {
  const { onConflict = 'keep', onError = 'reject_all' } = options;
  const at = app.clock();
  const policy = identityPolicy(app);
  const checks = new ItemChecks();
  const prepared: PreparedCustomer[] = [];
  for (const [index, input] of inputs.entries()) {
    // Keyed hashes of 1,000 rows take 20 ms.
    if (isSliceSpentByNow()) await nextTurn(undefined);
    const read = () => prepareCustomer(input, app.keyring, { policy, now: at });
    prepared.push(checks.read(index, read, emptyInput));
  }
  const rules = await readAttributeRules(
    app,
    undefined,
    prepared.map(({ attributes }) => attributes),
  );
  checkRows(prepared, rules, checks);

  return runBatch(app, inputs.length, checks, options, async (tx, found) => {
    for (;;) {
      const usable = found.usable(inputs.length, onError);
      const rows = usable.map((index) => prepared[index]!);
      try {
        await rules.note(
          tx,
          rows.map(({ attributes }) => attributes),
          at,
        );
        return toRows(usable, await writePrepared(app, tx, rows, { policy, onConflict, at }));
      } catch (error) {
        if (!(error instanceof IdentityConflictError) || onError === 'reject_all') throw error;
        skipConflicts(error, usable, found);
      }
    }
  });
}

function checkRows(prepared: readonly PreparedCustomer[], rules: AttributeRules, checks: ItemChecks): void {
  const rowOf = new Map<string, number>();
  for (const [index, { identities, attributes }] of prepared.entries()) {
    if (checks.has(index)) continue;
    checks.read(index, () => rules.check(attributes, 'attributes'), undefined);
    const keys = identities.map(identityKey);
    const earlier = keys.flatMap((key) => rowOf.get(key) ?? [])[0];
    if (earlier !== undefined) {
      const message = `expected each customer once; row ${earlier} has the same identity`;
      checks.add(index, 'identities', message, 'duplicate');
    }
    if (checks.has(index)) continue;
    for (const key of keys) rowOf.set(key, index);
  }
}

/** Nothing was written when identities contradict each other: the other rows are tried by themselves. */
function skipConflicts({ conflicts }: IdentityConflictError, usable: readonly number[], checks: ItemChecks) {
  for (const { inputIndex, kind, reason } of conflicts) {
    const message =
      reason === 'limit'
        ? `the ${kind} identity is one more than one customer may have`
        : `the ${kind} identity belongs to a customer whose stronger identities differ`;
    checks.add(usable[inputIndex]!, 'identities', message, 'identity_conflict');
  }
}

function toRows(
  usable: readonly number[],
  { result, changed }: Change<readonly UpsertOutcome[]>,
): Change<ReadonlyMap<number, UpsertedRow>> {
  const rows = result.map(({ customerId, outcome, conflicts, ignored }, position) => {
    const row = { customerId, outcome, conflictKeys: conflicts.map(encodeConflictKey), ignored };
    return [usable[position]!, row] as const;
  });
  return { result: new Map(rows), changed };
}
