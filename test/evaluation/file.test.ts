import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawHistory, drawQuality, drawTime } from '#evaluation/plots.ts';
import { formatReport } from '#evaluation/report.ts';
import { runSuite, type SuiteResult } from '#evaluation/suites/suites.ts';

/** Of the usual blend, those that a file without texts has data for. */
const BLEND_MEMBERS = [
  'blend',
  'popularity',
  'rebuy',
  'ease',
  'tifu-knn',
  'user-knn',
  'item-knn',
  'rp3beta',
  'ials',
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('evaluates a csv with a header and dates, and reports every list', async () => {
  const { report } = await evaluate(shopCsv(), { algorithms: ['popularity', 'item-knn', 'rebuy'] });

  const protocols = new Set(report.rows.map(({ protocol }) => protocol));
  expect([...protocols]).toEqual(['interactions/best', 'interactions/rebuy', 'interactions/discover']);
  for (const { metrics, trainSeconds } of report.rows) {
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining(['hr@10', 'ndcg@10', 'f1@10', 'coverage@10', 'gini@5', 'map@20']),
    );
    expect(trainSeconds).toBeGreaterThanOrEqual(0);
  }
});

test('finds the taste that the data has: customers stay within their half of the catalogue', async () => {
  const { report } = await evaluate(shopCsv(), { algorithms: ['popularity', 'ease'] });
  const ndcg = (algorithm: string): number =>
    report.rows.find((row) => row.algorithm === algorithm && row.protocol.endsWith('discover'))!.metrics[
      'ndcg@10'
    ]!;

  expect(ndcg('ease')).toBeGreaterThan(ndcg('popularity') * 1.3);
});

test('learns a blend at least as good as chance and draws plots', async () => {
  const { report, cases } = await evaluate(shopCsv(), { algorithms: ['blend'] });
  const rows = report.rows.filter(({ protocol }) => protocol === 'interactions/best');

  expect(rows.map(({ algorithm }) => algorithm)).toContain('blend');
  expect(formatReport(report)).toContain('interactions/best');
  for (const svg of [
    drawQuality('p', rows),
    drawTime('p', rows),
    drawHistory('p', cases.get('interactions/best')!),
  ]) {
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/);
    expect(svg).not.toContain('NaN');
  }
});

test.each([
  [{ algorithms: ['blend'] }, BLEND_MEMBERS],
  [{ algorithms: ['item-knn'] }, ['item-knn']],
  [{ blend: ['rebuy', 'item-knn'] }, ['item-knn', 'rebuy', 'blend']],
  [
    { algorithms: ['popularity'], blend: ['rebuy', 'item-knn'] },
    ['blend', 'item-knn', 'popularity', 'rebuy'],
  ],
])('trains what %o asks for and nothing else', async (options, expected) => {
  const { report } = await evaluate(shopCsv(), options);

  const trained = new Set(report.rows.map(({ algorithm }) => algorithm));
  expect([...trained].toSorted()).toEqual(expected.toSorted());
});

test('ranks own items by days bought and then what is popular: gp-topfreq', async () => {
  const { report } = await evaluate(shopCsv(), {
    algorithms: ['gp-topfreq', 'personal-frequency', 'popularity'],
  });
  const recall = (algorithm: string, list: string): number =>
    report.rows.find((row) => row.algorithm === algorithm && row.protocol.endsWith(list))!.metrics[
      'recall@20'
    ]!;

  expect(recall('gp-topfreq', 'rebuy')).toBe(recall('personal-frequency', 'rebuy'));
  expect(recall('gp-topfreq', 'discover')).toBe(recall('popularity', 'discover'));
  expect(formatReport(report)).toMatch(/users\s+train s/);
});

test('foretells the next item of sessions that no method has seen', async () => {
  // Sessions walk a ring of forty items from a random place: the next item follows from the one before.
  const lines = ['session,item,time'];
  for (let session = 0; session < 200; session += 1) {
    for (let step = 0; step < 4; step += 1) {
      const at = new Date(Date.UTC(2026, 0, 1, session, step)).toISOString();
      lines.push(`s${session},i${(session * 7 + step) % 40},${at}`);
    }
  }

  const { report } = await evaluate(lines.join('\n'), { split: 'sessions:0.75' });
  const mrr = (algorithm: string): number =>
    report.rows.find((row) => row.algorithm === algorithm)!.metrics['mrr@20']!;

  expect(report.rows.map(({ userCount }) => userCount)).toEqual(report.rows.map(() => 50));
  expect(report.notes).toEqual(['150 items are foretold']);
  expect(mrr('session-knn')).toBeGreaterThan(1.3 * mrr('popularity'));
});

test('gives the same numbers for a seed', async () => {
  const options = { split: 'random:0.8', algorithms: ['ials', 'bpr'], seed: 3 };
  const [first, second] = [await evaluate(shopCsv(), options), await evaluate(shopCsv(), options)];

  expect(first.report.rows.map(({ metrics }) => metrics)).toEqual(
    second.report.rows.map(({ metrics }) => metrics),
  );
});

test('predicts ratings where the file has some: better than the mean where users differ', async () => {
  const rows = Array.from({ length: 600 }, (_, row) => {
    const [user, item] = [row % 30, Math.floor(row / 30)];
    return `u${user},i${item},${(user + item) % 2 === 0 ? 5 : 1}`;
  });

  const { report } = await evaluate(['user,item,rating', ...rows].join('\n'), {
    algorithms: ['baseline', 'user-pearson-baseline', 'item-pearson-baseline'],
  });
  const rmse = (name: string): number =>
    report.rows.find((row) => row.protocol === 'interactions/ratings' && row.algorithm === name)!.metrics[
      'rmse'
    ]!;

  expect(rmse('user-pearson-baseline')).toBeLessThan(rmse('baseline') / 2);
  expect(rmse('item-pearson-baseline')).toBeLessThan(rmse('baseline') / 2);
});

test('takes a file without a header, without times, with duplicate rows', async () => {
  const rows = Array.from({ length: 400 }, (_, row) => `u${row % 40};i${(row * 7) % 13}`);

  const { report } = await evaluate([...rows, ...rows].join('\n'), {
    split: 'last-item',
    algorithms: ['item-knn', 'rebuy'],
  });

  expect(report.rows.some(({ algorithm }) => algorithm === 'item-knn')).toBe(true);
  expect(report.notes).toContain('interactions: rebuy is left out, the data has no times or no texts for it');
});

test.each([
  ['an empty file', '', 'expected rows of user, item'],
  ['a header alone', 'user,item\n', 'expected rows of user, item'],
  ['one user', 'user,item\na,1\na,2\n', 'expected at least two users, got 1'],
  ['one item', 'user,item\na,1\nb,1\n', 'expected at least two items, got 1'],
  ['a missing item', 'user,item\na,1\nb,\n', 'line 3: expected a user and an item'],
  ['a broken date', 'user,item,time\na,1,2020-01-01\nb,2,soon\n', 'line 3: expected a time, got "soon"'],
  [
    'a broken rating',
    'user,item,rating,time\na,1,good,2020-01-01\n',
    'line 2: expected a rating, got "good"',
  ],
  ['no repeat customers', 'user,item,time\na,1,2020-01-01\nb,2,2020-01-01\n', 'leaves no user with both'],
])('refuses %s and says why', async (_, csv, message) => {
  await expect(evaluate(csv, {})).rejects.toThrow(message);
});

test.each([
  [{ split: 'first-item' }, 'expected last-basket, last-item'],
  [{ split: 'random:2' }, 'expected last-basket, last-item'],
  [{ algorithms: ['magic'] }, 'expected algorithms of'],
  [{ blend: ['ease', 'magic'] }, 'got magic'],
  [{ split: 'sessions:3' }, 'expected sessions:0.8'],
])('refuses %o', async (options, message) => {
  await expect(evaluate(shopCsv(), options)).rejects.toThrow(message);
});

type Options = {
  readonly split?: string;
  readonly algorithms?: readonly string[];
  readonly blend?: readonly string[];
  readonly seed?: number;
};

async function evaluate(csv: string, options: Options): Promise<SuiteResult> {
  const path = join(folder, 'events.csv');
  await writeFile(path, csv);
  return runSuite({ interactions: path, threads: 1, seed: 1, ...options }, () => {});
}

/** 60 customers, half of whom buy of the first ten items and half of the last ten: on four days one new and one old. */
function shopCsv(): string {
  const lines = ['customer_id,product_id,date'];
  for (let user = 0; user < 60; user += 1) {
    for (let day = 0; day < 4; day += 1) {
      const item = (user * 7 + day * 3) % 10;
      lines.push(
        `c${user},p${item + (user % 2) * 10},2024-0${day + 1}-03`,
        `c${user},p${(user % 2) * 10 + (user % 3)},2024-0${day + 1}-03`,
      );
    }
  }
  return lines.join('\n');
}
