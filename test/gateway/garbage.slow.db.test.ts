import { setTimeout as wait } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { perRequest, type RequestContext } from '#platform/request.ts';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';

const LOADED_OBJECTS = 10_000;
const LOADED_BYTES = 500_000;

const loaded = perRequest(() =>
  Array.from({ length: LOADED_OBJECTS }, (_, index) => ({ place: index, text: null })),
);

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Query',
    fields: {
      load: {
        type: GraphQLString,
        resolve: async (_root, _arguments, context) => {
          loaded(context);
          await wait(2);
          return 'loaded';
        },
      },
    },
  }),
});

let server: TestServer;
let collectYoung: () => void;
beforeAll(async () => {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  collectYoung = () => collect({ type: 'minor' });
  server = await startTestServer({ schema });
});
afterAll(() => server.close());

test('what requests have loaded is gone with the next young collections', async () => {
  await askTogether(200);
  collectYoung();
  collectYoung();
  const before = oldBytes();
  const requests = 400;
  for (let done = 0; done < requests; done += 100) {
    await askTogether(100);
    collectYoung();
    collectYoung();
  }

  expect((oldBytes() - before) / requests).toBeLessThan(LOADED_BYTES / 10);
});

/** From 16 sides, each with its next request when the one before is answered. */
async function askTogether(requests: number): Promise<void> {
  let asked = 0;
  const ask = async () => {
    while (asked < requests) {
      asked += 1;
      await post(server, { query: '{ load }' });
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;
}
