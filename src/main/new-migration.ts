/**
 * `npm run migration -- NAME`: writes the next migration from tables.ts, with partitions and placements, which
 * drizzle-kit does not know.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { placementBlock } from './placements.ts';

const FOLDER = 'drizzle';
const BREAKPOINT = '--> statement-breakpoint';
const PARTITIONED: Readonly<Record<string, string>> = { events: 'partition by range ("occurred_at")' };

const before = new Set(listMigrations());
execFileSync('drizzle-kit', ['generate', '--name', process.argv[2] ?? 'change'], { stdio: 'inherit' });
for (const file of listMigrations().filter((name) => !before.has(name))) {
  const path = join(FOLDER, file);
  writeFileSync(path, complete(readFileSync(path, 'utf8')));
}

function listMigrations(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.sql'));
}

/** Partitions its tables, then places them between the last CREATE TABLE and the first foreign key. */
function complete(script: string): string {
  const statements = script.split(BREAKPOINT).map((statement) => statement.trim());
  const tables: string[] = [];
  const completed = statements.map((statement) => {
    const table = /^CREATE TABLE "(\w+)"/.exec(statement)?.[1];
    if (table === undefined) return statement;
    tables.push(table);
    const partition = PARTITIONED[table];
    return partition === undefined ? statement : statement.replace(/\);$/, `) ${partition};`);
  });
  if (tables.length > 0) {
    const lastTable = completed.findLastIndex((statement) => statement.startsWith('CREATE TABLE'));
    completed.splice(lastTable + 1, 0, placementBlock(tables));
  }
  return `${completed.join(`\n${BREAKPOINT}\n`)}\n`;
}
