/** Rows of results, as JSON and as a table. */

import { createRandom } from '#numeric/random.ts';
import { bootstrapInterval, type Interval, mean } from '#numeric/statistics.ts';
import {
  CUTOFFS,
  LIST_METRICS,
  type ListMetric,
  measureCatalogue,
  measureList,
  type RankedCase,
} from '#recommendations/training/ranking-metrics.ts';

export type ReportRow = {
  readonly protocol: string;
  readonly algorithm: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** 95 % bootstrap intervals over users. */
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly trainSeconds: number;
  readonly userCount: number;
  readonly hyperParameters: object;
};

export type Report = {
  readonly suite: string;
  /** Split and ranked items, per protocol. */
  readonly protocols: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Source of the hyper-parameters. */
  readonly tuning: string;
  readonly metricDefinitions: Readonly<Record<string, string>>;
  readonly rows: readonly ReportRow[];
  /** Sentences about excluded methods, and comparisons of two algorithms. */
  readonly notes: readonly string[];
};

const BOOTSTRAP_SEED = 20_100;

/** Metric names are `name@k`. */
export function summariseCases(
  cases: readonly RankedCase[],
  popularity: Float64Array,
  userCount: number,
): Pick<ReportRow, 'metrics' | 'intervals' | 'userCount'> {
  const metrics: Record<string, number> = {};
  const intervals: Record<string, Interval> = {};
  for (const cutoff of CUTOFFS) {
    const measured = cases.map((ranked) => measureList(ranked, cutoff));
    for (const metric of Object.keys(LIST_METRICS) as ListMetric[]) {
      const values = measured.map((values) => values[metric]);
      metrics[`${metric}@${cutoff}`] = mean(values);
      intervals[`${metric}@${cutoff}`] = bootstrapInterval(values, createRandom(BOOTSTRAP_SEED), {
        resamples: 400,
      });
    }
    for (const [metric, value] of Object.entries(measureCatalogue(cases, popularity, userCount, cutoff))) {
      metrics[`${metric}@${cutoff}`] = value;
    }
  }
  return { metrics, intervals, userCount: cases.length };
}

/** Difference of nDCG@10 of two algorithms on the same users, with its paired bootstrap interval. */
export function compareCases(
  left: readonly RankedCase[],
  right: readonly RankedCase[],
): { readonly difference: number; readonly interval: Interval } {
  const differences = left.map(
    (ranked, index) => measureList(ranked, 10).ndcg - measureList(right[index]!, 10).ndcg,
  );
  return {
    difference: mean(differences),
    interval: bootstrapInterval(differences, createRandom(BOOTSTRAP_SEED)),
  };
}

/** A table per protocol, best nDCG@10 (or lowest RMSE) first. */
export function formatReport(report: Report): string {
  const lines = [`suite ${report.suite}, seed ${report.seed}`, `tuning: ${report.tuning}`];
  for (const [protocol, description] of Object.entries(report.protocols)) {
    const rows = report.rows.filter((row) => row.protocol === protocol);
    if (rows.length === 0) continue;
    lines.push('', `${protocol}: ${description}`, '');
    lines.push(...(rows[0]!.metrics['rmse'] === undefined ? rankingTable(rows) : ratingTable(rows)));
  }
  if (report.notes.length > 0) lines.push('', ...report.notes);
  return `${lines.join('\n')}\n`;
}

function rankingTable(rows: readonly ReportRow[]): readonly string[] {
  const shown = [
    'hr@10',
    'ndcg@10',
    'precision@10',
    'recall@10',
    'f1@10',
    'mrr@10',
    'map@10',
    'coverage@10',
    'gini@10',
    'novelty@10',
  ];
  const sorted = rows.toSorted((left, right) => right.metrics['ndcg@10']! - left.metrics['ndcg@10']!);
  const header = [
    'algorithm'.padEnd(20),
    ...shown.map((name) => name.padStart(12)),
    'ndcg@10 95 %'.padStart(16),
    'users'.padStart(8),
    'train s'.padStart(9),
  ];
  return [
    header.join(' '),
    ...sorted.map((row) => {
      const { low, high } = row.intervals['ndcg@10']!;
      const interval = `${low.toFixed(4)}-${high.toFixed(4)}`;
      const cells = shown.map((name) => row.metrics[name]!.toFixed(4).padStart(12));
      return [
        row.algorithm.padEnd(20),
        ...cells,
        interval.padStart(16),
        String(row.userCount).padStart(8),
        row.trainSeconds.toFixed(2).padStart(9),
      ].join(' ');
    }),
  ];
}

function ratingTable(rows: readonly ReportRow[]): readonly string[] {
  const sorted = rows.toSorted((left, right) => left.metrics['rmse']! - right.metrics['rmse']!);
  return [
    [
      `algorithm`.padEnd(30),
      'rmse'.padStart(8),
      'mae'.padStart(8),
      'users'.padStart(8),
      'train s'.padStart(9),
    ].join(' '),
    ...sorted.map((row) =>
      [
        row.algorithm.padEnd(30),
        row.metrics['rmse']!.toFixed(4).padStart(8),
        row.metrics['mae']!.toFixed(4).padStart(8),
        String(row.userCount).padStart(8),
        row.trainSeconds.toFixed(2).padStart(9),
      ].join(' '),
    ),
  ];
}
