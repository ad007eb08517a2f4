/** Runs a computation in a thread of its own, so that requests are answered meanwhile. Knows no computation. */
import { Worker } from 'node:worker_threads';

export interface ThreadOptions<Message> {
  readonly onMessage: (message: Message) => void;
  /** Handed over rather than copied: empty here afterwards. */
  readonly transferList?: readonly ArrayBuffer[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ends when the thread does.
 * @param thread module that posts messages about `workerData`
 * @throws what went wrong in the thread or in `onMessage`, or the reason of the signal
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
        // Thrown from a listener it would end the process.
        fail(error);
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      // After a failure this changes nothing: the promise is settled.
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
