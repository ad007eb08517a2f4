/** The command line: `c360 <command>`. */
import { CommanderError } from 'commander';

import { ignoreBrokenPipes, isBrokenPipe } from '#commands/broken-pipe.ts';
import { exitCodes, explainFailure } from '#commands/failure.ts';
import { note } from '#commands/terminal.ts';
import { createProgram } from './program.ts';

ignoreBrokenPipes();
try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it already; help and version are not errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else if (!isBrokenPipe(error)) {
    const failure = explainFailure(error);
    if (failure === null) note(`Unexpected: ${error instanceof Error ? error.stack : String(error)}`);
    else note(`${failure.message}${failure.hint === null ? '' : `\n${failure.hint}`}`);
    process.exit(failure?.exitCode ?? exitCodes.failure);
  }
}
