import { compileCost } from '#graphql/complexity.ts';
import { createEngine } from '#graphql/engine.ts';
import { fillDemo } from '#demo/fill-demo.ts';
import type { EngineResult } from '#platform/graphql-engine.ts';
import { GatewayRequest } from '#platform/http/gateway-request.ts';
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import { ALGORITHM_NAMES } from '#recommendations/recommenders/recommender.ts';
import { trainModels } from '#recommendations/service.ts';
import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { schema } from '../../../src/main/schema.ts';
import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { type Field, walkSchema } from './every-field.ts';
import {
  expectShort,
  MAX_SLICE_MS,
  measure,
  type Measured,
  measureAtBest,
  processorMs,
} from './processor-slices.ts';

// The time of an embedded database in the same thread would count as the gateway's.
const isOnServer = process.env['TEST_ENGINE'] === 'postgres';

let app: TestApp;
let ask: (query: string) => Promise<EngineResult>;
beforeAll(async () => {
  if (!isOnServer) return;
  app = await openTestApp();
  await fillDemo(app, () => {});
  await trainModels(app, { algorithms: ALGORITHM_NAMES });
  const engine = createEngine(schema, app.config.limits);
  ask = async (query) => {
    const context = new GatewayRequest(app, viewerWith(), 'slices');
    return engine.answer({ query, variables: {}, operationName: null }, context);
  };
}, 900_000);
afterAll(() => app?.close());

function costOf(query: string): number {
  const document = parse(query);
  const operation = document.definitions[0]!;
  if (operation.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  return compileCost(schema, document, operation)({});
}

/** The field as often as it is allowed, on pages as large as they are allowed. */
function fillLimit({ write }: Field): string {
  const { complexity, aliases } = app.config.limits;
  const isAllowed = (query: string): boolean => costOf(query) <= complexity;
  const size = [100, 50, 20, 10, 5, 2, 1].find((pageSize) => isAllowed(write(pageSize, 1)))!;
  let count = aliases;
  while (count > 1 && !isAllowed(write(size, count))) count = Math.floor(count * 0.8);
  return write(size, count);
}

test.runIf(isOnServer)(
  'every field, as often as the limit allows, leaves every turn of the event loop within 50 ms',
  async () => {
    const measured: Measured[] = [];
    const unanswered: string[] = [];
    for (const field of walkSchema(schema)) {
      const query = fillLimit(field);
      measured.push(await measureAtBest(field.name, () => () => ask(query)));
      const result = await ask(query);
      const code = result.errors?.[0]?.extensions?.['code'];
      if (code !== undefined && code !== 'BAD_USER_INPUT')
        unanswered.push(`${field.name}: ${JSON.stringify(code)}`);
    }

    expect(measured.length).toBeGreaterThan(100);
    expect(unanswered).toEqual([]);
    expectShort(measured);
  },
  900_000,
);

const lists: readonly (readonly [name: string, write: (algorithm: string, alias: number) => string])[] = [
  [
    'one each',
    (algorithm, alias) => `r${alias}: recommendations(first: 1, algorithm: ${algorithm}) { score }`,
  ],
  ['long', (algorithm, alias) => `r${alias}: recommendations(first: 100, algorithm: ${algorithm}) { score }`],
  [
    'reasons',
    (algorithm, alias) =>
      `r${alias}: recommendations(first: 10, algorithm: ${algorithm}) { product { name } reasons { text weight } }`,
  ],
  [
    'varied',
    (algorithm, alias) =>
      `r${alias}: recommendations(first: 50, algorithm: ${algorithm}, diversity: { relevance: 0.5 }) { score }`,
  ],
];

test.runIf(isOnServer)(
  'every method of recommending does so too, for 100 customers at a time',
  async () => {
    const measured: Measured[] = [];
    for (const algorithm of ALGORITHM_NAMES.map((name) => name.toUpperCase().replaceAll('-', '_'))) {
      for (const [name, write] of lists) {
        const query = fillLimit({
          name,
          write: (size, count) =>
            `{ customers(first: ${size}) { nodes { ${Array.from({ length: count }, (_, alias) => write(algorithm, alias)).join(' ')} } } }`,
        });
        measured.push(await measureAtBest(`${algorithm} ${name}`, () => () => ask(query)));
      }
    }

    expect(measured).toHaveLength(ALGORITHM_NAMES.length * lists.length);
    expectShort(measured);
  },
  900_000,
);

test('all who compute in one turn share its slice, and go on in turn', async () => {
  const { signal } = new AbortController();
  let turns = 0;
  let isDone = false;
  const beat = (): void => {
    turns += 1;
    if (!isDone) setImmediate(beat);
  };
  setImmediate(beat);

  // 50 computations of 40 ms each, in steps of 2 ms.
  const measured = await measure('steps', () =>
    Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let step = 0; step < 20; step += 1) {
          if (isSliceSpent()) await nextTurn(signal);
          const until = processorMs() + 2;
          while (processorMs() < until);
        }
      }),
    ),
  );
  isDone = true;

  expect(measured.longestMs).toBeLessThan(MAX_SLICE_MS);
  expect(turns).toBeGreaterThan(2000 / MAX_SLICE_MS);
});

test('what waits for its turn stops once its request has ended', async () => {
  const controller = new AbortController();
  const waiting = nextTurn(controller.signal);
  controller.abort(new Error('the client went away'));

  await expect(waiting).rejects.toThrow('the client went away');
});
