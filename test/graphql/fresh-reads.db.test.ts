import { afterAll, beforeAll, expect, test } from 'vitest';

import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { changeListeners } from '#customers/changes.ts';
import { openShop } from '../segments/shop.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import { addSegment } from '../segments/seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
  await openShop(app, 4);
});
afterAll(() => app.close());

test('a mutation answers what is true after it, whatever the request read before', async () => {
  const id = await addSegment(app, 'buyers', 'number_of_orders >= 3');
  const payload = '... on UpdateSegmentPayload { segment { size members { totalCount nodes { id } } } }';

  const data = await query(
    app,
    `mutation ($id: ID!) {
      first: updateSegment(input: { id: $id, rule: "number_of_orders >= 1" }) { ${payload} }
      second: updateSegment(input: { id: $id, rule: "number_of_orders >= 2" }) { ${payload} }
    }`,
    { id },
  );

  expect(data.first!.segment).toMatchObject({ size: 3, members: { totalCount: 3, nodes: [{}, {}, {}] } });
  expect(data.second!.segment).toMatchObject({ size: 2, members: { totalCount: 2, nodes: [{}, {}] } });
});

test('the segments of a customer follow each mutation', async () => {
  await addSegment(app, 'welsh', "language = 'cy'");
  const input = (language: string) => `input: { email: "welsh@example.com", language: "${language}" }`;
  const payload =
    '... on UpsertCustomerPayload { customer { language segments { nodes { key } } } } ... on Error { message }';

  const data = await query(
    app,
    `mutation { first: upsertCustomer(${input('cy')}) { ${payload} } second: upsertCustomer(${input('en')}) { ${payload} } }`,
  );

  const keysOf = (answer: typeof data.first) => answer!.customer!.segments!.nodes.map(({ key }) => key);
  expect(keysOf(data.first)).toContain('welsh');
  expect(keysOf(data.second)).not.toContain('welsh');
});
