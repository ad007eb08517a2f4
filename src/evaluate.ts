#!/usr/bin/env node
/** Entry point of the evaluation: picks a suite, prints its tables, writes JSON and plots. Never measures anything. */

import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { UnfitDataError } from '#recommendations/evaluation/interactions-file.ts';
import { type CasesByAlgorithm, writePlots } from '#recommendations/evaluation/plots.ts';
import { formatReport } from '#recommendations/evaluation/report.ts';
import {
  runSuite,
  SUITES,
  type SuiteOptions,
  type SuiteResult,
} from '#recommendations/evaluation/suites/suites.ts';

type Options = SuiteOptions & { readonly json?: string; readonly plots?: string };

const program = new Command('evaluate')
  .description('Measures recommendation quality on published protocols or on your own interactions.')
  .addOption(new Option('--suite <name>', 'a published protocol').choices([...SUITES]))
  .option('--interactions <file>', 'csv of user, item, [rating], [time]')
  .option('--test <file>', 'csv of what the users took afterwards')
  .option('--split <split>', 'last-basket, last-item, date:YYYY-MM-DD or random:0.8')
  .option('--algorithms <names>', 'only these, separated by commas', (names: string) => names.split(','))
  .option('--seed <number>', 'of every random choice', Number, 1)
  .option('--threads <number>', 'for training', Number, 2)
  .option('--json <file>', 'write the results for machines')
  .option('--plots <folder>', 'write plots as SVG');

async function evaluate(options: Options): Promise<void> {
  const result = await runSuite(options, (message) => void process.stderr.write(`${message}\n`));
  process.stdout.write(formatReport(result.report));
  if (options.json) await writeFile(options.json, `${JSON.stringify(result.report, null, 2)}\n`);
  if (options.plots) await plot(options.plots, result);
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

try {
  await evaluate(program.parse().opts());
} catch (error) {
  if (!(error instanceof UnfitDataError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
