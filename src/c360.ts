/** The command line: `c360 <command>`. Holds no work of its own. */
import { Command, CommanderError } from 'commander';

import { addDemoCommand } from './commands/demo.ts';
import { exitCodes, explainFailure } from './commands/failure.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addServeCommand } from './commands/serve.ts';
import { note } from './commands/terminal.ts';
import { addTrainCommand } from './commands/train.ts';
import { addWorkerCommand } from './commands/worker.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed
  2  wrong arguments or settings; nothing was done
  3  another process holds the embedded database
  4  the database server cannot be reached
`;

const program = new Command('c360')
  .description('Customer 360: one profile per person, served as GraphQL.')
  .showHelpAfterError('See --help for what is expected.')
  .addHelpText('after', EXIT_CODES)
  .exitOverride();

addServeCommand(program);
addWorkerCommand(program);
addMigrateCommand(program);
addDemoCommand(program);
addTrainCommand(program);
addKeysCommand(program);
addSchemaCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    const failure = explainFailure(error);
    if (failure === null) note(`Unexpected: ${error instanceof Error ? error.stack : String(error)}`);
    else note(`${failure.message}${failure.hint === null ? '' : `\n${failure.hint}`}`);
    process.exit(failure?.exitCode ?? exitCodes.failure);
  }
}
