import { followThread, runInThread } from '#platform/thread.ts';
import { expect, test } from 'vitest';

const threadOf = (source: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort, workerData } from 'node:worker_threads'; ${source}`)}`,
  );

test('gives the answer of a thread', async () => {
  expect(await runInThread(threadOf('parentPort.postMessage(workerData * 2)'), 21)).toBe(42);
});

test('tells what went wrong in the thread, and where it gave no answer', async () => {
  await expect(runInThread(threadOf("throw new Error('went wrong')"), null)).rejects.toThrow('went wrong');
  await expect(runInThread(threadOf(''), null)).rejects.toThrow('gave no answer');
  await expect(runInThread(threadOf('process.exit(3)'), null)).rejects.toThrow('ended with code 3');
});

test('stops with the reason of the signal, before and during', async () => {
  const endless = threadOf('setInterval(() => {}, 1000); parentPort.postMessage(1);');
  await expect(runInThread(endless, null, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
    'too late',
  );
  const controller = new AbortController();
  const following = followThread(endless, null, {
    onMessage: () => controller.abort(new Error('enough')),
    signal: controller.signal,
  });
  await expect(following).rejects.toThrow('enough');
});

test('hands buffers over, and fails with what a listener throws', async () => {
  const { buffer } = Uint8Array.from([1, 2, 3]);
  const messages: number[] = [];
  const thread = threadOf('for (const value of new Uint8Array(workerData)) parentPort.postMessage(value);');
  await followThread<number>(thread, buffer, {
    onMessage: (value) => messages.push(value),
    transferList: [buffer],
  });
  expect(messages).toEqual([1, 2, 3]);
  expect(buffer.byteLength).toBe(0);

  const failing = followThread(thread, Uint8Array.from([1]).buffer, {
    onMessage: () => {
      throw new Error('not usable');
    },
  });
  await expect(failing).rejects.toThrow('not usable');
});
