/** Starts the thread of the embedded database and speaks with it. Knows no statement. */
import { Worker } from 'node:worker_threads';

import { cancelExchange, createStateWord, type InterruptWords, runningExchange } from './cancellation.ts';
import { compileEngine, createEngineMemory } from './engine-module.ts';
import type { ExchangeLimits, Link } from './link.ts';
import { Locks } from './locks.ts';
import type { FromThread, ThreadData, ToThread } from './messages.ts';
import { simpleQuery } from './wire.ts';

const TIMEOUT_CHECK_MS = 100;

/** Numbers of exchanges and sections are kept within the word that both threads share. */
const MAX_NUMBER = 2_147_483_647;

interface Pending {
  readonly resolve: (answer: Buffer) => void;
  readonly reject: (error: Error) => void;
  readonly timeoutMs: number | undefined;
  /** When it was first seen running. */
  runningSince: number | null;
  /** To be called when it is answered. */
  stopWaiting: (() => void) | null;
}

export interface ThreadLinkOptions {
  readonly folder: string | null;
  readonly load?: Blob | undefined;
}

export class ThreadLink implements Link {
  readonly #worker: Worker;
  readonly #memory: WebAssembly.Memory;
  readonly #state = createStateWord();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  readonly #locks = new Locks();
  readonly #timeouts: NodeJS.Timeout;
  readonly #ready: Promise<InterruptWords>;
  readonly #exited: Promise<void>;
  #words: InterruptWords | null = null;
  #lastExchange = 0;
  #lastSection = 0;
  #failure: Error | null = null;
  #onDump: ((bytes: ArrayBuffer) => void) | null = null;

  static async open({ folder, load }: ThreadLinkOptions): Promise<ThreadLink> {
    const module = await compileEngine();
    const link = new ThreadLink(folder, load === undefined ? null : await load.arrayBuffer(), module);
    link.#words = await link.#ready;
    return link;
  }

  private constructor(folder: string | null, load: ArrayBuffer | null, module: WebAssembly.Module) {
    this.#memory = createEngineMemory();
    const workerData: ThreadData = { folder, load, module, memory: this.#memory, state: this.#state };
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData,
      transferList: load === null ? [] : [load],
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') resolve(message.words);
        else this.#receive(message);
      });
      this.#worker.on('error', (error) => {
        this.#fail(error);
        reject(error);
      });
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(
          Object.assign(new Error('The embedded database is closed.'), { code: 'CONNECTION_CLOSED' }),
        );
        resolve();
      });
    });
    this.#timeouts = setInterval(() => this.#cancelOverdue(), TIMEOUT_CHECK_MS);
    this.#timeouts.unref();
  }

  exchange(section: number, bytes: Uint8Array<ArrayBuffer>, limits: ExchangeLimits = {}): Promise<Buffer> {
    const { signal, timeoutMs } = limits;
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const id = (this.#lastExchange % MAX_NUMBER) + 1;
    this.#lastExchange = id;
    return new Promise<Buffer>((resolve, reject) => {
      const pending: Pending = { resolve, reject, timeoutMs, runningSince: null, stopWaiting: null };
      this.#pending.set(id, pending);
      this.#tell({ kind: 'exchange', id, section, bytes }, [bytes.buffer]);
      if (signal === undefined) return;
      const abandon = () => {
        this.#cancel(id);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abandon, { once: true });
      pending.stopWaiting = () => signal.removeEventListener('abort', abandon);
    });
  }

  newSection(): number {
    this.#lastSection = (this.#lastSection % MAX_NUMBER) + 1;
    return this.#lastSection;
  }

  async listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    listeners.add(onMessage);
    if (listeners.size === 1) await this.exchange(0, simpleQuery(`listen ${quoteName(channel)}`));
    return async () => {
      listeners.delete(onMessage);
      if (listeners.size > 0 || this.#failure !== null) return;
      this.#listeners.delete(channel);
      await this.exchange(0, simpleQuery(`unlisten ${quoteName(channel)}`));
    };
  }

  withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#locks.withLock(name, work);
  }

  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.#locks.tryWithLock(name, work);
  }

  /** The whole database as one file. */
  async dump(): Promise<Blob> {
    const bytes = await new Promise<ArrayBuffer>((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#onDump = resolve;
      this.#tell({ kind: 'dump' });
    });
    return new Blob([bytes]);
  }

  /** Ends once what was asked before is answered. */
  async close(): Promise<void> {
    if (this.#failure === null) this.#tell({ kind: 'close' });
    await this.#exited;
  }

  #tell(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: Exclude<FromThread, { kind: 'ready' }>): void {
    if (message.kind === 'answer') this.#settle(message.id)?.resolve(asBuffer(message.bytes));
    else if (message.kind === 'dropped') this.#settle(message.id)?.reject(statementCancelled());
    else if (message.kind === 'notification') {
      for (const onMessage of this.#listeners.get(message.channel) ?? []) onMessage(message.payload);
    } else this.#onDump?.(message.bytes);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.stopWaiting?.();
    return pending;
  }

  #cancel(id: number): void {
    if (this.#words !== null && cancelExchange(this.#state, this.#memory, this.#words, id)) return;
    this.#tell({ kind: 'drop', id });
  }

  #cancelOverdue(): void {
    const id = runningExchange(this.#state);
    const pending = this.#pending.get(id);
    if (pending?.timeoutMs === undefined || pending.timeoutMs === 0) return;
    const now = performance.now();
    pending.runningSince ??= now;
    if (now - pending.runningSince > pending.timeoutMs) this.#cancel(id);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    clearInterval(this.#timeouts);
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(this.#failure);
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** As the server says of a statement that was cancelled. */
function statementCancelled(): Error {
  return Object.assign(new Error('canceling statement due to user request'), { code: '57014' });
}
