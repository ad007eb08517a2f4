/** `c360 train`: computes profiles, memberships and models from what is stored. */
import type { Command } from 'commander';

import { computeAll, trainAll } from '../compute-all.ts';
import { examples } from './examples.ts';
import { note, print } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description(
      'compute all profiles and segments anew, and train the models of recommendations and predictions',
    )
    .option('--json', 'print { "customers", "models", "predictions" } for programs')
    .addHelpText('after', examples('train', 'train --json'))
    .action((options: { json?: true }) =>
      withApp('train', async (app) => {
        note('Computing profiles and segments …');
        const customers = await computeAll(app);
        note('Training models …');
        const { models, predictions } = await trainAll(app, note);
        if (options.json) print(JSON.stringify({ customers, models, predictions }));
        else print(`Computed ${customers} profiles and trained ${models.length} models.`);
      }),
    );
}
