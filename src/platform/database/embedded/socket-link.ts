/** Uses the embedded database of the gateway that holds its folder, over a socket. Knows no statement. */
import { connect, type Socket } from 'node:net';

import { readFrames, writeFrame } from './frames.ts';
import type { ExchangeLimits, Link } from './link.ts';
import type { FromCommand, FromGateway } from './socket-messages.ts';
import { findSocketPath } from './socket-path.ts';

/** The gateway ended while a command used its database. */
export class GatewayEndedError extends Error {
  override readonly name = 'GatewayEndedError';

  constructor() {
    super('The gateway that holds the embedded database ended.');
  }
}

interface Pending {
  readonly resolve: (answer: { readonly bytes: Buffer; readonly isHeld: boolean }) => void;
  readonly reject: (error: Error) => void;
}

export class SocketLink implements Link {
  readonly client: number;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  #lastId = 0;
  #lastSection = 0;

  /** @returns null where no gateway listens */
  static async open(folder: string): Promise<SocketLink | null> {
    const path = await findSocketPath(folder);
    return new Promise((resolve) => {
      const socket = connect(path);
      let link: SocketLink | null = null;
      socket.on('error', () => resolve(null));
      socket.once('close', () => {
        resolve(null);
        link?.end();
      });
      readFrames(socket, (frame, bytes) => {
        const head = frame as FromGateway;
        if (head.kind === 'welcome') {
          link = new SocketLink(socket, head.client);
          resolve(link);
        } else link?.receive(head, bytes);
      });
    });
  }

  private constructor(socket: Socket, client: number) {
    this.#socket = socket;
    this.client = client;
  }

  async exchange(
    section: number,
    bytes: Uint8Array<ArrayBuffer>,
    { signal }: ExchangeLimits = {},
  ): Promise<Buffer> {
    signal?.throwIfAborted();
    const id = this.#newId();
    const cancel = () => writeFrame(this.#socket, { kind: 'cancel', id } satisfies FromCommand);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return (await this.#ask(id, { kind: 'exchange', id, section }, bytes)).bytes;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  newSection(): number {
    this.#lastSection += 1;
    return this.#lastSection;
  }

  async listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    listeners.add(onMessage);
    if (listeners.size === 1) await this.#askAlone((id) => ({ kind: 'listen', id, channel }));
    return async () => {
      listeners.delete(onMessage);
      if (listeners.size > 0 || this.#socket.destroyed) return;
      this.#listeners.delete(channel);
      await this.#askAlone((id) => ({ kind: 'unlisten', id, channel }));
    };
  }

  async withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
    return (await this.#lock(name, true, work)) as T;
  }

  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.#lock(name, false, work);
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.end();
    });
  }

  receive(head: Exclude<FromGateway, { kind: 'welcome' }>, bytes: Uint8Array<ArrayBuffer>): void {
    if (head.kind === 'notification') {
      for (const onMessage of this.#listeners.get(head.channel) ?? []) onMessage(head.payload);
      return;
    }
    const pending = this.#pending.get(head.id);
    this.#pending.delete(head.id);
    if (head.kind === 'failure') pending?.reject(Object.assign(new Error(head.message), { code: head.code }));
    else {
      const isHeld = head.kind === 'answer' || head.isHeld;
      pending?.resolve({ bytes: Buffer.from(bytes.buffer), isHeld });
    }
  }

  end(): void {
    for (const { reject } of this.#pending.values()) reject(new GatewayEndedError());
    this.#pending.clear();
  }

  async #lock<T>(name: string, waits: boolean, work: () => Promise<T>): Promise<T | null> {
    const id = this.#newId();
    const { isHeld } = await this.#ask(id, { kind: 'lock', id, name, waits });
    if (!isHeld) return null;
    try {
      return await work();
    } finally {
      if (this.#socket.writable) writeFrame(this.#socket, { kind: 'unlock', id } satisfies FromCommand);
    }
  }

  #newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #askAlone(makeHead: (id: number) => FromCommand): Promise<unknown> {
    const id = this.#newId();
    return this.#ask(id, makeHead(id));
  }

  #ask(
    id: number,
    head: FromCommand,
    bytes?: Uint8Array,
  ): Promise<{ readonly bytes: Buffer; readonly isHeld: boolean }> {
    return new Promise((resolve, reject) => {
      if (!this.#socket.writable) return reject(new GatewayEndedError());
      this.#pending.set(id, { resolve, reject });
      writeFrame(this.#socket, head, bytes);
    });
  }
}
