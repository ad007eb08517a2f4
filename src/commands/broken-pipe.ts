/** Readers that stop reading, such as `head`: a command then ends as if all had been read. */

/** To be called before the first output: an error of a stream that nobody handles ends the process with its stack. */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isBrokenPipe(error)) throw error;
    });
  }
}

export function isBrokenPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'EPIPE';
}
