#!/usr/bin/env node
/** Entry point of the evaluation: selects a suite, prints its tables, writes JSON and plots. */

import { writeFile } from 'node:fs/promises';

import { Command, Option } from 'commander';
import { UnfitDataError } from './interactions-file.ts';
import { type CasesByAlgorithm, writePlots } from './plots.ts';
import { formatReport } from './report.ts';
import { formatTuning, tuneNcf } from './suites/ncf-tuning.ts';
import { runSuite, SUITES, type SuiteOptions, type SuiteResult } from './suites/suites.ts';

import { ignoreBrokenPipes } from '#commands/broken-pipe.ts';

type Options = SuiteOptions & {
  readonly json?: string;
  readonly plots?: string;
  readonly tune?: string;
  readonly grid?: string;
  readonly draws: number;
};

const program = new Command('evaluate')
  .description('Measures recommendation quality on published protocols or on your own interactions.')
  .addOption(new Option('--suite <name>', 'a published protocol').choices([...SUITES]))
  .option('--interactions <file>', 'csv of user, item, [rating], [time]')
  .option('--test <file>', 'csv of what the users took afterwards')
  .option('--connections <file>', 'csv of user, user, [kind], for the algorithm social')
  .option(
    '--split <split>',
    'last-basket, last-item, date:YYYY-MM-DD, random:0.8, or sessions:0.8 for the next item of unseen sessions',
  )
  .option('--algorithms <names>', 'only these, separated by commas', (names: string) => names.split(','))
  .option(
    '--blend <names>',
    'blend these instead of the usual ones, separated by commas; only they and --algorithms are trained',
    (names: string) => names.split(','),
  )
  .option('--tune <algorithm>', 'with --suite ncf: search its parameters on validation splits of train')
  .option('--grid <values>', 'with --tune: what to try, e.g. "l1=1,5;l2=200,800"')
  .option('--draws <number>', 'with --tune: hidden sets, each of one item per user', Number, 3)
  .option('--seed <number>', 'of every random choice', Number, 1)
  .option('--threads <number>', 'for training', Number, 2)
  .option('--json <file>', 'write the results for machines')
  .option('--plots <folder>', 'write plots as SVG');

async function evaluate(options: Options): Promise<void> {
  const progress = (message: string): void => void process.stderr.write(`${message}\n`);
  if (options.tune) {
    if (options.suite !== 'ncf') throw new UnfitDataError('expected --suite ncf with --tune');
    const tuning = tuneNcf({ ...options, tune: options.tune }, progress);
    process.stdout.write(formatTuning(tuning));
    await writeJson(options.json, tuning);
    return;
  }
  const result = await runSuite(options, progress);
  process.stdout.write(formatReport(result.report));
  await writeJson(options.json, result.report);
  if (options.plots) await plot(options.plots, result);
}

async function writeJson(file: string | undefined, value: object): Promise<void> {
  if (file) await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function plot(folder: string, { report, cases }: SuiteResult): Promise<void> {
  for (const protocol of Object.keys(report.protocols)) {
    const rows = report.rows.filter(
      (row) => row.protocol === protocol && row.metrics['ndcg@10'] !== undefined,
    );
    const ranked: CasesByAlgorithm | undefined = cases.get(protocol);
    if (rows.length > 0 && ranked) await writePlots(folder, protocol, rows, ranked);
  }
}

ignoreBrokenPipes();
try {
  await evaluate(program.parse().opts());
} catch (error) {
  if (!(error instanceof UnfitDataError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
