/** `c360 export`: writes customers into a file or to standard output. */
import type { Viewer } from '#platform/auth/viewer.ts';
import type { CursorValues } from '#graphql/connections.ts';
import { openPrivateFile } from '#platform/private-file.ts';
import { type ExportField, exportFieldNames, readExportChunk } from '#segments/export/customers.ts';
import { SegmentRuleError } from '#segments/errors.ts';
import { resolveRule } from '#segments/vocabulary/preview.ts';
import { type Command, Option } from 'commander';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { OpenApp } from '#main/open-app.ts';
import { examples } from './examples.ts';
import { CommandError } from './failure.ts';
import { note } from './terminal.ts';
import { withApp } from './with-app.ts';

interface ExportOptions {
  readonly filter?: string;
  readonly fields?: string;
  readonly format: 'csv' | 'ndjson';
  readonly out?: string;
  readonly pii?: true;
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write customers, all or those who follow a rule, with contact data masked unless asked for')
    .option('--filter <rule>', "rule that they follow, such as IN SEGMENT 'champions'")
    .option('--fields <names>', `columns in their order, of ${exportFieldNames.join(',')}`)
    .addOption(new Option('--format <name>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
    .option('--out <file>', 'where to; standard output unless said')
    .option('--pii', 'with names, e-mail addresses and phone numbers in full')
    .addHelpText(
      'after',
      examples(
        'export > customers.csv',
        `export --filter "IN SEGMENT 'champions'" --fields id,email --pii --out champions.csv`,
      ),
    )
    .action((options: ExportOptions) => withApp('export', (app) => exportCustomers(app, options)));
}

async function exportCustomers(app: OpenApp, options: ExportOptions): Promise<void> {
  const text = Readable.from(readText(app, options));
  if (options.out === undefined) {
    await pipeline(text, process.stdout, { end: false });
    return;
  }
  const file = await openPrivateFile(options.out, 'w');
  await pipeline(text, file.createWriteStream());
}

async function* readText(app: OpenApp, options: ExportOptions): AsyncGenerator<string> {
  const { filter, format } = options;
  const viewer: Viewer = {
    name: 'command line',
    id: 'command-line',
    kind: 'key',
    scopes: new Set(options.pii ? ['pii:read'] : []),
  };
  const shape = { format, fields: readFields(options.fields), rule: await readRule(app, filter), viewer };
  let place: CursorValues | null = null;
  let count = 0;
  do {
    const chunk = await readExportChunk(app, shape, place, app.clock());
    yield chunk.text;
    count += chunk.rowCount;
    place = chunk.place;
    if (place !== null) note(`${count} customers`);
  } while (place !== null);
  note(`${count} customers written.`);
}

async function readRule(app: OpenApp, filter: string | undefined) {
  if (filter === undefined) return null;
  try {
    return (await resolveRule(app.db, filter)).inlined;
  } catch (error) {
    if (!(error instanceof SegmentRuleError)) throw error;
    throw new CommandError(`The filter cannot be used: ${error.message}`, 'See docs/segments.md.');
  }
}

function readFields(text: string | undefined): readonly ExportField[] {
  if (text === undefined) return exportFieldNames;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(exportFieldNames as readonly string[]).includes(name));
  if (unknown !== undefined || new Set(names).size < names.length) {
    throw new CommandError(
      `Expected different fields of ${exportFieldNames.join(', ')}, got ${text}.`,
      'See `c360 export --help`.',
    );
  }
  return names as ExportField[];
}
