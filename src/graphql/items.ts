/** Common schema of list writes: errors of an item, and the outcome of each. No SQL. */
import { type InvalidItem, InvalidItemsError, type ItemResult } from '#platform/input/item-errors.ts';

import { builder } from './builder.ts';
import { ErrorInterface } from './errors.ts';

const ItemErrorCodeEnum = builder.enumType('ItemErrorCode', {
  description: 'Error of an item of a list.',
  values: {
    INVALID_VALUE: { value: 'invalid_value', description: 'A value that cannot be used.' },
    PLACEHOLDER: {
      value: 'placeholder',
      description: 'Nothing but a placeholder such as `undefined` says who it is about.',
    },
    DUPLICATE: { value: 'duplicate', description: 'An earlier item of the list is about the same.' },
    IDENTITY_CONFLICT: {
      value: 'identity_conflict',
      description:
        'Its identities would merge customers whose stronger identities differ, and the policy is to reject.',
    },
    UNKNOWN_CUSTOMER: { value: 'unknown_customer', description: 'There is no such customer.' },
    UNKNOWN_PRODUCT: { value: 'unknown_product', description: 'There is no product of this sku.' },
  } as const,
});

const InvalidItemType = builder.objectRef<InvalidItem>('InvalidItem').implement({
  description: 'An item of a list that cannot be used.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Place in the list that was given, from 0.' }),
    field: t.exposeString('field', { description: 'Path inside the item, such as `lines.0.sku`.' }),
    code: t.expose('code', { type: ItemErrorCodeEnum, description: 'Kind of the error, for programs.' }),
    message: t.exposeString('message', { description: 'The expected and the actual value.' }),
  }),
});

builder.objectType(InvalidItemsError, {
  name: 'InvalidItemsError',
  description: 'Some items of a list cannot be used. Nothing of the list was written.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    items: t.expose('items', { type: [InvalidItemType], description: 'Each value that cannot be used.' }),
  }),
});

/** Outcome of a write for a row. */
export const WriteOutcome = builder.enumType('WriteOutcome', {
  description: 'Outcome of a write.',
  values: {
    CREATED: { value: 'created', description: 'It was new.' },
    UPDATED: { value: 'updated', description: 'It was there and changed.' },
    UNCHANGED: { value: 'unchanged', description: 'It was there and the same.' },
    MERGED: {
      value: 'merged',
      description:
        'Its identities belonged to several customers, who are one now: the one known for longest. Of customers alone.',
    },
    SKIPPED: { value: 'skipped', description: 'It cannot be used, and was left out.' },
  } as const,
});

export const OnErrorEnum = builder.enumType('OnError', {
  description: 'Policy for a list with invalid items.',
  values: {
    REJECT_ALL: {
      value: 'reject_all',
      description: 'It writes nothing and answers `InvalidItemsError`, which names them.',
    },
    SKIP: { value: 'skip', description: 'It writes the others; the result of each says what became of it.' },
  } as const,
});

type AnyItemResult = ItemResult<{ readonly outcome: 'created' | 'updated' | 'unchanged' | 'merged' }>;

/** Common fields of the results of all bulk writes. */
export const ItemResultInterface = builder.interfaceRef<AnyItemResult>('ItemResult').implement({
  description: 'Outcome for one item of a list.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Place of the item in the list that was given, from 0.' }),
    outcome: t.field({
      type: WriteOutcome,
      description: 'Outcome.',
      resolve: ({ written }) => written?.outcome ?? 'skipped',
    }),
    errors: t.expose('errors', {
      type: [InvalidItemType],
      description: 'Why the item was skipped; empty where it was not.',
    }),
  }),
});

/** A list as long as a request may carry. @param field of the input @throws {InvalidItemsError} */
export function checkListSize(items: readonly unknown[], max: number, field: string): void {
  if (items.length <= max) return;
  throw new InvalidItemsError([
    {
      index: max,
      field,
      code: 'invalid_value',
      message: `expected at most ${max} items, got ${items.length}`,
    },
  ]);
}
