/** Own layouts with a row for each customer, product or event. */
import type { ReadItems } from '#platform/input/item-checks.ts';
import { type ProductInput, readProducts, upsertProducts } from '#catalog/service.ts';
import { readAttributeCatalog } from '#customers/attributes/catalog.ts';
import { checkAttributes } from '#customers/attributes/check.ts';
import { IdentityConflictError } from '#customers/errors.ts';
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { prepareCustomer } from '#customers/input.ts';
import { type CustomerInput, upsertCustomers } from '#customers/service.ts';
import { guestCustomerId } from '#events/guest.ts';

import { type EventInput, readEvents } from '../event-input.ts';
import { type EventRecord, writeEvents } from '../event-writer.ts';
import { ensureEventPartitions } from '../partitions.ts';
import { ImportError } from './errors.ts';
import { countDirt } from './format.ts';
import { CustomerIdCache } from './customer-id-cache.ts';
import { readProductIds } from './product-state.ts';
import { RowError } from './fields.ts';
import { defineRecordFormat, placeholderError, optionalPast } from './records.ts';

const optional = (text: string): string | undefined => (text === '' ? undefined : text);

/** @throws {RowError} */
function readObject(column: string, text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Reported below: the parser's message contains a position that the user cannot see.
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

/** An object in its own column, and values of the columns beside it. @throws {RowError} */
function withOwn(
  column: string,
  text: string,
  own: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> | undefined {
  const object = readObject(column, text);
  return own === undefined ? object : { ...object, ...own };
}

/** @throws {RowError} */
function readOccurredAt(text: string): Date {
  if (text === '') throw new RowError('bad_date', 'occurred_at: expected a time, got nothing');
  return new Date(text);
}

/** A customer by their id in the source, e-mail or phone; one of them is required. */
export const customersFormat = defineRecordFormat({
  description: 'a row for each person, known by the id of the source, e-mail or phone',
  required: ['customer_id'],
  columns: {
    customer_id: ['id', 'id in the source; may be empty where there is an e-mail or phone'],
    email: ['word', 'e-mail address'],
    phone: ['id', 'phone number, international or of the country'],
    name: ['text', 'full name'],
    address: ['text', 'postal address'],
    country: ['text', 'country'],
    language: ['text', 'language'],
    created_at: ['date', 'when the source made the person'],
    attributes: ['json', 'anything else, as a JSON object'],
  },
  ownColumns: { prefix: 'attribute', column: 'attributes' },
  async open(app, { source, onConflict }) {
    const catalog = await readAttributeCatalog(app.db);
    return {
      read(values, own): CustomerInput {
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
          attributes: withOwn('attributes', values.attributes, own),
        };
        prepareCustomer(input, app.keyring, { policy: identityPolicy(app), now: app.clock() });
        checkAttributes(catalog, input.attributes ?? {}, 'attributes');
        return input;
      },
      async write(tx, inputs: readonly CustomerInput[], { dirt }) {
        const outcomes = await upsertCustomers(app, inputs, { tx, onConflict }).catch((error: unknown) => {
          throw error instanceof IdentityConflictError ? toImportError(error, inputs) : error;
        });
        for (const { conflicts, ignored } of outcomes) {
          if (conflicts.length > 0) countDirt(dirt, 'identity_conflict');
          for (const kind of new Set(ignored.map((identity) => identity.kind))) {
            countDirt(dirt, `placeholder_${kind === 'external' ? 'customer' : kind}`);
          }
        }
        return outcomes.map(({ outcome }) =>
          outcome === 'merged' || outcome === 'unchanged' ? outcome : 'imported',
        );
      },
    };
  },
});

function toImportError(error: IdentityConflictError, inputs: readonly CustomerInput[]): ImportError {
  const names = error.conflicts.map(({ inputIndex }) => inputs[inputIndex]!.identities[0]?.value ?? '(none)');
  const listed = [...new Set(names)].slice(0, 10).map((name) => JSON.stringify(name));
  return new ImportError(
    `identities contradict each other in the rows of customer_id ${listed.join(', ')}: ${error.message} --on-conflict keep leaves such people apart and reports them`,
  );
}

function isProductKind(text: string): text is 'product' | 'service' | '' {
  return text === '' || text === 'product' || text === 'service';
}

/** A product by its sku; empty fields keep the stored values. Keywords are separated by `;`. */
export const productsFormat = defineRecordFormat({
  description: 'a row for each product, known by its sku; empty fields keep what is known',
  required: ['sku'],
  columns: {
    sku: ['id', 'code of the product'],
    name: ['text', 'name'],
    description: ['text', 'description'],
    brand: ['text', 'brand'],
    category: ['text', 'category'],
    kind: ['word', 'product, or service such as postage'],
    price: ['amount', 'list price'],
    stock: ['whole', 'units in stock'],
    image_url: ['word', 'address of a picture'],
    keywords: ['text', 'words, parted by ;'],
    currency: ['currency', 'code of the currency, which has to be that of the database', 'currency_code'],
  },
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
          stock: stock === '' ? undefined : Number(stock),
          imageUrl: optional(values.image_url),
          keywords: keywords.length === 0 ? undefined : keywords.map((keyword) => ({ keyword, weight: 1 })),
        };
        return onlyItem(readProducts([input]));
      },
      async write(tx, inputs: readonly ProductInput[]) {
        const outcomes = await upsertProducts(app, inputs, { tx });
        return outcomes.map(({ outcome }) => (outcome === 'unchanged' ? 'unchanged' : 'imported'));
      },
    }),
});

type EventOfFile = EventInput & { readonly externalId: string };

/** An event of a customer with an id of the source, who is created if unknown. */
export const eventsFormat = defineRecordFormat({
  description: 'a row for each event of a customer, who is created if the id is unknown',
  required: ['customer_id', 'kind', 'occurred_at'],
  columns: {
    customer_id: ['id', 'who did it, by the id of the source'],
    kind: ['word', 'what happened, in snake_case, such as product_viewed'],
    occurred_at: ['date', 'when'],
    event_id: ['id', 'id of the event in the source, by which it is known again'],
    session_id: ['id', 'visit it was a part of'],
    sku: ['id', 'product it was about'],
    properties: ['json', 'anything else, as a JSON object'],
  },
  ownColumns: { prefix: 'property', column: 'properties' },
  async open(app, { source }) {
    const cache = new CustomerIdCache(app, source);
    const products = await readProductIds(app.db);
    return {
      customers: {
        cache,
        namedBy: ({ externalId, occurredAt }: EventOfFile) => [
          { externalId, country: null, seenAtMs: occurredAt.getTime() },
        ],
      },
      read(values, own): EventOfFile {
        const { customer_id: externalId, sku } = values;
        if (externalId === '') throw new RowError('missing_customer', 'customer_id: an event needs a person');
        if (cache.isPlaceholder(externalId)) throw placeholderError('customer_id', externalId);
        const productId = sku === '' ? undefined : products.get(sku);
        if (sku !== '' && productId === undefined) {
          throw new RowError(
            'unknown_product',
            `sku: there is no product ${JSON.stringify(sku.slice(0, 80))}`,
          );
        }
        const event = {
          externalId,
          // Placeholder until the customer is looked up.
          customerId: guestCustomerId,
          kind: values.kind,
          source,
          sourceId: optional(values.event_id),
          occurredAt: readOccurredAt(values.occurred_at),
          sessionId: optional(values.session_id),
          productId,
          properties: withOwn('properties', values.properties, own),
        };
        return onlyItem(readEvents([event], app.clock()));
      },
      async prepare(events) {
        await ensureEventPartitions(
          app,
          events.map(({ occurredAt }) => occurredAt.getTime()),
        );
      },
      async write(tx, events, { at, customers: { idOf, locked } }) {
        const records = events.flatMap((event): EventRecord[] => {
          const customerId = locked.get(idOf(event.externalId)!)?.id;
          // A customer erased meanwhile has no timeline.
          return customerId === undefined
            ? []
            : [{ ...event, customerId, productId: event.productId ?? null }];
        });
        const written = await writeEvents(tx, app.keyring, records, locked, at);
        const outcomes = written.map(({ outcome }) => (outcome === 'created' ? 'imported' : 'unchanged'));
        // Events of customers erased meanwhile are dropped.
        return [...outcomes, ...events.slice(outcomes.length).map(() => 'unchanged' as const)];
      },
    };
  },
});
