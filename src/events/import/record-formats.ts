/** Layouts of our own with a row for each person, product or event. */
import type { ReadItems } from '#catalog/checks.ts';
import { type ProductInput, readProducts, upsertProducts } from '#catalog/service.ts';
import { prepareCustomer } from '#customers/input.ts';
import { type CustomerInput, upsertCustomers } from '#customers/service.ts';
import { guestCustomerId } from '#events/guest.ts';
import { readKey } from '#platform/input/text.ts';

import { type EventInput, readEvents } from '../event-input.ts';
import { type EventRecord, writeEvents } from '../event-writer.ts';
import { ensureEventPartitions } from '../partitions.ts';
import { lockPeople } from '../people.ts';
import { KnownPeople } from './known-people.ts';
import { readProductIds } from './product-standings.ts';
import { defineRecordFormat, optionalPast, readDate, RowError } from './records.ts';
import { readInteger } from './values.ts';

const optional = (text: string): string | undefined => (text === '' ? undefined : text);

/** @throws {RowError} */
function readObject(column: string, text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below: the parser's own words name a position that nobody can see.
  }
  throw new RowError(
    `bad_${column}`,
    `${column}: expected a JSON object, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

/** @throws {InvalidItemsError} */
function onlyItem<Item>({ items, checks }: ReadItems<Item>): Item {
  checks.throwIfAny();
  return items[0]!;
}

/** A person by their id in the source, e-mail or phone; one of them is needed. */
export const customersFormat = defineRecordFormat({
  required: ['customer_id'],
  optional: ['email', 'phone', 'name', 'address', 'country', 'language', 'created_at', 'attributes'],
  open: (app, source) =>
    Promise.resolve({
      read(values): CustomerInput {
        const { customer_id: value } = values;
        const input = {
          identities: value === '' ? [] : [{ kind: 'external' as const, source, value }],
          email: optional(values.email),
          phone: optional(values.phone),
          name: optional(values.name),
          address: optional(values.address),
          country: optional(values.country),
          language: optional(values.language),
          createdAt: optionalPast('created_at', values.created_at, app.clock()),
          attributes: readObject('attributes', values.attributes),
        };
        prepareCustomer(input, app.keyring, app.clock());
        return input;
      },
      async write(tx, inputs: readonly CustomerInput[]) {
        const outcomes = await upsertCustomers(app, inputs, { tx });
        return outcomes.map(({ outcome }) => outcome !== 'unchanged');
      },
    }),
});

function isProductKind(text: string): text is 'product' | 'service' | '' {
  return text === '' || text === 'product' || text === 'service';
}

/** A product by its sku; empty fields keep what is known. Keywords are parted by `;`. */
export const productsFormat = defineRecordFormat({
  required: ['sku'],
  optional: ['name', 'description', 'brand', 'category', 'kind', 'price', 'stock', 'image_url', 'keywords'],
  open: (app) =>
    Promise.resolve({
      read(values): ProductInput {
        const { kind, stock } = values;
        if (!isProductKind(kind)) {
          throw new RowError(
            'bad_kind',
            `kind: expected product or service, got ${JSON.stringify(kind.slice(0, 80))}`,
          );
        }
        const words = values.keywords.split(';').map((keyword) => keyword.trim().toLowerCase());
        const keywords = [...new Set(words.filter((word) => word !== ''))];
        const input: ProductInput = {
          sku: values.sku,
          name: optional(values.name),
          description: optional(values.description),
          brand: optional(values.brand),
          category: optional(values.category),
          kind: kind === '' ? undefined : kind,
          price: optional(values.price),
          stock: stock === '' ? undefined : (readInteger(stock) ?? Number.NaN),
          imageUrl: optional(values.image_url),
          keywords: keywords.length === 0 ? undefined : keywords.map((keyword) => ({ keyword, weight: 1 })),
        };
        return onlyItem(readProducts([input]));
      },
      async write(tx, inputs: readonly ProductInput[]) {
        const outcomes = await upsertProducts(app, inputs, { tx });
        return outcomes.map(({ outcome }) => outcome !== 'unchanged');
      },
    }),
});

type EventOfFile = EventInput & { readonly externalId: string };

/** An event of a person known by their id in the source, who is made where nobody has it. */
export const eventsFormat = defineRecordFormat({
  required: ['customer_id', 'kind', 'occurred_at'],
  optional: ['event_id', 'session_id', 'sku', 'properties'],
  async open(app, source) {
    const people = new KnownPeople(app, source);
    const products = await readProductIds(app.db);
    return {
      read(values): EventOfFile {
        if (values.customer_id === '')
          throw new RowError('missing_customer', 'customer_id: an event needs a person');
        const externalId = readKey('customer_id', values.customer_id, 200);
        const sku = values.sku === '' ? '' : readKey('sku', values.sku, 200);
        const productId = sku === '' ? undefined : products.get(sku);
        if (sku !== '' && productId === undefined) {
          throw new RowError(
            'unknown_product',
            `sku: there is no product ${JSON.stringify(sku.slice(0, 80))}`,
          );
        }
        const event = {
          externalId,
          // Stands in until the person is looked up.
          customerId: guestCustomerId,
          kind: values.kind,
          source,
          sourceId: optional(values.event_id),
          occurredAt: readDate('occurred_at', values.occurred_at),
          sessionId: optional(values.session_id),
          productId,
          properties: readObject('properties', values.properties),
        };
        return onlyItem(readEvents([event], app.clock()));
      },
      async prepare(events) {
        await people.learn(
          [...Map.groupBy(events, ({ externalId }) => externalId)].map(([externalId, [first]]) => ({
            externalId,
            country: null,
            seenAtMs: first!.occurredAt.getTime(),
          })),
        );
        await ensureEventPartitions(
          app,
          events.map(({ occurredAt }) => occurredAt.getTime()),
        );
      },
      async write(tx, events, at) {
        const ids = events.map(({ externalId }) => people.idOf(externalId)!);
        const locked = await lockPeople(tx, new Set(ids));
        const records = events.flatMap((event, index): EventRecord[] => {
          const customerId = locked.get(ids[index]!)?.id;
          // Somebody erased meanwhile keeps no timeline.
          return customerId === undefined
            ? []
            : [{ ...event, customerId, productId: event.productId ?? null }];
        });
        const written = await writeEvents(tx, app.keyring, records, locked, at);
        return written.map(({ outcome }) => outcome === 'created');
      },
    };
  },
});
