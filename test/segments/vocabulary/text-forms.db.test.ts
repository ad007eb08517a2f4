import { upsertCustomers } from '#customers/service.ts';
import { recordOrders } from '#events/service.ts';
import { upsertProducts } from '#catalog/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  const countries = ['GB', 'gb', 'UK', 'United Kingdom', 'united kingdom', 'GBR', 'FR', null];
  const people = await upsertCustomers(
    app,
    countries.map((country, index) => ({
      identities: [{ kind: 'external', source: 'crm', value: `C${index + 1}` }],
      country,
      language: index === 0 ? 'en_gb' : 'fr',
    })),
  );
  const ids = people.map(({ customerId }) => customerId);
  await upsertProducts(app, [{ sku: 'MUG', price: '8.00' }]);
  await recordOrders(app, [
    {
      customerId: ids[0]!,
      source: 'web',
      number: '1',
      placedAt: new Date('2026-01-01'),
      country: 'Great Britain',
      lines: [{ sku: ' MUG\u200b', quantity: 1, unitPrice: '8.00' }],
    },
  ]);
  await refreshDerivedData(app, ids);
});
afterAll(() => app.close());

async function preview(rule: string) {
  const data = await query(
    app,
    `query ($rule: String!) { segmentPreview(rule: $rule) { __typename
      ... on SegmentPreview { size } ... on SegmentRuleError { problems { message offset suggestion } } } }`,
    { rule },
  );
  return data.segmentPreview;
}

test.each([
  ["country = 'GB'", 6],
  ["country = 'gb'", 6],
  ["country = 'UK'", 6],
  ["country = 'United Kingdom'", 6],
  ["country IN ('GBR', 'France')", 7],
  ["country != 'Great Britain'", 2],
  ["NOT country = 'uk' AND country IS NOT NULL", 1],
  ["orders_placed MATCHES (country = 'UK')", 1],
  ["language = 'EN-gb'", 1],
])('%s finds %i people, whatever they were said to be', async (rule, size) => {
  expect(await preview(rule)).toEqual({ __typename: 'SegmentPreview', size });
});

test('says so where nobody can have a country, and what was meant', async () => {
  expect(await preview("number_of_orders > 0 AND country = 'XX'")).toMatchObject({
    __typename: 'SegmentRuleError',
    problems: [
      {
        message:
          "country is never 'XX': expected an ISO 3166-1 code or the name of a country, such as GB or United Kingdom",
        offset: 35,
      },
    ],
  });
  expect((await preview("country = 'Germny'"))!.problems![0]).toMatchObject({
    message: expect.stringContaining("did you mean 'Germany'?"),
    suggestion: "'Germany'",
  });
});
