/** Applies orders, refunds and cancellations of messages through the services of orders. */
import { upsertProducts } from '#catalog/service.ts';
import { cancelWithin } from '#events/orders/cancellation.ts';
import type { OrderInput } from '#events/orders/input.ts';
import { recordOrdersEach } from '#events/service.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DomainError } from '#platform/errors.ts';

import type { InboxMessage } from './inbox-rows.ts';
import type { TrackedLine, TrackedOrder } from './to-order.ts';

export interface OrderChange {
  readonly each: InboxMessage;
  readonly customerId: string;
  readonly order: TrackedOrder;
}

export interface Applied {
  /** Ids of the changed customers. */
  readonly changed: readonly string[];
  readonly faults: readonly { readonly each: InboxMessage; readonly reason: string }[];
}

/**
 * Sales first, then what takes them back. Sales and refunds take a constant count of statements, each cancellation some.
 * A product that the catalogue lacks is added with what the message says of it; one that it has stays as it is.
 */
export async function applyOrders(
  app: App,
  tx: Database,
  changes: readonly OrderChange[],
  knownSkus: ReadonlySet<string>,
): Promise<Applied> {
  if (changes.length === 0) return { changed: [], faults: [] };
  await addProducts(app, tx, changes, knownSkus);
  const skuOf = ({ codes }: TrackedLine): string => codes.find((code) => knownSkus.has(code)) ?? codes[0]!;
  const ofChange = (change: TrackedOrder['change']) => changes.filter(({ order }) => order.change === change);

  const sales = await record(app, tx, ofChange('sale'), ({ order }) =>
    order.lines.map((line) => ({ sku: skuOf(line), quantity: line.quantity, unitPrice: line.unitPrice })),
  );
  const refunds = ofChange('return');
  const sold = await readSold(
    tx,
    refunds.filter(({ order }) => order.lines.length === 0),
  );
  const returns = await record(app, tx, refunds, (change) => {
    const { lines } = change.order;
    if (lines.length === 0) return sold.get(keyOf(change, change.order.number)) ?? [];
    return lines.map((line) => ({ sku: skuOf(line), quantity: -line.quantity, unitPrice: line.unitPrice }));
  });
  const cancellations = await cancel(app, tx, ofChange('cancellation'));
  const all = [sales, returns, cancellations];
  return { changed: all.flatMap(({ changed }) => changed), faults: all.flatMap(({ faults }) => faults) };
}

async function addProducts(
  app: App,
  tx: Database,
  changes: readonly OrderChange[],
  knownSkus: ReadonlySet<string>,
): Promise<void> {
  const unknown = new Map<string, TrackedLine>();
  for (const line of changes.flatMap(({ order }) => order.lines)) {
    if (!line.codes.some((code) => knownSkus.has(code))) unknown.set(line.codes[0]!, line);
  }
  if (unknown.size === 0) return;
  const products = Array.from(unknown, ([sku, { product }]) => ({ sku, ...product }));
  await upsertProducts(app, products, { tx });
}

/** An order that is there stays as it is: a page that is loaded again repeats its message at another time. */
async function record(
  app: App,
  tx: Database,
  given: readonly OrderChange[],
  linesOf: (change: OrderChange) => OrderInput['lines'],
): Promise<Applied> {
  const stored = given.length === 0 ? new Set() : await readStored(tx, given);
  const once = new Map(given.toReversed().map((change) => [keyOf(change, numberOf(change.order)), change]));
  const changes = [...once].flatMap(([key, change]) => (stored.has(key) ? [] : [change])).toReversed();
  if (changes.length === 0) return { changed: [], faults: [] };
  const orders = changes.map((change): OrderInput => {
    const { each, customerId, order } = change;
    return {
      customerId,
      source: each.source,
      number: numberOf(order),
      kind: order.change === 'return' ? 'return' : 'sale',
      placedAt: new Date(each.message.at),
      lines: linesOf(change),
    };
  });
  const results = await recordOrdersEach(app, orders, { tx, onError: 'skip' });
  return {
    changed: results.flatMap(({ written }) =>
      written === null || written.outcome === 'unchanged' ? [] : [written.customerId],
    ),
    faults: results.flatMap(({ index, errors }) => {
      const [fault] = errors;
      return fault === undefined
        ? []
        : [{ each: changes[index]!.each, reason: `${fault.field}: ${fault.message}` }];
    }),
  };
}

function numberOf({ change, number, returnNumber }: TrackedOrder): string {
  return change === 'return' ? returnNumber : number;
}

function keyOf({ customerId, each }: OrderChange, number: string): string {
  return `${customerId} ${each.source} ${number}`;
}

async function readStored(tx: Database, changes: readonly OrderChange[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ key: string }>(
    `/* tracking.storedOrders */
    select customer_id || ' ' || source || ' ' || number as key from orders
    where customer_id = any($1::uuid[]) and number = any($2::text[])`,
    [changes.map(({ customerId }) => customerId), changes.map(({ order }) => numberOf(order))],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Lines of whole sales, as a return takes them back. */
async function readSold(
  tx: Database,
  changes: readonly OrderChange[],
): Promise<ReadonlyMap<string, OrderInput['lines']>> {
  if (changes.length === 0) return new Map();
  const rows = await tx.query<{ key: string; productId: string; quantity: number; unitPrice: string }>(
    `/* tracking.soldLines */
    select o.customer_id || ' ' || o.source || ' ' || o.number as key, l.product_id as "productId", l.quantity,
      l.unit_price as "unitPrice"
    from orders o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.id
    where o.customer_id = any($1::uuid[]) and o.number = any($2::text[]) and l.quantity > 0
    order by o.customer_id, o.id, l.line_number`,
    [changes.map(({ customerId }) => customerId), changes.map(({ order }) => order.number)],
  );
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return new Map(
    Array.from(byKey, ([key, lines]) => [
      key,
      lines.map(({ productId, quantity, unitPrice }) => ({ productId, quantity: -quantity, unitPrice })),
    ]),
  );
}

async function cancel(app: App, tx: Database, changes: readonly OrderChange[]): Promise<Applied> {
  const changed: string[] = [];
  const faults: { each: InboxMessage; reason: string }[] = [];
  for (const { each, customerId, order } of changes) {
    const lookup = { customer: null, source: each.source, number: order.number };
    const times = { cancelledAt: new Date(each.message.at), at: app.clock() };
    try {
      const { outcome } = await cancelWithin(tx, customerId, lookup, times);
      if (outcome === 'updated') changed.push(customerId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      faults.push({ each, reason: error.message });
    }
  }
  return { changed, faults };
}
