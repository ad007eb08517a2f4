import { compileCost } from '#graphql/complexity.ts';
import { createEngine } from '#graphql/engine.ts';
import { fillDemo } from '#demo/fill-demo.ts';
import type { EngineResult } from '#platform/graphql-engine.ts';
import { GatewayRequest } from '#platform/http/gateway-request.ts';
import { type ExecutionResult, Kind, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { schema } from '../../../src/main/schema.ts';
import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { mutationInputs, type ShopIds, type WriteInput } from './every-mutation.ts';
import { expectShort, type Measured, measureAtBest } from './processor-slices.ts';

// The time of an embedded database in the same thread would count as the gateway's.
const isOnServer = process.env['TEST_ENGINE'] === 'postgres';
/** graphql-js coerces all variables of a request in one slice; the price of mutations bounds them. */
const MAX_SLICE_MS = 150;
/** Of a request, by default: what its variables may take. */
const MAX_BODY_BYTES = 4_000_000;

interface Request {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

let app: TestApp;
let ask: (request: Request) => Promise<EngineResult>;
let inputs: Readonly<Record<string, WriteInput>>;
beforeAll(async () => {
  if (!isOnServer) return;
  // A port that refuses connections.
  app = await openTestApp({ WEBHOOK_PRIVATE_HOSTS: '127.0.0.1' });
  await fillDemo(app, () => {});
  const engine = createEngine(schema, app.config.limits);
  ask = async (request) => {
    const context = new GatewayRequest(app, viewerWith(), 'slices');
    return engine.answer({ ...request, operationName: null }, context);
  };
  await ask({
    query: `mutation {
      upsertProducts(input: { products: [{ sku: "load", name: "Load", price: "2.00" }] }) { __typename }
      createWebhook(input: { key: "load", name: "Load", url: "http://127.0.0.1:9/" }) { __typename } }`,
    variables: {},
  });
  const answer = await ask({
    query: `{ customers(first: 100) { nodes { id } } segments(first: 1) { nodes { id } }
      customerLists(first: 1) { nodes { id } } campaigns(first: 1) { nodes { id } }
      clusterSets(first: 1) { nodes { id } } lookAlikes(first: 1) { nodes { id } } webhooks { nodes { id } } }`,
    variables: {},
  });
  const idsOf = (field: string) => (dataOf(answer).data as unknown as Shop)[field]!.nodes.map(({ id }) => id);
  const ids: ShopIds = {
    customers: idsOf('customers'),
    segment: idsOf('segments')[0]!,
    list: idsOf('customerLists')[0]!,
    campaign: idsOf('campaigns')[0]!,
    clusterSet: idsOf('clusterSets')[0]!,
    lookAlike: idsOf('lookAlikes')[0]!,
    webhook: idsOf('webhooks')[0]!,
  };
  inputs = mutationInputs(ids);
}, 900_000);
afterAll(() => app?.close());

/** Compiled queries answer text. */
function dataOf(result: EngineResult): ExecutionResult {
  return 'body' in result ? (JSON.parse(new TextDecoder().decode(result.body)) as ExecutionResult) : result;
}

type Shop = Readonly<Record<string, { readonly nodes: readonly { readonly id: string }[] }>>;

function isAllowed({ query, variables }: Request): boolean {
  const document = parse(query);
  const operation = document.definitions[0]!;
  if (operation.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  const isCheap = compileCost(schema, document, operation)(variables) <= app.config.limits.complexity;
  return isCheap && JSON.stringify({ query, variables }).length <= MAX_BODY_BYTES;
}

let callCount = 0;

/** The mutation as often as it is allowed, with so many items each. */
function fillLimit(name: string, items: number): Request {
  const type = String(schema.getMutationType()!.getFields()[name]!.args[0]!.type);
  const write = (count: number): Request => {
    const calls = Array.from({ length: count }, (_, index) => index);
    return {
      query: `mutation (${calls.map((call) => `$i${call}: ${type}`).join(' ')}) {
        ${calls.map((call) => `m${call}: ${name}(input: $i${call}) { __typename ... on Error { message } }`).join(' ')} }`,
      variables: Object.fromEntries(
        calls.map((call) => [`i${call}`, inputs[name]!((callCount += 1), items)]),
      ),
    };
  };
  let count = app.config.limits.aliases;
  let request = write(count);
  while (count > 1 && !isAllowed(request)) request = write((count = Math.floor(count * 0.8)));
  return request;
}

test.runIf(isOnServer)(
  'every mutation, as often as the limit allows, leaves every turn of the event loop within 150 ms',
  async () => {
    const measured: Measured[] = [];
    const answers: (readonly [name: string, result: EngineResult])[] = [];
    const names = Object.keys(schema.getMutationType()!.getFields());
    // What archives takes away what others change.
    for (const name of names.toSorted(
      (left, right) => Number(left.startsWith('archive')) - Number(right.startsWith('archive')),
    )) {
      for (const items of itemCounts(name)) {
        measured.push(
          await measureAtBest(
            `${name} ${items}`,
            () => {
              const request = fillLimit(name, items);
              return async () => answers.push([name, await ask(request)]);
            },
            MAX_SLICE_MS,
          ),
        );
      }
    }

    expect(Object.keys(inputs).toSorted()).toEqual(names.toSorted());
    const broken = answers.flatMap(([name, result]) =>
      (dataOf(result).errors ?? [])
        .filter(({ extensions }) => extensions?.['code'] !== 'BAD_USER_INPUT')
        .map(({ message }) => `${name}: ${message}`),
    );
    expect([...new Set(broken)]).toEqual([]);
    expectShort(measured, MAX_SLICE_MS);
  },
  900_000,
);

/** One item in each of many calls, and as many as one call may have in as many calls as fit. */
function itemCounts(name: string): readonly number[] {
  const grows = JSON.stringify(inputs[name]!(0, 1)).length < JSON.stringify(inputs[name]!(0, 2)).length;
  return grows ? [1, 100, 1000] : [1];
}
