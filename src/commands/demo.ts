/** `c360 demo`: fills a database with the demo shop. */
import type { App } from '#platform/app.ts';
import type { Command } from 'commander';

import { examples } from './examples.ts';
import { CommandError } from './failure.ts';
import { createProgress, print } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'fill an empty database with the demo shop: customers, products, two years of orders and events',
    )
    .option('--force', 'add it to a database that holds other data')
    .addHelpText('after', examples('demo', 'demo   # with DATABASE_URL=postgres://… set'))
    .action((options: { force?: true }) =>
      withApp('demo', async (app) => {
        const state = await readState(app);
        if (state === 'other data' && options.force === undefined) {
          throw new CommandError(
            'The database holds data that is not the demo shop.',
            'Give another DATA_DIR or DATABASE_URL, or --force to add the demo shop to it.',
          );
        }
        if (state !== 'filled') await fill(app);
        print(state === 'filled' ? 'The demo shop is there already.' : 'The demo shop is ready.');
      }),
    );
}

/** Fills an empty database; resumes after an interrupted start; does not touch other data. */
export async function fillDemoUnlessFilled(app: App): Promise<void> {
  const state = await readState(app);
  if (state === 'empty' || state === 'half filled') await fill(app);
}

async function fill(app: App): Promise<void> {
  const progress = createProgress('Demo shop');
  try {
    // Loaded once in the life of an installation.
    const { fillDemo } = await import('#demo/fill-demo.ts');
    await fillDemo(app, (done, total, step) => progress.update(done, total, step));
  } finally {
    progress.end();
  }
}

type State = 'empty' | 'half filled' | 'filled' | 'other data';

async function readState(app: App): Promise<State> {
  const [row] = await app.db.query<{ state: State }>(
    `/* demo.state */
    select case
      when exists (select from installation where key = 'demo.filled') then 'filled'
      when exists (select from installation where key = 'demo.present') then 'half filled'
      when exists (select from customers) or exists (select from products) then 'other data'
      else 'empty'
    end as state`,
  );
  return row!.state;
}
