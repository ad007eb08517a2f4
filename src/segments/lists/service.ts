/** Writes and rules for lists: the only code that writes `customer_lists` and `customer_list_members`. */
import { eq } from 'drizzle-orm';

import { recordChanges } from '#changes/record.ts';
import { enqueueChange, flushChanges } from '#customers/changes.ts';
import type { CustomerLookup } from '#customers/identity/lookup.ts';
import { checkKey, checkTexts } from '#named-resources/names.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { assertUnused, lockRules } from '../lock-rules.ts';
import { customerListMembers, type customerLists } from '../tables.ts';
import { ListInUseError } from './errors.ts';
import { findPeople } from './people.ts';
import { listResource, type ListRow } from './queries.ts';

export interface CreateListInput {
  readonly key: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly people?: readonly CustomerLookup[] | null | undefined;
}

export interface UpdateListInput {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/** The result of a change of members. */
export interface ListChange {
  readonly list: ListRow;
  readonly added: number;
  readonly removed: number;
  /** Zero-based indexes of the entries of the input that matched no customer. */
  readonly unknown: readonly number[];
}

/** @throws {InvalidInputError | ListKeyTakenError} */
export async function createList(app: App, input: CreateListInput): Promise<ListChange> {
  checkKey(input.key);
  checkTexts(input);
  const now = app.clock();
  const people = await findPeople(app, input.people ?? []);
  return change(app, people.unknown, async (transaction) => {
    const list = await listResource.insert(transaction, newList(input, now));
    return { list, added: await add(transaction, list.id, people.customerIds, now), removed: [] };
  });
}

/**
 * Saves a copy of a list with its description and customers; archived lists have none.
 * @throws {InvalidInputError | NotFoundError | ListKeyTakenError}
 */
export async function duplicateList(
  app: App,
  id: string,
  { key, name }: Pick<CreateListInput, 'key'> & { readonly name?: string | null | undefined },
): Promise<ListChange> {
  checkKey(key);
  if (name != null) checkTexts({ name });
  const now = app.clock();
  return change(app, [], async (transaction) => {
    const [original] = await listResource.byIds(transaction, [id]);
    if (original === undefined) throw new NotFoundError(`There is no list with the id ${id}.`);
    const { description } = original;
    const list = await listResource.insert(
      transaction,
      newList({ key, name: name ?? original.name, description }, now),
    );
    const members = await transaction.query<{ customerId: string }>(
      `/* lists.copyMembers */
      insert into customer_list_members (customer_id, list_id, added_at)
      select customer_id, $2, $3::timestamptz from customer_list_members where list_id = $1
      returning customer_id as "customerId"`,
      [id, list.id, now],
    );
    return { list, added: members.map(({ customerId }) => customerId), removed: [] };
  });
}

function newList(
  { key, name, description = null }: CreateListInput,
  now: Date,
): typeof customerLists.$inferInsert {
  return { id: createId(now.getTime()), key, name, description, createdAt: now, updatedAt: now };
}

/** Changes the given fields. @throws {InvalidInputError | NotFoundError} */
export async function updateList(app: App, id: string, input: UpdateListInput): Promise<ListRow> {
  checkTexts(input);
  const { name, description } = input;
  return listResource.update(app.db, id, { name: name ?? undefined, description, updatedAt: app.clock() });
}

type Edit = 'replace' | 'add' | 'remove';

/**
 * Adds these customers to the list, removes them, or replaces the members by them. Idempotent.
 * @throws {InvalidInputError | NotFoundError}
 */
export async function editList(
  app: App,
  id: string,
  edit: Edit,
  people: readonly CustomerLookup[],
): Promise<ListChange> {
  const now = app.clock();
  const { customerIds, unknown } = await findPeople(app, people);
  return change(app, unknown, async (transaction) => {
    // The row is locked, so that changes of a list are serial.
    const list = await listResource.update(transaction, id, { updatedAt: now });
    const removed =
      edit === 'add' ? [] : await remove(transaction, id, customerIds, { others: edit === 'replace' });
    const added = edit === 'remove' ? [] : await add(transaction, id, customerIds, now);
    return { list, added, removed };
  });
}

/**
 * Archives a list: it has no members, and its key stays taken. Idempotent.
 * @throws {NotFoundError} there is no such list
 * @throws {ListInUseError} rules of segments name it
 */
export async function archiveList(app: App, id: string): Promise<ListRow> {
  return app.db.transaction(async (transaction) => {
    await lockRules(transaction);
    return listResource.archive(transaction, id, app.clock(), async ({ key }) => {
      await assertUnused(transaction, key, ListInUseError, 'list');
      const left = await transaction.orm
        .delete(customerListMembers)
        .where(eq(customerListMembers.listId, id))
        .returning({ customerId: customerListMembers.customerId });
      const leaving = left.map(
        ({ customerId }) => ({ kind: 'list_left', customerId, subjectId: id }) as const,
      );
      await recordChanges(transaction, leaving, app.clock());
    });
  });
}

interface Edited {
  readonly list: ListRow;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Updates segments that refer to the list: changes are enqueued in the transaction, and flushed after it. */
async function change(
  app: App,
  unknown: readonly number[],
  edit: (transaction: Database) => Promise<Edited>,
): Promise<ListChange> {
  const { list, added, removed } = await app.db.transaction(async (transaction) => {
    const edited = await edit(transaction);
    const fact = { [`list.${edited.list.key}`]: null };
    const at = app.clock();
    await enqueueChange(transaction, [...edited.added, ...edited.removed], at, () => fact);
    const subjectId = edited.list.id;
    const joined = edited.added.map(
      (customerId) => ({ kind: 'list_joined', customerId, subjectId }) as const,
    );
    const left = edited.removed.map((customerId) => ({ kind: 'list_left', customerId, subjectId }) as const);
    await recordChanges(transaction, [...joined, ...left], at);
    return edited;
  });
  await flushChanges(app, [...added, ...removed]);
  return { list, added: added.length, removed: removed.length, unknown };
}

async function add(
  transaction: Database,
  listId: string,
  customerIds: readonly string[],
  now: Date,
): Promise<string[]> {
  if (customerIds.length === 0) return [];
  const rows = await transaction.query<{ id: string }>(
    `/* lists.add */
    insert into customer_list_members (customer_id, list_id, added_at)
    select c.id, $2::uuid, $3::timestamptz
    from customers c
    where c.id = any($1::uuid[]) and c.merged_into_id is null and c.erased_at is null
    on conflict (customer_id, list_id) do nothing
    returning customer_id as id`,
    [customerIds, listId, now],
  );
  return rows.map(({ id }) => id);
}

async function remove(
  transaction: Database,
  listId: string,
  customerIds: readonly string[],
  { others }: { readonly others: boolean },
): Promise<string[]> {
  const rows = await transaction.query<{ id: string }>(
    others
      ? `/* lists.removeOthers */
        delete from customer_list_members where list_id = $1 and customer_id <> all($2::uuid[])
        returning customer_id as id`
      : `/* lists.remove */
        delete from customer_list_members where list_id = $1 and customer_id = any($2::uuid[])
        returning customer_id as id`,
    [listId, customerIds],
  );
  return rows.map(({ id }) => id);
}
