/** Failures of commands: one clear message, a hint, and an exit code. */
import { DomainError } from '#platform/errors.ts';
import { ConfigError } from '#platform/config.ts';
import { GatewayEndedError } from '#platform/database/embedded/socket-link.ts';
import { FolderInUseError } from '#platform/folder-lock.ts';

import { DatabaseUnreachableError, MigrationFailedError } from '#main/open-app.ts';

export const exitCodes = {
  ok: 0,
  /** The command ran and did not succeed. */
  failure: 1,
  /** Wrong arguments or settings: nothing was done. */
  usage: 2,
  /** Another process holds the embedded database. */
  inUse: 3,
  /** The database cannot be reached. */
  unreachable: 4,
} as const;

/** Ends the command with this message, hint and code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly hint: string | null;
  readonly exitCode: number;

  constructor(message: string, hint: string | null = null, exitCode: number = exitCodes.failure) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

export interface Failure {
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

/** Null for an unexpected error, which is printed with its stack. */
export function explainFailure(error: unknown): Failure | null {
  if (!(error instanceof Error)) return null;
  const { message } = error;
  const fail = (exitCode: number, hint: string | null): Failure => ({ message, hint, exitCode });
  if (error instanceof CommandError) return error;
  if (error instanceof ConfigError) {
    return fail(exitCodes.usage, 'Settings come from the environment; docs/operations.md lists them.');
  }
  if (error instanceof FolderInUseError) {
    const hint =
      'Only a running gateway lets other commands work beside it, and neither `serve`, `worker` nor `keys rotate`: stop that process first, give another folder in DATA_DIR, or run on a server with DATABASE_URL.';
    return fail(exitCodes.inUse, hint);
  }
  if (error instanceof GatewayEndedError) {
    return fail(
      exitCodes.failure,
      'Start it, or run the command alone; what was not finished can be run again.',
    );
  }
  if (error instanceof DatabaseUnreachableError) {
    return fail(exitCodes.unreachable, 'Check DATABASE_URL, and that the server runs and lets this user in.');
  }
  if (error instanceof MigrationFailedError) {
    return fail(exitCodes.failure, 'Give it a database of its own, and a user that may create tables there.');
  }
  if (error instanceof DomainError) return fail(exitCodes.failure, null);
  const { code, path, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return {
      message: `Port ${port} is taken.`,
      hint: 'Choose another with PORT=4001.',
      exitCode: exitCodes.failure,
    };
  }
  if (code === 'ENOENT' && path !== undefined) {
    return { message: `There is no file ${path}.`, hint: null, exitCode: exitCodes.usage };
  }
  if (code === 'EACCES' && path !== undefined) {
    return {
      message: `${path} may not be read or written by this user.`,
      hint: null,
      exitCode: exitCodes.failure,
    };
  }
  return null;
}
