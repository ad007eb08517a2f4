/** The thread of the embedded database: runs exchanges one after the other. Knows no statement. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { MemoryFS, PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

import { capTimers } from '../../steady-clock.ts';
import { beginExchange, endExchange, type InterruptWords } from './cancellation.ts';
import { shareMemoryOfLibraries } from './engine-module.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import type { Exchange, FromThread, ThreadData, ToThread } from './messages.ts';

const { folder, load, module, memory, state } = workerData as ThreadData;
const owner: MessagePort = parentPort!;

const NOTIFICATION = 0x41;
const IDLE_STATUS = 0x49;
const ROLLBACK = Buffer.from('Q\0\0\0\x0drollback\0', 'latin1');
const INITIAL_ANSWER_BYTES = 65_536;
const MAX_KEPT_ANSWER_BYTES = 4_194_304;
/** The loop of events gets a turn as often, for the timers of the database. */
const TURN_MS = 20;

/** Postgres sets timers of its own, which spin after a jump of the clock. */
capTimers();
const pglite = await openEngine();
const words = interruptWords(pglite);
const queue = new ExchangeQueue();
let answer = Buffer.allocUnsafeSlow(INITIAL_ANSWER_BYTES);
let answerLength = 0;
let isRunning = false;
let isClosing = false;

owner.on('message', (message: ToThread) => {
  receive(message);
  void runQueue();
});
tell({ kind: 'ready', words });

async function openEngine(): Promise<PGlite> {
  let dump = load === null ? undefined : new Blob([load]);
  if (dump === undefined && (folder === null || !existsSync(join(folder, 'PG_VERSION')))) {
    // A new database is made by a second engine, on memory of its own.
    const maker = await PGlite.create(folder === null ? {} : { dataDir: folder });
    if (folder === null) dump = await maker.dumpDataDir('none');
    await maker.close();
  }
  shareMemoryOfLibraries();
  const fs = folder === null ? new MemoryFS('') : new NodeFS(folder);
  const init = fs.init.bind(fs);
  fs.init = async (owner_, options) => {
    const { emscriptenOpts } = await init(owner_, options);
    return { emscriptenOpts: { ...emscriptenOpts, wasmMemory: memory } };
  };
  const options: PGliteOptions = { fs, pgliteWasmModule: module };
  return PGlite.create(dump === undefined ? options : { ...options, loadDataDir: dump });
}

/** Postgres exports where these words are, for its extensions. */
function interruptWords({ Module }: PGlite): InterruptWords {
  const { _InterruptPending: interruptPending, _QueryCancelPending: queryCancelPending } =
    Module as unknown as { _InterruptPending: number; _QueryCancelPending: number };
  const wordBytes = Int32Array.BYTES_PER_ELEMENT;
  return {
    interruptPending: interruptPending / wordBytes,
    queryCancelPending: queryCancelPending / wordBytes,
  };
}

function tell(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  owner.postMessage(message, transfer);
}

function receive(message: ToThread): void {
  if (message.kind === 'exchange') queue.add(message);
  else if (message.kind === 'drop') {
    if (queue.drop(message.id)) tell({ kind: 'dropped', id: message.id });
  } else if (message.kind === 'dump') void dump();
  else isClosing = true;
}

async function runQueue(): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  let turnStartedAt = performance.now();
  for (;;) {
    // A request that was dropped meanwhile must not begin.
    for (let more = receiveMessageOnPort(owner); more !== undefined; more = receiveMessageOnPort(owner)) {
      receive(more.message as ToThread);
    }
    const next = queue.take();
    if (next === null) break;
    await run(next);
    if (performance.now() - turnStartedAt > TURN_MS) {
      await setImmediate();
      turnStartedAt = performance.now();
    }
  }
  isRunning = false;
  if (isClosing) await close();
}

async function run(exchange: Exchange): Promise<void> {
  beginExchange(state, exchange.id);
  await exec(exchange.bytes);
  endExchange(state, memory, words, exchange.id);
  const bytes = new Uint8Array(answer.subarray(0, answerLength));
  tell({ kind: 'answer', id: exchange.id, bytes }, [bytes.buffer]);
  const isInTransaction = answer[answerLength - 1] !== IDLE_STATUS;
  queue.ended(exchange, isInTransaction);
  tellNotifications();
  // A statement on its own that failed behind a BEGIN in its text.
  if (isInTransaction && exchange.section === 0) {
    await exec(ROLLBACK);
    queue.ended(exchange, false);
  }
}

async function exec(bytes: Uint8Array): Promise<void> {
  if (answer.length > MAX_KEPT_ANSWER_BYTES) answer = Buffer.allocUnsafeSlow(INITIAL_ANSWER_BYTES);
  answerLength = 0;
  await pglite.execProtocolRawStream(bytes, { syncToFs: false, onRawData: append });
}

/** The bytes belong to the memory of the database. */
function append(part: Uint8Array): void {
  const needed = answerLength + part.length;
  if (needed > answer.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * answer.length));
    answer.copy(grown, 0, 0, answerLength);
    answer = grown;
  }
  answer.set(part, answerLength);
  answerLength = needed;
}

/** They come among the messages of any exchange. */
function tellNotifications(): void {
  for (let at = 0; at < answerLength;) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (answer[at] === NOTIFICATION) {
      // Behind the length and the process that notified.
      const start = at + 9;
      const stop = answer.indexOf(0, start);
      const channel = answer.toString('utf8', start, stop);
      tell({ kind: 'notification', channel, payload: answer.toString('utf8', stop + 1, end - 1) });
    }
    at = end;
  }
}

async function dump(): Promise<void> {
  const blob = await pglite.dumpDataDir('none');
  const bytes = await blob.arrayBuffer();
  tell({ kind: 'dump', bytes }, [bytes]);
}

async function close(): Promise<void> {
  await pglite.close();
  // Timers of the database may be left.
  process.exit(0);
}
