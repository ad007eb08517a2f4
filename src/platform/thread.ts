/** Runs a computation in a thread of its own, so that requests are answered meanwhile. Knows no computation. */
import { Worker } from 'node:worker_threads';

/**
 * @param thread module that posts one message, its answer to `workerData`
 * @throws what went wrong in the thread, or the reason of the signal
 */
export function runInThread<Answer>(thread: URL, workerData: unknown, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(thread, { workerData });
    const stop = (): void => {
      reject(signal?.reason as Error);
      void worker.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      // After an answer this changes nothing: the promise is settled.
      reject(new Error(`The thread ended with code ${code} and no answer.`));
    });
  });
}
