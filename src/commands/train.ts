/** `c360 train`: computes profiles, memberships and models from what is stored. */
import { trainPredictions } from '#predictions/service.ts';
import { trainModels } from '#recommendations/service.ts';
import type { Command } from 'commander';

import { computeAll } from '../compute-all.ts';
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
        const { versions } = await trainModels(app);
        const predictions = await trainPredictions(app);
        if (!predictions.isTrained) note(predictions.reason);
        if (options.json) print(JSON.stringify({ customers, models: versions, predictions }));
        else print(`Computed ${customers} profiles and trained ${versions.length} models.`);
      }),
    );
}
