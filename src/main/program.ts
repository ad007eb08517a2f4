/** All commands of `c360`. */
import { Command } from 'commander';

import { addClustersCommand } from '#commands/clusters.ts';
import { addDemoCommand } from '#commands/demo.ts';
import { addExportCommand } from '#commands/export.ts';
import { addImportCommand } from '#commands/import.ts';
import { addKeysCommand } from '#commands/keys.ts';
import { addMigrateCommand } from '#commands/migrate.ts';
import { addModelsCommand } from '#commands/models.ts';
import { addRepairCommand } from '#commands/repair.ts';
import { addSchemaCommand } from '#commands/schema.ts';
import { addSegmentsCommand } from '#commands/segments.ts';
import { addServeCommand } from '#commands/serve.ts';
import { addTrainCommand } from '#commands/train.ts';
import { addWorkerCommand } from '#commands/worker.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed
  2  wrong arguments or settings; nothing was done
  3  another process holds the embedded database
  4  the database server cannot be reached
`;

/** Throws a CommanderError where commander would end the process. */
export function createProgram(): Command {
  const program = new Command('c360')
    .description('Customer 360: one profile per customer, served as GraphQL.')
    .showHelpAfterError('See --help for the expected arguments.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride();

  addServeCommand(program);
  addWorkerCommand(program);
  addMigrateCommand(program);
  addImportCommand(program);
  addExportCommand(program);
  addDemoCommand(program);
  addTrainCommand(program);
  addClustersCommand(program);
  addModelsCommand(program);
  addSegmentsCommand(program);
  addKeysCommand(program);
  addRepairCommand(program);
  addSchemaCommand(program);
  return program;
}
