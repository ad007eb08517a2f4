import { changeListeners } from '#customers/changes.ts';
import { setCustomerAttributes, upsertCustomers } from '#customers/service.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { reevaluateDueMembers } from '#segments/membership/scheduled-evaluation.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { DAY_MS, NOW } from '../shop.ts';
import { addSubscribers, type Subscriber, subscriber } from './telco.ts';
import { query } from '../../support/query.ts';
import { memberIds } from '../seed.ts';

const COUNT = 300;
let app: TestApp;
let ids: readonly string[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  changeListeners(app).push((changed) => refreshDerivedData(app, changed));
  ids = await addSubscribers(app, COUNT);
});
afterAll(() => app.close());

const PREVIEW = `query ($rule: String!) {
  segmentPreview(rule: $rule) {
    __typename
    ... on SegmentPreview { rule size }
    ... on SegmentRuleError { message offset length suggestion expected }
  }
}`;

async function preview(rule: string) {
  const data = await query(app, PREVIEW, { rule });
  return data.segmentPreview;
}

function count(fits: (one: Subscriber) => boolean): number {
  return Array.from({ length: COUNT }, (_, index) => subscriber(index)).filter(fits).length;
}

test.each<[string, (one: Subscriber) => boolean]>([
  ["Churn = 'Yes'", ({ Churn }) => Churn === 'Yes'],
  ["churn != 'Yes'", ({ Churn }) => Churn !== 'Yes'],
  ['tenure < 12', ({ tenure }) => tenure < 12],
  ['MonthlyCharges > 70.3', ({ MonthlyCharges }) => MonthlyCharges > 70.3],
  ['monthlycharges BETWEEN 30 AND 40', ({ MonthlyCharges: value }) => value >= 30 && value <= 40],
  ['TotalCharges IS NULL', ({ TotalCharges }) => TotalCharges === null],
  ['TotalCharges IS NOT NULL', ({ TotalCharges }) => TotalCharges !== null],
  [
    'TotalCharges > MonthlyCharges',
    ({ TotalCharges, MonthlyCharges }) => (TotalCharges ?? 0) > MonthlyCharges,
  ],
  ['tenure IN (7, 14)', ({ tenure }) => tenure === 7 || tenure === 14],
  ['tenure IN (1, 2, 3, 4, 5, 6)', ({ tenure }) => tenure >= 1 && tenure <= 6],
  ['Partner = TRUE', ({ Partner }) => Partner],
  ['attribute.Partner = FALSE', ({ Partner }) => !Partner],
  ['attributes."Contract Type" = \'One year\'', (one) => one['Contract Type'] === 'One year'],
  ['"Contract Type" CONTAINS \'YEAR\'', (one) => one['Contract Type'].includes('year')],
  ['"contract type" STARTS WITH \'month\'', (one) => one['Contract Type'].startsWith('Month')],
  ["addons CONTAINS 'tv'", ({ addons }) => addons.includes('tv')],
  ["addons HAS ALL ('tv', 'backup')", ({ addons }) => addons.includes('tv') && addons.includes('backup')],
  ["addons HAS ANY ('tv', 'backup')", ({ addons }) => addons.includes('tv') || addons.includes('backup')],
  ["addons HAS NONE ('tv')", ({ addons }) => !addons.includes('tv')],
  ['LENGTH(addons) = 3', ({ addons }) => addons.length === 3],
  ['signed >= 2025-06-01', ({ signed }) => signed >= '2025-06-01'],
  ['signed WITHIN LAST 90d', ({ signed }) => signed >= '2026-03-03' && signed <= '2026-06-01'],
  ['signed = 2026-05', ({ signed }) => signed.startsWith('2026-05')],
  ["NOT (country = 'GB' OR tenure < 60)", ({ tenure }) => tenure >= 60],
])('%s finds the customers that the data say', async (rule, fits) => {
  const expected = rule.includes('country')
    ? ids.filter((_, index) => index % 2 === 1 && fits(subscriber(index))).length
    : count(fits);

  expect(await preview(rule)).toMatchObject({ __typename: 'SegmentPreview', size: expected });
  expect(expected).toBeGreaterThan(0);
  expect(expected).toBeLessThan(COUNT);
});

test('prints own attributes so that no later name can change the meaning', async () => {
  expect((await preview("churn = 'Yes' AND \"contract type\" = 'One year'"))!.rule).toBe(
    "attribute.Churn = 'Yes' AND attribute.\"Contract Type\" = 'One year'",
  );
});

test.each([
  ["Chrun = 'Yes'", 'there is no attribute chrun; did you mean Churn?', 'Churn'],
  ["tenure = 'long'", 'attribute.tenure is a number: expected a number such as 3 or 12.5', null],
  ["Churn > 'A'", 'attribute.Churn is a string: > does not apply', null],
  ['addons = 1', 'attribute.addons is a list: = does not apply', null],
  ['signed = 3', 'attribute.signed is a date', null],
  ['country = "GB"', 'strings stand in single quotes', "'GB'"],
])('%s is refused: %s', async (rule, message, suggestion) => {
  const answer = await preview(rule);

  expect(answer).toMatchObject({
    __typename: 'SegmentRuleError',
    message: expect.stringContaining(message),
    suggestion,
  });
});

test('a segment over own attributes follows each change, and no other change looks at it', async () => {
  const short = await createSegment(app, { key: 'short', name: 'Short', rule: 'Tenure < 12' });
  const before = await memberIds(app, short.id);
  const id = ids.find((one) => !before.includes(one))!;

  await setCustomerAttributes(app, id, { tenure: 3 });
  const during = await memberIds(app, short.id);
  await setCustomerAttributes(app, id, { tenure: subscriber(ids.indexOf(id)).tenure });
  const after = await memberIds(app, short.id);
  app.resetStatements();
  await setCustomerAttributes(app, id, { Churn: 'Maybe' });

  expect(short.rule).toBe('attribute.tenure < 12');
  expect(during).toEqual([...before, id].toSorted());
  expect(after).toEqual(before);
  expect(app.statements.filter((text) => text.includes('segments.changes'))).toEqual([]);
  await setCustomerAttributes(app, id, { Churn: subscriber(ids.indexOf(id)).Churn });
});

test('a date of their own moves people in and out as time passes', async () => {
  const segment = await createSegment(app, { key: 'lately', name: 'Lately', rule: 'signed WITHIN LAST 90d' });
  const before = await memberIds(app, segment.id);

  app.setNow(new Date(NOW.getTime() + 31 * DAY_MS));
  await reevaluateDueMembers(app);
  const after = await memberIds(app, segment.id);
  app.setNow(NOW);

  const expected = ids.filter((_, index) => subscriber(index).signed >= '2026-04-03');
  expect(before.length).toBeGreaterThan(expected.length);
  expect(after).toEqual(expected.toSorted());
});

test('values of another type, of no calendar or beyond any number match nothing and break nothing', async () => {
  const odd = ['1e400', 'Infinity', 'NaN', '2026-02-30', '2026-13-01', '', "it's", '{now}', '$1', '\\'];
  const outcomes = await upsertCustomers(
    app,
    odd.map((value, index) => ({
      identities: [{ kind: 'external' as const, source: 'odd', value: `O-${index}` }],
      attributes: { strange: value, "{now} $1 it's": value },
    })),
  );
  await setCustomerAttributes(app, outcomes[0]!.customerId, { strange: 5 });
  await setCustomerAttributes(app, outcomes[1]!.customerId, { strange: '2026-05-01' });
  await setCustomerAttributes(app, outcomes[2]!.customerId, { strange: 1e300 });

  expect(await preview('strange > 4')).toMatchObject({ size: 2 });
  expect(await preview('strange >= 2026-01-01')).toMatchObject({ size: 1 });
  expect(await preview('NOT strange > 4')).toMatchObject({ size: COUNT + odd.length - 2 });
  expect(await preview('strange IS NOT NULL')).toMatchObject({ size: odd.length });
  expect(await preview('strange = TRUE')).toMatchObject({
    message: 'attribute.strange holds dates and strings and numbers, never booleans',
  });
  expect(await preview("\"{now} $1 it's\" = '$1'")).toMatchObject({ size: 1 });
  expect(await preview("\"{now} $1 it's\" STARTS WITH '{NOW'")).toMatchObject({ size: 1 });
});
