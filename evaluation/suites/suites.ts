/** The suites by name: their protocols, combined in one report. */

import type { ListKind } from '#recommendations/training/blending.ts';
import {
  CATALOGUE_METRICS,
  LIST_METRICS,
  type RankedCase,
} from '#recommendations/training/ranking-metrics.ts';
import { readRatingFolds } from '../datasets/movielens-100k.ts';
import { measureRatings, RATING_METHODS, selectRatingMethods } from '../ratings.ts';
import { selectContenders } from '../selection.ts';
import { runSessions } from '../sessions.ts';
import { compareCases, type Report, type ReportRow } from '../report.ts';
import { type Run, runContenders, type RunResult } from '../run.ts';
import { UnfitDataError } from '../interactions-file.ts';
import { fileRun, sessionRun } from './interactions.ts';
import { NCF_PROTOCOL, NCF_TUNING, type NcfAlgorithm, ncfRun } from './ncf.ts';
import { NCF_SOURCES } from './ncf-searches.ts';
import { RETAIL_PROTOCOLS, RETAIL_TUNING, retailRuns } from './online-retail.ts';

const ML100K_PROTOCOL =
  'MovieLens-100K, folds u1 to u5, mean over folds; predictions are cut to the range of ratings';
const ML100K_TUNING = 'a grid on one random fifth of the training part of u1';
/** The neighbours of every row of the test are computed: above this size it takes minutes. */
const RATING_LIMIT = 1_000_000;

export const SUITES = ['ncf', 'ml100k', 'online-retail'] as const;

export type SuiteOptions = {
  readonly suite?: (typeof SUITES)[number];
  readonly interactions?: string;
  readonly test?: string;
  readonly split?: string;
  readonly connections?: string;
  readonly algorithms?: readonly string[];
  readonly blend?: readonly string[];
  readonly seed: number;
  readonly threads: number;
};

export type SuiteResult = {
  readonly report: Report;
  /** Lists behind the rows: protocol, then algorithm. */
  readonly cases: ReadonlyMap<string, ReadonlyMap<string, readonly RankedCase[]>>;
};

type Progress = (message: string) => void;
type Collected = {
  rows: ReportRow[];
  notes: string[];
  cases: Map<string, Map<string, readonly RankedCase[]>>;
};

const METRIC_DEFINITIONS = {
  ...LIST_METRICS,
  ...CATALOGUE_METRICS,
  rmse: 'root of the mean squared error of predicted ratings',
  mae: 'mean absolute error of predicted ratings',
};

const LISTS: readonly ListKind[] = ['best', 'rebuy', 'discover'];
const LIST_MEANINGS: Readonly<Record<ListKind, string>> = {
  best: 'anything may be listed, everything taken counts',
  rebuy: 'only items had before, in list and truth',
  discover: 'only items never had before, in list and truth',
};

/** @throws {UnfitDataError} invalid options or data */
export async function runSuite(options: SuiteOptions, progress: Progress): Promise<SuiteResult> {
  if (options.interactions) return runFile({ ...options, interactions: options.interactions }, progress);
  if (options.suite === 'ml100k') return runRatings(options, progress);
  if (options.suite === 'ncf') return runNcf(options, progress);
  if (options.suite === 'online-retail') return runRetail(options, progress);
  throw new UnfitDataError(`expected --suite ${SUITES.join('|')} or --interactions FILE`);
}

function runNcf(options: SuiteOptions, progress: Progress): SuiteResult {
  const collected = collect();
  const suite = ncfRun();
  const run = { ...suite, ...selectContenders(suite.contenders, suite.blend, options) };
  add(
    collected,
    'ncf',
    ['best'],
    runContenders({ ...run, ...settings(options, progress), protocol: 'ncf', lists: ['best'] }),
  );
  for (const { algorithm, hyperParameters } of collected.rows) {
    const source = NCF_SOURCES[algorithm as NcfAlgorithm];
    if (source) collected.notes.push(`${algorithm} ${JSON.stringify(hyperParameters)}: ${source}`);
  }
  return finish('ncf', { ncf: NCF_PROTOCOL }, NCF_TUNING, options.seed, collected);
}

function runRetail(options: SuiteOptions, progress: Progress): SuiteResult {
  const collected = collect();
  const protocols: Record<string, string> = {};
  for (const [name, run] of Object.entries(retailRuns())) {
    const protocol = `online-retail/${name}`;
    for (const list of LISTS) {
      protocols[`${protocol}/${list}`] =
        `${RETAIL_PROTOCOLS[name as keyof typeof RETAIL_PROTOCOLS]}; ${LIST_MEANINGS[list]}`;
    }
    const asked = { ...run, ...selectContenders(run.contenders, run.blend, options) };
    add(
      collected,
      protocol,
      LISTS,
      runContenders({ ...asked, ...settings(options, progress), protocol, lists: LISTS }),
    );
  }
  return finish('online-retail', protocols, RETAIL_TUNING, options.seed, collected);
}

function runRatings(options: SuiteOptions, progress: Progress): SuiteResult {
  const collected = collect();
  const methods = selectRatingMethods(options.algorithms ?? RATING_METHODS);
  collected.rows.push(...measureRatings('ml100k', readRatingFolds(), methods, progress));
  return finish('ml100k', { ml100k: ML100K_PROTOCOL }, ML100K_TUNING, options.seed, collected);
}

async function runFile(
  options: SuiteOptions & { readonly interactions: string },
  progress: Progress,
): Promise<SuiteResult> {
  const collected = collect();
  if (options.split?.startsWith('sessions')) return runSessionFile(options, progress);
  const { description, notes, ratings, ratingMethods, ...run } = await fileRun(options);
  const protocol = 'interactions';
  const protocols: Record<string, string> = Object.fromEntries(
    LISTS.map((list) => [`${protocol}/${list}`, `${description}; ${LIST_MEANINGS[list]}`]),
  );
  collected.notes.push(...notes);
  if (ratings && ratingMethods.length > 0 && ratings.train.ratings.length <= RATING_LIMIT) {
    protocols[`${protocol}/ratings`] = `${options.interactions}, a random fifth of the ratings hidden`;
    collected.rows.push(...measureRatings(`${protocol}/ratings`, [ratings], ratingMethods, progress));
  } else if (ratings && ratingMethods.length > 0) {
    collected.notes.push(
      `ratings are not predicted: ${ratings.train.ratings.length}, the limit is ${RATING_LIMIT}`,
    );
  }
  if (Object.keys(run.contenders).length > 0) {
    add(collected, protocol, LISTS, runContenders({ ...run, ...settings(options, progress), protocol }));
  }
  return finish(
    'interactions',
    protocols,
    'none: defaults; weights of the blend on a split of the training data',
    options.seed,
    collected,
  );
}

function settings(options: SuiteOptions, progress: Progress): Pick<Run, 'seed' | 'threads' | 'progress'> {
  return { seed: options.seed, threads: options.threads, progress };
}

async function runSessionFile(
  options: SuiteOptions & { readonly interactions: string },
  progress: Progress,
): Promise<SuiteResult> {
  const { description, notes, ...run } = await sessionRun(options);
  const protocol = 'sessions';
  const { rows, cases } = runSessions({ ...run, ...settings(options, progress), protocol });
  return {
    report: {
      suite: 'interactions',
      protocols: { [protocol]: description },
      seed: options.seed,
      tuning: 'none: defaults',
      metricDefinitions: METRIC_DEFINITIONS,
      rows,
      notes,
    },
    cases: new Map([[protocol, cases]]),
  };
}

function collect(): Collected {
  return { rows: [], notes: [], cases: new Map() };
}

function add(collected: Collected, protocol: string, lists: readonly ListKind[], result: RunResult): void {
  collected.rows.push(...result.rows);
  collected.notes.push(...result.notes);
  for (const list of lists) {
    const name = lists.length === 1 ? protocol : `${protocol}/${list}`;
    const ranked = new Map(Array.from(result.cases, ([algorithm, byList]) => [algorithm, byList[list]]));
    collected.cases.set(name, ranked);
    const [best, frequency] = [ranked.get('blend'), ranked.get('personal-frequency')];
    if (list !== 'best' || !best || !frequency) continue;
    const { difference, interval } = compareCases(best, frequency);
    collected.notes.push(
      `${name}: nDCG@10 of blend minus personal-frequency ${difference.toFixed(4)}, paired bootstrap 95 % ${interval.low.toFixed(4)} to ${interval.high.toFixed(4)}`,
    );
  }
}

function finish(
  suite: string,
  protocols: Readonly<Record<string, string>>,
  tuning: string,
  seed: number,
  { rows, notes, cases }: Collected,
): SuiteResult {
  return {
    report: { suite, protocols, seed, tuning, metricDefinitions: METRIC_DEFINITIONS, rows, notes },
    cases,
  };
}
