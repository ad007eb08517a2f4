/** Runs a computation in its own thread, so that requests are served meanwhile. */
import { Worker } from 'node:worker_threads';

export interface ThreadOptions<Message> {
  readonly onMessage: (message: Message) => void;
  /** Transferred rather than copied: empty in this thread afterwards. */
  readonly transferList?: readonly ArrayBuffer[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when the thread ends.
 * @param thread module that posts messages about `workerData`
 * @throws the error of the thread or of `onMessage`, or the reason of the signal
 */
export function followThread<Message>(
  thread: URL,
  workerData: unknown,
  { onMessage, transferList = [], signal }: ThreadOptions<Message>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(thread, { workerData, transferList: [...transferList] });
    const fail = (error: unknown): void => {
      reject(error);
      void worker.terminate();
    };
    const stop = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: Message) => {
      try {
        onMessage(message);
      } catch (error) {
        // An exception of a listener would end the process.
        fail(error);
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      // No effect after a failure, which has settled the promise.
      if (code === 0) resolve();
      else reject(new Error(`The thread ended with code ${code}.`));
    });
  });
}

/** The one message of a thread. @throws as `followThread` */
export async function runInThread<Answer>(
  thread: URL,
  workerData: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const answers: Answer[] = [];
  await followThread<Answer>(thread, workerData, { onMessage: (answer) => answers.push(answer), signal });
  if (answers.length === 0) throw new Error('The thread ended and gave no answer.');
  return answers[0]!;
}
