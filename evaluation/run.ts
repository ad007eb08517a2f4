/** Trains models on one split, ranks, and aggregates. */

import type { ListKind, Scorer } from '#recommendations/training/blending.ts';
import { type WorkerPool, withWorkers } from '#numeric/worker-pool.ts';
import { blendScores } from '#recommendations/algorithms/blend.ts';
import { POPULARITY_DEFAULTS, trainPopularity } from '#recommendations/algorithms/popularity.ts';
import { learnWeights } from '#recommendations/training/blending.ts';
import { type ModelUnderTest } from './models-under-test.ts';
import { type RankedCase } from '#recommendations/training/ranking-metrics.ts';
import { rankCases } from './rankings.ts';
import { type ReportRow, summariseCases } from './report.ts';
import { type Split, type Splitter } from './splits.ts';
import { prepareData } from './training-data.ts';

export type Run = {
  readonly protocol: string;
  readonly split: Split;
  /** Splits the training data, for early stopping and the weights of the blend. */
  readonly validationSplitter: Splitter;
  readonly contenders: Readonly<Record<string, ModelUnderTest>>;
  /** Members of the blend; empty without a blend. */
  readonly blend: readonly string[];
  /** One list is reported under the protocol's own name, several as protocol/list. */
  readonly lists: readonly ListKind[];
  readonly seed: number;
  readonly threads: number;
  /** Called for every slow step. */
  readonly progress: (message: string) => void;
};

export type RunResult = {
  readonly rows: readonly ReportRow[];
  readonly notes: readonly string[];
  /** Lists per algorithm, in the order of the tests. */
  readonly cases: ReadonlyMap<string, Record<ListKind, readonly RankedCase[]>>;
};

export function runContenders(run: Run): RunResult {
  return withWorkers(run.threads, (pool) => runWithPool(run, pool));
}

function runWithPool(run: Run, pool: WorkerPool): RunResult {
  const data = prepareData(run.split, run, pool);
  const { overall } = trainPopularity(data.interactions, POPULARITY_DEFAULTS, Number.NaN);
  const rows: ReportRow[] = [];
  const notes: string[] = [];
  const cases = new Map<string, Record<ListKind, readonly RankedCase[]>>();
  const scorers = new Map<string, Scorer>();

  function report(algorithm: string, scorer: Scorer, trainSeconds: number, hyperParameters: object): void {
    const ranked = rankCases(run.split.tests, data.interactions, scorer, run.lists);
    cases.set(algorithm, ranked);
    for (const list of run.lists) {
      if (ranked[list].length === 0) continue;
      const protocol = run.lists.length === 1 ? run.protocol : `${run.protocol}/${list}`;
      const summary = summariseCases(ranked[list], overall, data.interactions.byUser.rowCount);
      rows.push({ protocol, algorithm, ...summary, trainSeconds, hyperParameters });
    }
    run.progress(`${run.protocol}: ${algorithm}, trained in ${trainSeconds.toFixed(2)} s`);
  }

  for (const [name, contender] of Object.entries(run.contenders)) {
    const started = performance.now();
    const scorer = contender.train(data);
    const trainSeconds = (performance.now() - started) / 1000;
    if (!scorer) {
      notes.push(`${run.protocol}: ${name} is left out, the data has no times or no texts for it`);
      continue;
    }
    scorers.set(name, scorer);
    report(name, scorer, trainSeconds, contender.parameters);
  }

  const members = run.blend.filter((name) => scorers.has(name));
  if (members.length > 1) {
    const started = performance.now();
    const inner = run.validationSplitter(run.split.train, run.seed);
    const innerData = prepareData(inner, run, pool);
    const innerScorers = members.map((name) => run.contenders[name]!.train(innerData)!);
    for (const list of run.lists) {
      const weights = learnWeights(inner.tests, innerData.interactions, innerScorers, list);
      const blended: Scorer = (user) =>
        blendScores(
          members.map((name) => scorers.get(name)!(user)),
          weights,
        );
      // Training time of the blend includes its members on the validation split, and the search of the weights.
      const seconds = (performance.now() - started) / 1000;
      const ranked = rankCases(run.split.tests, data.interactions, blended, [list]);
      cases.set('blend', {
        ...(cases.get('blend') ?? { best: [], rebuy: [], discover: [] }),
        [list]: ranked[list],
      });
      const protocol = run.lists.length === 1 ? run.protocol : `${run.protocol}/${list}`;
      const summary = summariseCases(ranked[list], overall, data.interactions.byUser.rowCount);
      const hyperParameters = Object.fromEntries(members.map((name, member) => [name, weights[member]!]));
      rows.push({ protocol, algorithm: 'blend', ...summary, trainSeconds: seconds, hyperParameters });
      run.progress(`${protocol}: blend of ${JSON.stringify(hyperParameters)}`);
    }
  }
  return { rows, notes, cases };
}
