/** `c360 train`: computes profiles, memberships and models from stored data. */
import type { Command } from 'commander';

import { trainModels } from '#recommendations/service.ts';
import type { AlgorithmName } from '#recommendations/recommenders/recommender.ts';

import { computeAll, describeRejected, trainAll, type TrainedModels } from '#main/compute-all.ts';
import { examples } from './examples.ts';
import { CommandError } from './failure.ts';
import { readAlgorithm } from './models.ts';
import { note, print } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('compute all profiles and segments, and train the models of recommendations and predictions')
    .option(
      '--algorithms <list>',
      'train only these recommendation methods, comma-separated; the quick ones by default',
      (text) => text.split(',').map(readAlgorithm),
    )
    .option('--json', 'print { "customers", "models", "predictions" } for programs')
    .addHelpText('after', examples('train', 'train --json', 'train --algorithms slim,neumf'))
    .action((options: { algorithms?: readonly AlgorithmName[]; json?: true }) =>
      withApp('train', async (app) => {
        if (options.algorithms !== undefined) {
          const { versions, rejected } = await trainModels(app, { algorithms: options.algorithms });
          if (options.json) print(JSON.stringify({ models: versions, rejected }));
          else
            print(
              `Trained ${versions.length + rejected.length} models, ${versions.length} of them serve now.`,
            );
          for (const { algorithm, version } of rejected) note(describeRejected(algorithm, version));
          return;
        }
        note('Computing profiles and segments …');
        const customers = await computeAll(app);
        note('Training models …');
        const { models, predictions } = await trainAll(app, note);
        if (options.json) print(JSON.stringify({ customers, models, predictions }));
        else print(`Computed ${customers} profiles and trained ${describeTrained({ models, predictions })}.`);
        if (models.length === 0 && !predictions.isTrained)
          throw new CommandError('No model could be trained.');
      }),
    );
}

function describeTrained({ models, predictions }: TrainedModels): string {
  const recommendations = `${models.length} models of recommendations`;
  return predictions.isTrained ? `${recommendations} and the predictions` : recommendations;
}
