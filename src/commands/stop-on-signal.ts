/** Graceful shutdown: the first signal requests it, the second does not wait. */
import type { Log } from '#platform/log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** npm forwards the terminal's Ctrl+C to a process that got it from the terminal already. */
const SAME_SIGNAL_MS = 300;
const PARENT_CHECK_MS = 500;
/** Read at the start of the process: the parent may end before anything listens. */
const parentAtStart = process.ppid;

export type StopReason = (typeof SIGNALS)[number] | 'parent ended';

/** Stops a server at a signal, or when npm or the launcher that started it has ended. */
export function stopOnSignal(log: Log, stop: () => Promise<void>): void {
  onStopRequest((reason) => {
    log.info({ reason }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  });
}

/** A signal that aborts at the first stop request, for work that can be resumed later. */
export function createInterrupt(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, end: onStopRequest((reason) => controller.abort(new Error(reason))) };
}

/** @returns a function that stops listening */
function onStopRequest(onFirst: (reason: StopReason) => void): () => void {
  let firstAt: number | null = null;
  const request = (reason: StopReason) => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      onFirst(reason);
    } else if (now - firstAt > SAME_SIGNAL_MS) process.exit(1);
  };
  for (const signal of SIGNALS) process.on(signal, request);
  const endWatch = isChildOfLauncher() ? watchParent(() => request('parent ended')) : () => {};
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, request);
    endWatch();
  };
}

/** Only npm and `bin/c360.js` are watched: the end of a detached process's parent means nothing. */
function isChildOfLauncher(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined || process.env['C360_LAUNCHER'] !== undefined;
}

/** npm forwards neither SIGHUP nor its own SIGKILL. */
function watchParent(onEnd: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid === parentAtStart) return;
    clearInterval(timer);
    onEnd();
  }, PARENT_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
