/** Cancels an order: it stays readable, and is not counted anywhere. */
import { recordChanges } from '#changes/record.ts';
import { enqueueChange, flushChanges } from '#customers/changes.ts';
import { type CustomerLookup, findCustomerId } from '#customers/identity/lookup.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { readPastInstant } from '#platform/input/instants.ts';
import { readKey } from '#platform/input/text.ts';

import { guestCustomerId } from '../guest.ts';
import { decodeKey } from '../loaders.ts';
import { cancelStoredOrder } from './corrections.ts';
import { ensureEventPartitions } from '../partitions.ts';
import { lockCustomers } from '../locked-customers.ts';
import type { PersonalKey } from '../queries.ts';
import { linkReturns } from './returns.ts';
import { type OrderOutcome, retryOnConflict } from '../service.ts';

/** An order by its id (`customer:order`), or by its number in the source. */
export type OrderLookup =
  | { readonly key: string }
  | { readonly customer: CustomerLookup | null; readonly source: string; readonly number: string };

/**
 * Idempotent.
 * @throws {NotFoundError} there is no such order
 * @throws {InvalidInputError} a time before the order, or in the future
 */
export async function cancelOrder(app: App, lookup: OrderLookup, saidAt: Date): Promise<OrderOutcome> {
  const cancelledAt = readPastInstant('cancelledAt', saidAt, app.clock());
  const customerId = await findOwner(app, lookup);
  await ensureEventPartitions(app, [cancelledAt.getTime()]);
  const outcome = await retryOnConflict(() =>
    app.db.transaction((tx) => cancelWithin(tx, customerId, lookup, { cancelledAt, at: app.clock() })),
  );
  if (outcome.outcome === 'updated' && customerId !== guestCustomerId) {
    await flushChanges(app, [customerId]);
  }
  return outcome;
}

/**
 * As `cancelOrder`, of a known customer and within the caller's transaction, which made the partition before it and calls
 * `flushChanges` after its commit.
 * @throws {NotFoundError} no such order
 * @throws {InvalidInputError} cancelled before it was placed
 */
export async function cancelWithin(
  tx: Database,
  customerId: string,
  lookup: OrderLookup,
  { cancelledAt, at }: { readonly cancelledAt: Date; readonly at: Date },
): Promise<OrderOutcome> {
  if (customerId !== guestCustomerId) await lockCustomers(tx, new Set([customerId]));
  const order = await readOrder(tx, customerId, lookup);
  if (cancelledAt < order.placedAt) {
    throw new InvalidInputError(
      'cancelledAt',
      `expected an instant from ${order.placedAt.toISOString()} on, when the order was placed`,
    );
  }
  const eventId = await cancelStoredOrder(tx, order, cancelledAt, at);
  const isChanged = eventId !== undefined;
  if (isChanged && customerId !== guestCustomerId) {
    await enqueueChange(tx, [customerId], at, () => ({
      orders: eventId,
      'event.order_cancelled': eventId,
    }));
    await linkReturns(tx, [customerId], at);
    await recordChanges(tx, [{ kind: 'order_cancelled', customerId, subjectId: order.id }], at);
  }
  return { orderId: order.id, customerId, outcome: isChanged ? 'updated' : 'unchanged' };
}

async function findOwner(app: App, lookup: OrderLookup): Promise<string> {
  if ('key' in lookup) {
    const key = decodeKey(lookup.key);
    if (key === null) throw unknownOrder();
    if (key.customerId === guestCustomerId) return guestCustomerId;
    // Orders of a merged customer belong to the kept one.
    const customerId = await findCustomerId(app, { id: key.customerId });
    if (customerId === null) throw unknownOrder();
    return customerId;
  }
  if (lookup.customer === null) return guestCustomerId;
  const customerId = await findCustomerId(app, lookup.customer);
  if (customerId === null) throw unknownOrder();
  return customerId;
}

async function readOrder(
  tx: Database,
  customerId: string,
  lookup: OrderLookup,
): Promise<PersonalKey & { readonly placedAt: Date }> {
  const [condition, parameters] =
    'key' in lookup
      ? ['o.id = $2::uuid', [decodeKey(lookup.key)!.id]]
      : [
          'o.source = $2 and o.number = $3',
          [
            readKey('order.number.source', lookup.source, 100),
            readKey('order.number.number', lookup.number, 200),
          ],
        ];
  const [order] = await tx.query<PersonalKey & { placedAt: Date }>(
    `/* events.orderToCancel */
    select o.customer_id as "customerId", o.id, o.placed_at as "placedAt" from orders o
    where o.customer_id = $1::uuid and ${condition}`,
    [customerId, ...parameters],
  );
  if (order === undefined) throw unknownOrder();
  return order;
}

function unknownOrder(): NotFoundError {
  return new NotFoundError('There is no such order. See `customer.orders`.');
}
