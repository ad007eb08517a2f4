/**
 * `npm run demo:live`: a shop whose visitors browse and buy, sent by Segment's own client to a running gateway, while a
 * subscription prints who enters which segment and what is then recommended. Ends after `--seconds`, or with Ctrl-C.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Analytics } from '@segment/analytics-node';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4000' },
    key: { type: 'string' },
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  print(
    'npm run demo:live -- [--url http://127.0.0.1:4000] [--key KEY] [--rate EVENTS-PER-SECOND] [--seconds N]',
  );
  process.exit(0);
}

const rate = Number(options.rate);
const seconds = Number(options.seconds);
if (!(rate > 0 && rate <= 1_000)) throw new RangeError('--rate: expected 1 to 1000 events per second');
if (!(seconds >= 0)) throw new RangeError('--seconds: expected a number, 0 for no end');
const key = options.key ?? readFileSync('.c360/demo-key', 'utf8').trim();
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
process.once('SIGTERM', () => stopping.abort());
if (seconds > 0) setTimeout(() => stopping.abort(), seconds * 1_000).unref();

interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly amount: string; readonly currency: string } | null;
}

interface MembershipEvent {
  readonly kind: 'SEGMENT_ENTERED' | 'SEGMENT_LEFT';
  readonly segment: { readonly name: string } | null;
  readonly customer: {
    readonly displayName: string;
    readonly recommendations: readonly { readonly product: { readonly name: string } }[];
  } | null;
}

const PRODUCTS = '{ products(first: 100) { nodes { sku name price { amount currency } } } }';
const MEMBERSHIPS = `subscription { segmentMembershipChanged { kind segment { name }
  customer { displayName recommendations(first: 3) { product { name } } } } }`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readProducts(): Promise<readonly Product[]> {
  const response = await fetch(`${options.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: PRODUCTS }),
  });
  const body = (await response.json()) as {
    readonly data?: { readonly products: { readonly nodes: readonly Product[] } };
    readonly errors?: readonly { readonly message: string }[];
  };
  if (body.data === undefined) throw new Error(body.errors?.[0]?.message ?? `status ${response.status}`);
  const sold = body.data.products.nodes.filter(({ price }) => price !== null);
  if (sold.length === 0) throw new Error('The gateway has no products with a price.');
  return sold;
}

/** Prints memberships until the shop closes. */
async function watch(): Promise<void> {
  const response = await fetch(`${options.url}/graphql`, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream' },
    body: JSON.stringify({ query: MEMBERSHIPS }),
    signal: stopping.signal,
  });
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (\{.*)$/m.exec(event)?.[1];
      if (data !== undefined) describe(JSON.parse(data) as { readonly data?: Told });
    }
  }
}

interface Told {
  readonly segmentMembershipChanged: MembershipEvent | null;
}

function describe({ data }: { readonly data?: Told }): void {
  const event = data?.segmentMembershipChanged;
  if (event?.segment == null || event.customer === null) return;
  const { displayName, recommendations } = event.customer;
  const verb = event.kind === 'SEGMENT_ENTERED' ? 'entered' : 'left';
  const names = recommendations.map(({ product }) => product.name).join(', ');
  print(`${displayName} ${verb} ${event.segment.name}${names === '' ? '' : `; now recommended: ${names}`}`);
}

const NAMES = ['Ada', 'Ben', 'Chloe', 'Dev', 'Elif', 'Femi', 'Greta', 'Hugo', 'Ines', 'Jonas'] as const;
const FAMILIES = ['Abbott', 'Brandt', 'Costa', 'Diallo', 'Evans', 'Fischer', 'Garnier', 'Haas'] as const;

/** A visit of one visitor, event by event: some buy, of them most say who they are. */
function* visit(client: Analytics, products: readonly Product[]): Generator<void, void, undefined> {
  const anonymousId = randomUUID();
  const customer = randomInt(500);
  const userId = `live-${customer}`;
  const isKnown = randomInt(3) > 0;
  const who = isKnown ? { userId, anonymousId } : { anonymousId };
  const propertiesOf = ({ sku, name, price }: Product, quantity = 1) => ({
    product_id: sku,
    name,
    price: Number(price!.amount),
    currency: price!.currency,
    quantity,
  });
  client.page({ ...who, name: 'Home', properties: { path: '/' } });
  yield;
  if (isKnown) {
    const name = `${NAMES[customer % NAMES.length]!} ${FAMILIES[customer % FAMILIES.length]!}`;
    client.identify({ ...who, traits: { name, email: `${userId}@shop.example` } });
    yield;
  }
  const seen = Array.from({ length: 1 + randomInt(4) }, () => products[randomInt(products.length)]!);
  for (const product of seen) {
    client.track({ ...who, event: 'Product Viewed', properties: propertiesOf(product) });
    yield;
  }
  if (!isKnown || randomInt(2) === 0) return;
  const bought = [...new Set(seen)].slice(0, 2).map((product) => propertiesOf(product, 1 + randomInt(3)));
  for (const product of bought) {
    client.track({ ...who, event: 'Product Added', properties: product });
    yield;
  }
  client.track({
    ...who,
    event: 'Order Completed',
    properties: {
      order_id: `L-${randomUUID()}`,
      currency: bought[0]!.currency,
      total: bought.reduce((sum, { price, quantity }) => sum + price * quantity, 0),
      products: bought,
    },
  });
  yield;
}

/** Several visits at a time, so that their events mix as those of a shop do. */
async function trade(client: Analytics, products: readonly Product[]): Promise<number> {
  const visits: Iterator<void>[] = [];
  let count = 0;
  const startedAt = performance.now();
  while (!stopping.signal.aborted) {
    while (visits.length < 20) visits.push(visit(client, products));
    const index = randomInt(visits.length);
    if (visits[index]!.next().done === true) visits.splice(index, 1);
    else count += 1;
    const aheadMs = (count * 1_000) / rate - (performance.now() - startedAt);
    if (aheadMs > 0) await wait(aheadMs, undefined, { signal: stopping.signal }).catch(() => {});
  }
  return count;
}

const products = await readProducts();
const client = new Analytics({ writeKey: key, host: options.url, flushInterval: 500 });
let failures = 0;
client.on('error', () => (failures += 1));
print(`${rate} events per second of ${products.length} products to ${options.url}; Ctrl-C ends it.`);
const watching = watch().catch((error: unknown) => {
  if (!stopping.signal.aborted) throw error;
});
const count = await trade(client, products);
await client.closeAndFlush({ timeout: 10_000 });
await watching;
print(`${count} events sent${failures === 0 ? '' : `, ${failures} batches refused`}.`);
