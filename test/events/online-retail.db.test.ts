import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { importFile } from '#events/import/import-file.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { readState } from './import-state.ts';
import { query } from '../support/query.ts';

const datasets = process.env['DATASETS_DIR'] ?? '../shared/data';
const full = join(datasets, 'online-retail.csv.gz');
const isServer = process.env['TEST_ENGINE'] === 'postgres';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function useFreshApp(): void {
  beforeEach(async () => {
    app = await openTestApp();
  });
  afterEach(() => app.close());
}

const FIGURE_FIELDS =
  'lineCount orderCount customerCount productCount revenue { amount } firstOrderAt lastOrderAt';
const FIGURES = `{
  all: salesSummary(filter: { countRepeats: true }) { ${FIGURE_FIELDS} }
  once: salesSummary { ${FIGURE_FIELDS} }
  withoutCancellations: salesSummary(filter: { kinds: [SALE, ADJUSTMENT], countRepeats: true }) { ${FIGURE_FIELDS} }
  cancellations: salesSummary(filter: { kinds: [RETURN], countRepeats: true }) { ${FIGURE_FIELDS} }
  withoutCustomer: salesSummary(filter: { hasCustomer: false, countRepeats: true }) { ${FIGURE_FIELDS} }
  cleaned: salesSummary(filter: { kinds: [SALE, ADJUSTMENT], hasCustomer: true, isPurchase: true, countRepeats: true }) { ${FIGURE_FIELDS} }
  kingdom: salesSummary(filter: { country: "United Kingdom", countRepeats: true }) { ${FIGURE_FIELDS} }
}`;

const cut = (decimal: string) => Number(decimal).toFixed(2);

if (!existsSync(full)) {
  process.stdout.write(`skipped: the counts of Online Retail need ${full} (set DATASETS_DIR)\n`);
}
describe.skipIf(!existsSync(full))('Online Retail', () => {
  useFreshApp();

  test.skipIf(!isServer)(
    'comes out at the published counts, and again changes nothing',
    { timeout: 600_000 },
    async () => {
      const summary = await importFile(app, { file: full, format: 'online-retail' });

      expect(summary).toMatchObject({ rowsRead: 541_909, imported: 536_641, merged: 5_268, rejected: 0 });
      expect(summary.dirt).toEqual({
        adjustment: 3,
        cancellation: 9_288,
        exact_duplicate: 5_268,
        missing_customer: 135_080,
        missing_description: 1_454,
        negative_price: 2,
        negative_quantity_without_cancellation: 1_336,
        non_product_code: 2_995,
        unknown_country: 1_265,
        untrimmed_description: 113_452,
        zero_price: 2_515,
      });
      const data = await query(app, FIGURES);
      expect(data.all).toMatchObject({
        lineCount: 541_909,
        orderCount: 25_900,
        customerCount: 4_372,
        productCount: 4_070,
      });
      expect(data.all!.firstOrderAt).toBe(new Date('2010-12-01T08:26:00Z').toISOString());
      expect(data.all!.lastOrderAt).toBe(new Date('2011-12-09T12:50:00Z').toISOString());
      expect(cut(data.all!.revenue.amount)).toBe('9747747.93');
      expect(data.once!.lineCount).toBe(541_909 - 5_268);
      expect(cut(data.withoutCancellations!.revenue.amount)).toBe('10644560.42');
      expect(data.cancellations).toMatchObject({ lineCount: 9_288, orderCount: 3_836 });
      expect(data.withoutCustomer).toMatchObject({ lineCount: 135_080, customerCount: 0 });
      expect(cut(data.withoutCustomer!.revenue.amount)).toBe('1447682.12');
      expect(data.cleaned).toMatchObject({
        lineCount: 397_884,
        customerCount: 4_338,
        orderCount: 18_532,
        productCount: 3_665,
      });
      expect(cut(data.cleaned!.revenue.amount)).toBe('8911407.90');
      expect(data.kingdom).toMatchObject({ lineCount: 495_478, customerCount: 3_950 });
      const [counts] = await app.db.query(
        `select (select count(*) from customers) as customers, (select count(distinct upper(sku)) from products) as codes,
        (select count(distinct country) from orders) as countries, (select count(distinct placed_at) from order_lines) as times,
        (select count(*) from events) as events, (select count(*) from orders where customer_id <> $1) as personal`,
        ['00000000-0000-0000-0000-000000000000'],
      );
      // Of 38 words of the file Unspecified, European Community and Channel Islands name no country.
      expect(counts).toMatchObject({ customers: 4_372, codes: 3_958, countries: 35, times: 23_260 });
      expect((counts as { events: number }).events).toBe((counts as { personal: number }).personal);

      const state = await readState(app.db);
      const again = await importFile(app, { file: full, format: 'online-retail' });
      expect(again).toMatchObject({
        rowsRead: 541_909,
        imported: 0,
        merged: 5_268,
        unchanged: 536_641,
        rejected: 0,
        dirt: summary.dirt,
      });
      expect(await readState(app.db)).toEqual(state);
    },
  );

  test('imports the sample alike, and again changes nothing', { timeout: 120_000 }, async () => {
    const file = join(datasets, 'online-retail.sample.csv');
    const summary = await importFile(app, { file, format: 'online-retail' });
    const state = await readState(app.db);
    const again = await importFile(app, { file, format: 'online-retail' });

    expect(summary.rowsRead).toBe(16_985);
    expect(summary.imported + summary.merged).toBe(16_985);
    expect(summary.merged).toBe(summary.dirt['exact_duplicate']);
    expect(again).toMatchObject({ imported: 0, merged: summary.merged, unchanged: summary.imported });
    expect(await readState(app.db)).toEqual(state);
    const data = await query(app, FIGURES);
    expect(data.all!.lineCount).toBe(16_985);
  });
});
