/** Output of the command line: lines, tables and progress. */
import { Presets, SingleBar } from 'cli-progress';

/** The result of a command, on the standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Messages beside the result, on the standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, ...rows]) {
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
  }
}

export interface Progress {
  /** @param done out of `total`, both in the same unit */
  update(done: number, total: number, step?: string): void;
  end(): void;
}

/** A bar on a terminal; elsewhere one line per step. */
export function createProgress(title: string): Progress {
  if (!process.stderr.isTTY) {
    let lastStep: string | undefined;
    return {
      update(done, total, step) {
        if (step !== undefined && step !== lastStep) note(`${title}: ${done}/${total} ${step}`);
        lastStep = step;
      },
      end() {},
    };
  }
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage}% | {value}/{total} | {eta_formatted} left | {step}`,
      stream: process.stderr,
      hideCursor: true,
      fps: 10,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update(done, total, step = '') {
      if (!isStarted) bar.start(total, done, { step });
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, { step });
    },
    end() {
      if (isStarted) bar.stop();
    },
  };
}
