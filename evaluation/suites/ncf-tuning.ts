/** The search for the parameters of the NCF suite, as a repeatable command. Does not read the test. */

import { MODELS_UNDER_TEST, type ModelUnderTest } from '../models-under-test.ts';
import { readNcfSplit } from '../datasets/movielens-1m.ts';
import { UnfitDataError } from '../interactions-file.ts';
import { type Settings, type Trial, tune, TUNING_CRITERION } from '../tuning.ts';
import { NCF_ALGORITHMS, NCF_CONTENDERS, NCF_SAMPLE_COUNT, type NcfAlgorithm } from './ncf.ts';
import { type Grid, NCF_GRIDS } from './ncf-searches.ts';

export type NcfTuning = {
  readonly suite: 'ncf';
  readonly algorithm: string;
  readonly criterion: string;
  readonly seeds: readonly number[];
  readonly trials: readonly Trial[];
};

export type NcfTuningOptions = {
  readonly tune: string;
  /** `name=value,value;name=value,value` */
  readonly grid?: string;
  readonly draws: number;
  readonly seed: number;
  readonly threads: number;
};

/** @throws {UnfitDataError} there is no such algorithm, or the grid is invalid */
export function tuneNcf(options: NcfTuningOptions, progress: (message: string) => void): NcfTuning {
  const algorithm = NCF_ALGORITHMS.find((name) => name === options.tune);
  if (!algorithm) {
    throw new UnfitDataError(`expected --tune of ${NCF_ALGORITHMS.join(', ')}; got ${options.tune}`);
  }
  const grid = options.grid ? parseGrid(options.grid) : (NCF_GRIDS[algorithm] ?? {});
  const seeds = Array.from({ length: options.draws }, (_, draw) => options.seed + draw);
  const trials = tune({
    train: readNcfSplit().train,
    candidates: combine(grid),
    contenderOf: (settings) => contenderOf(algorithm, settings),
    sampleCount: NCF_SAMPLE_COUNT,
    seeds,
    threads: options.threads,
    progress,
  });
  return { suite: 'ncf', algorithm, criterion: TUNING_CRITERION, seeds, trials };
}

export function formatTuning({ algorithm, criterion, seeds, trials }: NcfTuning): string {
  const rows = trials.map(({ settings, hr, ndcg, behind, behindError, seconds }) =>
    [
      hr.toFixed(4).padStart(7),
      ndcg.toFixed(4).padStart(8),
      behind.toFixed(4).padStart(8),
      behindError.toFixed(4).padStart(7),
      seconds.toFixed(1).padStart(8),
      ` ${JSON.stringify(settings)}`,
    ].join(' '),
  );
  return [
    `${algorithm}: ${criterion}; seeds ${seeds.join(', ')}; no test item is read`,
    '',
    '  hr@10  ndcg@10   behind   error  train s  settings',
    ...rows,
    '',
  ].join('\n');
}

function contenderOf(algorithm: NcfAlgorithm, settings: Settings): ModelUnderTest {
  const create = MODELS_UNDER_TEST[algorithm === 'ials-64' ? 'ials' : algorithm] as (
    parameters: object,
  ) => ModelUnderTest;
  return create({ ...NCF_CONTENDERS[algorithm].parameters, ...settings });
}

/** @throws {UnfitDataError} */
function parseGrid(text: string): Grid {
  return Object.fromEntries(
    text.split(';').map((part) => {
      const [name, values] = part.split('=');
      if (!name || !values) throw new UnfitDataError(`expected name=value,value;name=value, got ${part}`);
      return [name.trim(), values.split(',').map(parseValue)];
    }),
  );
}

function parseValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function combine(grid: Grid): readonly Settings[] {
  return Object.entries(grid).reduce<readonly Settings[]>(
    (combined, [name, values]) =>
      combined.flatMap((settings) => values.map((value) => ({ ...settings, [name]: value }))),
    [{}],
  );
}
