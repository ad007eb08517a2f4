/** `c360 segments`: lists segments, explains their evaluation, and exports their members. */
import type { App } from '#platform/app.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import { openPrivateFile } from '#platform/private-file.ts';
import { explainSegment } from '#segments/vocabulary/explain-segment.ts';
import { exportFormats } from '#segments/export/formats.ts';
import { exportMembers } from '#segments/export/members.ts';
import { countMembers, segmentResource, type SegmentRow } from '#segments/queries.ts';
import { type Command, Option } from 'commander';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CommandError } from './failure.ts';
import { examples } from './examples.ts';
import { print, printTable } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addSegmentsCommand(program: Command): void {
  const segments = program
    .command('segments')
    .description('list segments, explain their evaluation, export their members');

  segments
    .command('list')
    .description('list the active segments with their sizes')
    .option('--json', 'print a JSON list')
    .addHelpText('after', examples('segments list'))
    .action((options: { json?: true }) =>
      withApp('segments list', async (app) => {
        const rows = await readAllSegments(app);
        if (options.json) print(JSON.stringify(rows));
        else
          printTable(
            ['KEY', 'SIZE', 'VERSION', 'RULE'],
            rows.map(({ key, size, ruleVersion, rule }) => [key, String(size), String(ruleVersion), rule]),
          );
      }),
    );

  segments
    .command('explain')
    .description('print the rule, the SQL of its members and the plan of the database')
    .argument('<key>', 'key of an active segment')
    .option('--analyze', 'run the statement too, for actual counts and times')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('segments explain champions', 'segments explain champions --analyze'))
    .action((key: string, options: { analyze?: true; json?: true }) =>
      withApp('segments explain', async (app) => {
        const explained = await explainSegment(app, key, options.analyze === true);
        if (options.json) {
          print(JSON.stringify(explained));
          return;
        }
        print(`Rule\n${explained.rule}\n`);
        print(`Looked at again when one of these changes\n${explained.facts?.join(', ') ?? 'anything'}\n`);
        print(`SQL\n${explained.sql}\n`);
        print(
          `Parameters\n${explained.parameters.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`).join('\n')}\n`,
        );
        print(`Plan\n${explained.plan.join('\n')}`);
      }),
    );

  segments
    .command('export')
    .description('write the members of a segment, with contact data masked unless asked for')
    .argument('<key>', 'key of an active segment')
    .addOption(
      new Option('--format <name>', 'csv or ndjson').choices(Object.keys(exportFormats)).default('csv'),
    )
    .option('--out <file>', 'output file; standard output by default')
    .option('--pii', 'with names, e-mail addresses and phone numbers in full')
    .addHelpText(
      'after',
      examples(
        'segments export champions > champions.csv',
        'segments export champions --format ndjson --pii --out file',
      ),
    )
    .action((key: string, options: { format: keyof typeof exportFormats; out?: string; pii?: true }) =>
      withApp('segments export', async (app) => {
        const segment = await segmentResource.byKey(app.db, key);
        if (segment === null || segment.archivedAt !== null) {
          throw new CommandError(
            `There is no active segment with the key ${key}.`,
            'See `c360 segments list`.',
          );
        }
        const viewer: Viewer = {
          name: 'command line',
          id: 'command-line',
          kind: 'key',
          scopes: new Set(options.pii ? ['pii:read'] : []),
        };
        const text = exportFormats[options.format](exportMembers(app, segment.id, viewer));
        if (options.out === undefined) await pipeline(Readable.from(text), process.stdout, { end: false });
        else {
          const file = await openPrivateFile(options.out, 'w');
          await pipeline(Readable.from(text), file.createWriteStream());
        }
      }),
    );
}

async function readAllSegments({ db }: App): Promise<(SegmentRow & { size: number })[]> {
  const order = { name: 'segments.key', columns: ['text'] } as const;
  const all = { order, size: 10_000, limit: 10_000, isBackward: false, after: null, before: null };
  const rows = await segmentResource.page(db, all);
  const sizes = await countMembers(
    db,
    rows.map(({ id }) => id),
  );
  const sizeOf = new Map(sizes.map(({ segmentId, count }) => [segmentId, count]));
  return rows.map((row) => Object.assign({}, row, { size: sizeOf.get(row.id) ?? 0 }));
}
