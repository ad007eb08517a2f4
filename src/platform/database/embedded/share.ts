/**
 * Lets commands beside the gateway use its embedded database, over a socket in its folder that only the owner of the
 * process may open. Knows no statement.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { readFrames, writeFrame } from './frames.ts';
import type { Link } from './link.ts';
import type { FromCommand, FromGateway } from './socket-messages.ts';
import { createSocketPath, removeSocketPath } from './socket-path.ts';
import { simpleQuery } from './wire.ts';

/** A command that was stopped in the middle of a transaction would hold up all callers for good. */
const MAX_IDLE_IN_TRANSACTION_MS = 15_000;
const OWNER_ONLY = 0o177;
const IDLE_STATUS = 0x49;

let lastClient = 0;

export interface Sharing {
  /** Ends what commands have under way. */
  close(): Promise<void>;
}

export async function shareLink(link: Link, folder: string): Promise<Sharing> {
  const connections = new Set<CommandConnection>();
  const server: Server = createServer((socket) => {
    const connection = new CommandConnection(link, socket);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  const path = await createSocketPath(folder);
  const mask = process.umask(OWNER_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await once(server, 'listening');
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([...connections].map((connection) => connection.end()));
      await closed;
      await removeSocketPath(folder);
    },
  };
}

/** Prepared statements of a command: their names begin so. */
export function statementPrefix(client: number): string {
  return `c360_${client}_`;
}

class CommandConnection {
  readonly #link: Link;
  readonly #socket: Socket;
  readonly #client: number;
  /** Sections of the command that are open or have an exchange under way: by its number ours, and when one ended. */
  readonly #sections = new Map<number, { readonly number: number; idleTimer: NodeJS.Timeout | null }>();
  readonly #exchanges = new Map<number, AbortController>();
  readonly #unlocks = new Map<number, () => void>();
  readonly #unlistens = new Map<string, () => Promise<void>>();
  readonly #cleaned: Promise<void>;

  constructor(link: Link, socket: Socket) {
    this.#link = link;
    this.#socket = socket;
    lastClient += 1;
    this.#client = lastClient;
    readFrames(socket, (head, bytes) => this.#receive(head as FromCommand, bytes));
    socket.on('error', () => {});
    this.#cleaned = new Promise((resolve) => {
      socket.once('close', () => void this.#clean().finally(resolve));
    });
    this.#tell({ kind: 'welcome', client: this.#client });
  }

  async end(): Promise<void> {
    this.#socket.destroy();
    await this.#cleaned;
  }

  #tell(head: FromGateway, bytes?: Uint8Array): void {
    if (this.#socket.writable) writeFrame(this.#socket, head, bytes);
  }

  #receive(head: FromCommand, bytes: Uint8Array<ArrayBuffer>): void {
    if (head.kind === 'cancel') this.#exchanges.get(head.id)?.abort(new Error('The command cancelled it.'));
    else if (head.kind === 'unlock') {
      this.#unlocks.get(head.id)?.();
      this.#unlocks.delete(head.id);
    } else {
      this.#answer(head, bytes).catch((error: Error & { code?: string }) =>
        this.#tell({ kind: 'failure', id: head.id, message: error.message, code: error.code }),
      );
    }
  }

  async #answer(
    head: Exclude<FromCommand, { kind: 'cancel' | 'unlock' }>,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    if (head.kind === 'exchange') return this.#exchange(head.id, head.section, bytes);
    if (head.kind === 'lock') return this.#lock(head.id, head.name, head.waits);
    const { channel } = head;
    if (head.kind === 'listen') {
      const onMessage = (payload: string) => this.#tell({ kind: 'notification', channel, payload });
      this.#unlistens.set(channel, await this.#link.listen(channel, onMessage));
    } else {
      await this.#unlistens.get(channel)?.();
      this.#unlistens.delete(channel);
    }
    this.#tell({ kind: 'done', id: head.id, isHeld: true });
  }

  async #exchange(id: number, commandSection: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const controller = new AbortController();
    this.#exchanges.set(id, controller);
    const section = commandSection === 0 ? null : this.#openSection(commandSection);
    try {
      const limits = { signal: controller.signal };
      const answer = await this.#link.exchange(section?.number ?? 0, bytes, limits);
      if (section !== null) {
        if (answer.at(-1) === IDLE_STATUS) this.#sections.delete(commandSection);
        else section.idleTimer = setTimeout(() => this.#socket.destroy(), MAX_IDLE_IN_TRANSACTION_MS);
      }
      this.#tell({ kind: 'answer', id }, answer);
    } finally {
      this.#exchanges.delete(id);
    }
  }

  #openSection(commandSection: number): { readonly number: number; idleTimer: NodeJS.Timeout | null } {
    const section = this.#sections.get(commandSection) ?? {
      number: this.#link.newSection(),
      idleTimer: null,
    };
    this.#sections.set(commandSection, section);
    if (section.idleTimer !== null) clearTimeout(section.idleTimer);
    section.idleTimer = null;
    return section;
  }

  async #lock(id: number, name: string, waits: boolean): Promise<void> {
    const hold = async () => {
      if (this.#socket.destroyed) return true;
      const released = new Promise<void>((resolve) => this.#unlocks.set(id, resolve));
      this.#tell({ kind: 'done', id, isHeld: true });
      await released;
      return true;
    };
    const held = waits ? await this.#link.withLock(name, hold) : await this.#link.tryWithLock(name, hold);
    if (held === null) this.#tell({ kind: 'done', id, isHeld: false });
  }

  /** A command that ends, however it ends, leaves nothing behind. */
  async #clean(): Promise<void> {
    const gone = new Error('The command ended.');
    for (const controller of this.#exchanges.values()) controller.abort(gone);
    const rollbacks = [...this.#sections.values()].map(({ number, idleTimer }) => {
      if (idleTimer !== null) clearTimeout(idleTimer);
      // Where nothing is open it changes nothing.
      return this.#link.exchange(number, simpleQuery('rollback'));
    });
    const unlistens = [...this.#unlistens.values()].map((unlisten) => unlisten());
    await Promise.allSettled([...rollbacks, ...unlistens]);
    for (const unlock of this.#unlocks.values()) unlock();
    await this.#link.exchange(0, simpleQuery(deallocate(statementPrefix(this.#client)))).catch(() => {});
  }
}

function deallocate(prefix: string): string {
  return `/* embedded.deallocate */ do $$
    declare statement text;
    begin
      for statement in select name from pg_prepared_statements where starts_with(name, '${prefix}') loop
        execute format('deallocate %I', statement);
      end loop;
    end $$`;
}
