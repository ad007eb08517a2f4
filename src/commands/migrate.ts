/** `c360 migrate`: brings the database to the newest migration. */
import type { Command } from 'commander';

import { examples } from './examples.ts';
import { print } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the database to the newest migration; every other command does so too')
    .addHelpText('after', examples('migrate', 'migrate   # with DATABASE_URL=postgres://… set'))
    .action(() =>
      withApp('migrate', async (app) => {
        print(`The ${app.db.engine === 'pglite' ? 'embedded database' : 'database'} is up to date.`);
      }),
    );
}
