/**
 * Applies messages: first to customers, then to their timelines. Within the caller's transaction, in a constant number
 * of statements.
 */
import { identityKey, readOwners } from '#customers/identity/identities.ts';
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { type IdentityInput, type IdentityKey, readIdentity } from '#customers/input.ts';
import { type CustomerInput, upsertCustomers } from '#customers/service.ts';
import { recordEventsEach } from '#events/service.ts';
import type { App } from '#platform/app.ts';
import { isUnavailable } from '#platform/database/availability.ts';
import type { Database } from '#platform/database/database.ts';
import { DEADLOCK, UNIQUE_VIOLATION } from '#platform/database/retry.ts';
import { DomainError } from '#platform/errors.ts';

import { applyOrders } from './apply-orders.ts';
import type { AliasPolicy, InboxMessage } from './inbox-rows.ts';
import { ledgerId, toRaw } from './message.ts';
import { type Reject, writeRejects } from './rejects.ts';
import { saysFacts, toCustomer } from './to-customer.ts';
import { skusOf, toEvent } from './to-event.ts';
import { toOrder } from './to-order.ts';

/** Maximum number of inputs of one upsert. */
const MAX_INPUTS = 1_000;

/**
 * Applies the messages in their order. A message that cannot be applied becomes a reject, found by bisection, and the
 * others are applied.
 * @returns the changed customers, for `flushChanges` after the commit
 */
export async function applyEach(
  app: App,
  tx: Database,
  messages: readonly InboxMessage[],
): Promise<ReadonlySet<string>> {
  try {
    return await tx.transaction((savepoint) => applyMessages(app, savepoint, messages));
  } catch (error) {
    if (isForAnotherTry(error)) throw error;
    const [first] = messages;
    if (messages.length === 1) {
      const isKnown = error instanceof DomainError;
      if (!isKnown)
        app.log.error({ error, messageId: first!.message.messageId }, 'a message was not applied');
      const reason = isKnown ? error.message : 'it could not be applied; the log says why';
      await rejectApplied(app, tx, [toReject(first!, reason)]);
      return new Set();
    }
    const middle = messages.length >> 1;
    const one = await applyEach(app, tx, messages.slice(0, middle));
    const other = await applyEach(app, tx, messages.slice(middle));
    return one.union(other);
  }
}

/** Not caused by the message: the complete transaction is retried. */
function isForAnotherTry(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return isUnavailable(error) || code === DEADLOCK || code === UNIQUE_VIOLATION || code === '25P02';
}

function toReject({ message, source, receivedAt, onConflict }: InboxMessage, reason: string): Reject {
  const { type, messageId } = message;
  const id = ledgerId(source, messageId);
  return { id, source, receivedAt, type, messageId, reason, onConflict, message: toRaw(message) };
}

async function applyMessages(
  app: App,
  tx: Database,
  messages: readonly InboxMessage[],
): Promise<Set<string>> {
  const changed = new Set<string>();
  const customerIds = await resolvePeople(app, tx, messages, changed);
  await recordTimeline(app, tx, messages, customerIds, changed);
  return changed;
}

/** Ids of the customers of the messages. Only customers with new facts are written. */
async function resolvePeople(
  app: App,
  tx: Database,
  messages: readonly InboxMessage[],
  changed: Set<string>,
): Promise<readonly string[]> {
  const { isPlaceholder } = identityPolicy(app);
  const toKey = (identity: IdentityInput): IdentityKey[] =>
    isPlaceholder(identity.kind, identity.value)
      ? []
      : [readIdentity(identity, { value: 'userId' }, app.keyring, null).key];
  const drafts = messages.map((each) => {
    const input = toCustomer(each.message, each.source);
    return { ...each, input, keys: input.identities.flatMap(toKey) };
  });
  const aliases = drafts.map(({ message, source }) => {
    if (message.type !== 'alias') return null;
    const value = message.previousId!;
    const external: IdentityInput = { kind: 'external', source, value };
    const anonymous: IdentityInput = { kind: 'anonymous', value };
    return { external, externalKey: toKey(external)[0], anonymous };
  });
  const owners = await readOwners(tx, [
    ...drafts.flatMap(({ keys }) => keys),
    ...aliases.flatMap((alias) => alias?.externalKey ?? []),
  ]);
  const ofBatch = new Set(drafts.flatMap(({ keys }) => keys.map(identityKey)));

  const runs: { onConflict: AliasPolicy; inputs: CustomerInput[] }[] = [];
  const places = new Map<string, { run: number; index: number }>();
  const found = drafts.map((draft, index): string | { run: number; index: number } => {
    const alias = aliases[index];
    if (alias == null && !saysFacts(draft.input)) {
      const ids = new Set(draft.keys.map((key) => owners.get(identityKey(key))));
      const [id] = ids;
      if (ids.size === 1 && id !== undefined) return id;
    }
    const onConflict: AliasPolicy = alias == null ? 'keep' : draft.onConflict;
    let run = runs.at(-1);
    if (run?.onConflict !== onConflict || run.inputs.length === MAX_INPUTS) {
      run = { onConflict, inputs: [] };
      runs.push(run);
    }
    // Repeated identities are not new facts.
    const key = `${runs.length} ${draft.keys.map(identityKey).join(' ')}`;
    const known = saysFacts(draft.input) || alias != null ? undefined : places.get(key);
    if (known !== undefined) return known;
    const place = { run: runs.length - 1, index: run.inputs.length };
    places.set(key, place);
    run.inputs.push(alias == null ? draft.input : withPrevious(draft.input, alias, owners, ofBatch));
    return place;
  });

  const idsByRun: string[][] = [];
  for (const { inputs, onConflict } of runs) {
    const outcomes = await upsertCustomers(app, inputs, { tx, onConflict });
    for (const { customerId, outcome } of outcomes) if (outcome !== 'unchanged') changed.add(customerId);
    idsByRun.push(outcomes.map(({ customerId }) => customerId));
  }
  return found.map((place) => (typeof place === 'string' ? place : idsByRun[place.run]![place.index]!));
}

interface Alias {
  readonly external: IdentityInput;
  readonly externalKey: IdentityKey | undefined;
  readonly anonymous: IdentityInput;
}

/** A previous id that the source issued to a user is that user's, any other is a visitor's. */
function withPrevious(
  input: CustomerInput,
  { external, externalKey, anonymous }: Alias,
  owners: ReadonlyMap<string, string>,
  ofBatch: ReadonlySet<string>,
): CustomerInput {
  const key = externalKey === undefined ? undefined : identityKey(externalKey);
  const isUser = key !== undefined && (owners.has(key) || ofBatch.has(key));
  return { ...input, identities: [...input.identities, isUser ? external : anonymous] };
}

async function recordTimeline(
  app: App,
  tx: Database,
  messages: readonly InboxMessage[],
  customerIds: readonly string[],
  changed: Set<string>,
): Promise<void> {
  const orders = messages.map(({ message }) => toOrder(message, app.config.currency));
  const known = await readKnownSkus(tx, [
    ...messages.flatMap(({ message }) => skusOf(message)),
    ...orders.flatMap((order) => order?.lines.flatMap(({ codes }) => codes) ?? []),
  ]);
  const applied = await applyOrders(
    app,
    tx,
    messages.flatMap((each, index) => {
      const order = orders[index]!;
      return order === null ? [] : [{ each, customerId: customerIds[index]!, order }];
    }),
    known,
  );
  for (const customerId of applied.changed) changed.add(customerId);
  const rejects = applied.faults.map(({ each, reason }) => toReject(each, reason));
  const rows = messages.flatMap((each, index) => {
    const event = toEvent(each.message, each.source, app.config.tracking.location);
    if (event === null) return [];
    const sku = skusOf(each.message).find((code) => known.has(code));
    return [{ each, event: { ...event, sku, customerId: customerIds[index]! } }];
  });
  const events = rows.map(({ event }) => event);
  const results = events.length === 0 ? [] : await recordEventsEach(app, events, { tx, onError: 'skip' });
  for (const [index, { written, errors }] of results.entries()) {
    if (written === null) rejects.push(toReject(rows[index]!.each, errors[0]!.message));
    else if (written.outcome === 'created') changed.add(written.customerId);
  }
  await rejectApplied(app, tx, rejects);
}

/** Their message ids are forgotten: a sender who repeats one, or a replay, is taken at its word. */
async function rejectApplied(app: App, tx: Database, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return;
  await writeRejects(app, tx, rejects);
  await tx.query(`/* tracking.forget */ delete from tracking_messages where id = any($1::uuid[])`, [
    rejects.map(({ id }) => id),
  ]);
}

/** The codes that exist in the catalogue. An event about another product has no product. */
async function readKnownSkus(tx: Database, codes: readonly string[]): Promise<ReadonlySet<string>> {
  if (codes.length === 0) return new Set();
  const rows = await tx.query<{ sku: string }>(
    `/* tracking.knownSkus */ select sku from products where sku = any($1::text[])`,
    [[...new Set(codes)]],
  );
  return new Set(rows.map(({ sku }) => sku));
}
