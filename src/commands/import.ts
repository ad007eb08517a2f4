/** `c360 import`: takes a file in, and computes what follows from it. */
import { type FormatName, importFormats } from '#events/import/formats.ts';
import { importFile, type ImportSummary } from '#events/import/import-file.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { computeAll, trainAll } from '../compute-all.ts';
import { examples } from './examples.ts';
import { createInterrupt } from './stop-on-signal.ts';
import { createProgress, note, print } from './terminal.ts';
import { withApp } from './with-app.ts';

interface ImportCommandOptions {
  readonly format: FormatName;
  readonly map?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly rejects?: string;
  readonly compute: boolean;
  readonly json?: true;
}

const MEGABYTE = 1_000_000;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('take a CSV file in; may be stopped and started again, and changes nothing the second time')
    .argument('<file>', 'CSV with a header line, or the same gzipped (.gz)')
    .addOption(
      new Option('--format <name>', 'what the file holds')
        .choices(Object.keys(importFormats))
        .makeOptionMandatory(),
    )
    .option(
      '--map <column=header>',
      'header in the file of a column of the format; may be repeated',
      addMapping,
    )
    .option('--source <name>', 'system that the ids in the file are from (default: name of the format)')
    .option('--rejects <file>', 'where rejected rows go, with line and reason (default: FILE.rejects.csv)')
    .option('--no-compute', 'leave profiles, segments and models to `c360 train`')
    .option('--json', 'end with one JSON object for programs')
    .addHelpText('after', `\nFormats and their columns:\n${describeFormats()}`)
    .addHelpText(
      'after',
      examples(
        'import online-retail.csv.gz --format online-retail',
        'import shop.csv --format online-retail --map StockCode=sku --map CustomerID=client',
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
        else describe(summary);
      }),
    );
}

function addMapping(text: string, mapping: Record<string, string> = {}): Record<string, string> {
  const [column, header] = text.split(/=(.*)/s);
  if (!column || !header) throw new InvalidArgumentError('Expected column=header, such as StockCode=sku.');
  return { ...mapping, [column]: header };
}

function describeFormats(): string {
  return Object.entries(importFormats)
    .map(([name, { columns }]) => `  ${name}: ${columns.map((column) => column.name).join(', ')}`)
    .join('\n');
}

function describe(summary: ImportSummary): void {
  const { rowsRead, imported, merged, rejected, rejectsFile, durationMs, rowsPerSecond, resumedAtRow } =
    summary;
  const count = (value: number) => value.toLocaleString('en');
  print(
    `Read ${count(rowsRead)} rows in ${(durationMs / 1000).toFixed(1)} s (${count(Math.round(rowsPerSecond))} a second).`,
  );
  if (resumedAtRow > 0) print(`Went on at row ${count(resumedAtRow)}.`);
  print(`  imported  ${count(imported)}\n  merged    ${count(merged)}  (were there already)`);
  print(`  rejected  ${count(rejected)}${rejectsFile === null ? '' : `  (see ${rejectsFile})`}`);
  const dirt = Object.entries(summary.dirt).toSorted(([, a], [, b]) => b - a);
  if (dirt.length > 0) print('Found:');
  for (const [kind, rows] of dirt) print(`  ${kind.padEnd(24)} ${count(rows)}`);
}
