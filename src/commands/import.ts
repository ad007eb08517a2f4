/** `c360 import`: imports a file, and updates derived data. */
import type { OnConflict } from '#customers/identity/identity-policy.ts';
import { DATE_CHOICES, type DateChoice } from '#events/import/dates.ts';
import type { RepeatedLines } from '#events/import/format.ts';
import { type FormatName, importFormats } from '#events/import/formats.ts';
import { importFile } from '#events/import/import-file.ts';
import { OWN_SOURCE } from '#events/import/records.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { computeAll, trainAll } from '#main/compute-all.ts';
import { examples } from './examples.ts';
import { CommandError } from './failure.ts';
import { describeFormats, READING } from './import-help.ts';
import { describeSummary, explainFailedImport } from './import-summary.ts';
import { createInterrupt } from './stop-on-signal.ts';
import { createProgress, note, print } from './terminal.ts';
import { withApp } from './with-app.ts';

interface ImportCommandOptions {
  readonly format: FormatName;
  readonly map?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly onConflict: OnConflict;
  readonly dates?: DateChoice;
  readonly zone?: string;
  readonly decimal?: 'point' | 'comma';
  readonly repeatedLines?: RepeatedLines;
  readonly attributes?: 'rest';
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly rejects?: string;
  readonly compute: boolean;
  readonly json?: true;
}

const MEGABYTE = 1_000_000;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('import a CSV file; may be stopped and resumed, and is idempotent')
    .argument('<file>', 'CSV with a header line, or the same gzipped (.gz)')
    .addOption(
      new Option('--format <name>', 'the format of the file')
        .choices(Object.keys(importFormats))
        .makeOptionMandatory(),
    )
    .option(
      '--map <column=header>',
      'header in the file of a column of the format; may be repeated',
      addMapping,
    )
    .option(
      '--source <name>',
      `system that the ids in the file are from (default: ${OWN_SOURCE} for every format but online-retail, so that files of one shop meet)`,
    )
    .addOption(
      new Option(
        '--dates <form>',
        'what 3/4/2026 means, or a bare number: days of a spreadsheet, seconds since 1970 (default: as some row of the file proves)',
      ).choices(DATE_CHOICES),
    )
    .option('--zone <name>', 'time zone of times that name none, such as Europe/London (default: UTC)')
    .addOption(
      new Option('--decimal <mark>', 'what parts decimals (default: as the file proves)').choices([
        'point',
        'comma',
      ]),
    )
    .addOption(
      new Option(
        '--repeated-lines <rule>',
        'equal lines of one order: sum, each is one more of the product, or once, the source wrote one line twice (default: once for online-retail, else sum)',
      ).choices(['sum', 'once']),
    )
    .addOption(
      new Option(
        '--attributes <which>',
        'rest: columns that the format does not know are attributes of the customer, or properties of the event',
      ).choices(['rest']),
    )
    .option(
      '--delimiter <character>',
      'what parts fields: one character, or tab (default: told by the header)',
    )
    .option(
      '--encoding <name>',
      'such as windows-1252 (default: UTF-8, UTF-16 or Windows-1252, told by the bytes)',
    )
    .addOption(
      new Option(
        '--on-conflict <action>',
        'for an identity that would merge customers whose stronger identities differ, such as a phone that two customer ids share: keep its owner and report it, stop, or merge them',
      )
        .choices(['keep', 'reject', 'merge'])
        .default('keep'),
    )
    .option('--rejects <file>', 'where rejected rows go, with line and reason (default: FILE.rejects.csv)')
    .option('--no-compute', 'leave profiles, segments and models to `c360 train`')
    .option('--json', 'end with one JSON object for programs')
    .addHelpText('after', `\nFormats and their columns (* needed):\n${describeFormats()}`)
    .addHelpText('after', `\n${READING}`)
    .addHelpText(
      'after',
      examples(
        'import online-retail.csv.gz --format online-retail',
        'import shop.csv --format online-retail --map StockCode=sku --map CustomerID=client',
        'import customers.csv --format customers --attributes rest',
        'import bestellungen.csv --format orders --dates dmy --decimal comma --zone Europe/Berlin',
        'import till.csv --format orders --map line_total=sales_value --repeated-lines once',
      ),
    )
    .action((file: string, options: ImportCommandOptions) =>
      withApp('import', async (app) => {
        const interrupt = createInterrupt();
        const progress = createProgress('Importing');
        const rejectsFile = options.rejects ?? `${file}.rejects.csv`;
        const summary = await importFile(app, {
          file,
          format: options.format,
          mapping: options.map,
          source: options.source,
          onConflict: options.onConflict,
          dates: options.dates,
          zone: options.zone,
          decimal: options.decimal,
          repeatedLines: options.repeatedLines,
          attributes: options.attributes,
          delimiter: options.delimiter,
          encoding: options.encoding,
          rejectsFile,
          signal: interrupt.signal,
          onProgress: ({ bytesRead, bytesTotal, rowsDone }) =>
            progress.update(
              Math.round(bytesRead / MEGABYTE),
              Math.round(bytesTotal / MEGABYTE),
              `MB read, ${rowsDone.toLocaleString('en')} rows written`,
            ),
        }).finally(() => {
          progress.end();
          interrupt.end();
        });
        if (interrupt.signal.aborted) note('Stopped; the same command goes on where it stood.');
        else if (options.compute && summary.imported > 0) {
          note('Computing profiles and segments …');
          await computeAll(app);
          note('Training models …');
          await trainAll(app, note);
        }
        if (options.json) print(JSON.stringify(summary));
        else describeSummary(summary);
        const failure = explainFailedImport(summary);
        if (failure !== null) throw new CommandError(failure);
      }),
    );
}

function addMapping(text: string, mapping: Record<string, string> = {}): Record<string, string> {
  const [column, header] = text.split(/=(.*)/s);
  if (!column || !header) throw new InvalidArgumentError('Expected column=header, such as StockCode=sku.');
  return { ...mapping, [column]: header };
}
