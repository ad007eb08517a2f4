/**
 * One connection of the pool, from its start to its end: one statement at a time, in the order they were given.
 * Once closed it stays closed and refuses what comes: nothing meant for one session ever reaches another.
 */
import { requestCancel } from '#pg-batch/cancel-request.ts';
import { connectionError, isStale, readServerError, refuseParameters } from '#pg-batch/errors.ts';
import { MessageWriter } from '#pg-batch/message-writer.ts';
import { inferType } from '#pg-batch/parameters.ts';
import { TERMINATE, writePrepare, writeQuery, writeRun, writeFlush, writeSync } from '#pg-batch/requests.ts';
import { Session } from '#pg-batch/session.ts';
import { type ServerSettings, silenceLimitOf } from '#pg-batch/settings.ts';
import { readColumns, Statement } from '#pg-batch/statement.ts';
import { Statements } from '#pg-batch/statements.ts';
import { sendCopy } from './copy.ts';
import { type StatementOptions, StatementRun } from './statement-run.ts';

const NOTIFICATION = 0x41;
const DATA_ROW = 0x44;
const ERROR = 0x45;
const COPY_IN = 0x47;
const ROW_DESCRIPTION = 0x54;
const COPY_BOTH = 0x57;
const READY = 0x5a;
const NO_DATA = 0x6e;
const PARAMETER_DESCRIPTION = 0x74;

/** After a ReadyForQuery message: in no transaction, in one, in one that failed. */
const IDLE = 0x49;
const FAILED = 0x45;

/** A statement whose cancellation shows no effect for so long runs on a connection that is as good as lost. */
const CANCEL_WITHIN_MS = 1_000;

export type OnNotification = (channel: string, payload: string) => void;

export class PoolConnection {
  readonly openedAt = performance.now();
  /** When it was last given back. */
  idleSince = 0;
  readonly #settings: ServerSettings;
  readonly #onClose: (connection: PoolConnection) => void;
  readonly #onNotification: OnNotification;
  readonly #statements = new Statements();
  readonly #output = new MessageWriter();
  readonly #session: Session;
  readonly #waiting: StatementRun[] = [];
  /** Null once it is open. */
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  #run: StatementRun | null = null;
  #closed: Error | null = null;
  /** The message of the server before it ended the session. */
  #fatalError: Error | null = null;
  #status = IDLE;
  #cancelling: Promise<void> | null = null;

  /** @throws when the server cannot be reached in time or refuses the login. */
  static async open(
    settings: ServerSettings,
    onClose: (connection: PoolConnection) => void,
    onNotification: OnNotification = () => {},
  ): Promise<PoolConnection> {
    const connection = new PoolConnection(settings, onClose, onNotification);
    await new Promise<void>((resolve, reject) => (connection.#opening = { resolve, reject }));
    return connection;
  }

  private constructor(
    settings: ServerSettings,
    onClose: (connection: PoolConnection) => void,
    onNotification: OnNotification,
  ) {
    this.#settings = settings;
    this.#onNotification = onNotification;
    this.#onClose = onClose;
    this.#session = new Session(settings, {
      onReady: () => {
        this.#opening?.resolve();
        this.#opening = null;
      },
      onMessage: (type, bytes, start, end) => this.#receive(type, bytes, start, end),
      onClose: (error) => this.#close(error),
    });
  }

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** Whether the transaction that is open can only be rolled back. */
  get hasFailed(): boolean {
    return this.#status === FAILED;
  }

  /** Whether the next caller can have it: nothing runs, and no transaction is open. */
  get isFree(): boolean {
    return this.#closed === null && this.#run === null && this.#status === IDLE;
  }

  get isCancelled(): boolean {
    return this.#cancelling !== null;
  }

  get processId(): number {
    return this.#session.processId;
  }

  /** For how long it has waited without a byte; 0 where nothing runs. */
  get silentMs(): number {
    if (this.#run === null) return 0;
    return performance.now() - Math.max(this.#session.receivedAt, this.#run.startedAt);
  }

  /** A server that speaks ends a statement at its time limit. */
  get silentAtMostMs(): number {
    return silenceLimitOf(this.#settings);
  }

  run(text: string, parameters: readonly unknown[], options: StatementOptions): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const run = new StatementRun(text, parameters, options, resolve, reject);
      const refused = this.#closed ?? refuseParameters(parameters.length);
      if (refused !== null) reject(refused);
      else if (this.#run === null) this.#start(run);
      else this.#waiting.push(run);
    });
  }

  /** Stops what runs, unless it is a commit, and drops what waits. A connection that does not react is closed. */
  cancel(reason: Error): void {
    const run = this.#run;
    if (run === null || run.options.isCommit === true) return;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason);
    this.#cancelling ??= requestCancel(this.#settings, this.#session, CANCEL_WITHIN_MS);
    const giveUp = () => {
      if (!run.isSettled) this.destroy(connectionError('CONNECTION_DESTROYED', this.#settings));
    };
    setTimeout(giveUp, CANCEL_WITHIN_MS).unref();
  }

  /** Waits until a cancellation has had its effect, so that it cannot hit a statement of the next caller. */
  async recover(): Promise<void> {
    while (this.#cancelling !== null) {
      const cancelling = this.#cancelling;
      await cancelling;
      if (this.#cancelling === cancelling) this.#cancelling = null;
      // The signal may be on its way still: it hits this statement, or finds the session idle, which ignores it.
      await this.run('select 1', [], { cacheStatement: false }).catch(() => {});
    }
  }

  /** Ends the session; nothing is under way. */
  end(): void {
    this.#closed ??= connectionError('CONNECTION_ENDED', this.#settings);
    this.#session.end(TERMINATE);
  }

  destroy(error: Error): void {
    this.#closed ??= error;
    this.#session.destroy(error);
  }

  #start(run: StatementRun): void {
    this.#run = run;
    const { text, parameters, options } = run;
    if (options.isScript === true || options.chunks !== undefined) {
      writeQuery(this.#output, text);
      return this.#flush();
    }
    // The one without a name is gone with the next that has none.
    const statement = options.cacheStatement
      ? this.#statements.find(text, parameters, true)
      : new Statement(text, parameters.map(inferType), '', false);
    run.statement = statement;
    if (statement.isPrepared) this.#execute(run, statement);
    else {
      run.isPreparing = true;
      writePrepare(this.#output, statement);
      writeFlush(this.#output);
    }
    this.#flush();
  }

  #execute(run: StatementRun, statement: Statement): void {
    run.isPreparing = false;
    run.readRow = run.options.asArrays === true ? statement.arrayReader(this.#settings) : statement.readRow;
    try {
      writeRun(this.#output, statement, run.parameters, this.#settings.serializers);
    } catch (error) {
      run.fail(error as Error);
    }
    writeSync(this.#output);
  }

  #flush(): void {
    if (this.#output.length > 0) this.#session.write(this.#output.take(), this.#free);
  }

  readonly #free = (): void => this.#output.free();

  #receive(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === ERROR) this.#fail(readServerError(bytes, start, end));
    else if (type === READY) this.#settle(bytes[start]!);
    else if (type === NOTIFICATION) this.#notify(bytes, start);
    else if (this.#run !== null) this.#receiveFor(this.#run, type, bytes, start);
  }

  #receiveFor(run: StatementRun, type: number, bytes: Buffer, start: number): void {
    const { statement } = run;
    if (type === DATA_ROW) {
      if (statement !== null) run.addRow(bytes, start + 2);
    } else if (type === PARAMETER_DESCRIPTION) statement!.describeParameters(bytes, start);
    else if (type === COPY_BOTH || (type === COPY_IN && run.options.chunks === undefined)) {
      this.destroy(connectionError('PROTOCOL_VIOLATION', this.#settings));
    } else if (type === COPY_IN) {
      sendCopy(this.#session, run, run.options.chunks!).catch((error: unknown) =>
        this.destroy(error as Error),
      );
    } else if (run.isPreparing && (type === ROW_DESCRIPTION || type === NO_DATA)) {
      statement!.describeRows(type === NO_DATA ? [] : readColumns(bytes, start), this.#settings);
      this.#execute(run, statement!);
      this.#flush();
    }
  }

  /** Behind the process id of the sender: channel and payload. */
  #notify(bytes: Buffer, start: number): void {
    const channelEnd = bytes.indexOf(0, start + 4);
    const payloadEnd = bytes.indexOf(0, channelEnd + 1);
    const channel = bytes.toString('utf8', start + 4, channelEnd);
    this.#onNotification(channel, bytes.toString('utf8', channelEnd + 1, payloadEnd));
  }

  #fail(error: Error & { readonly severity?: string }): void {
    if (error.severity === 'FATAL') this.#fatalError = error;
    const run = this.#run;
    if (run === null) return;
    run.fail(error);
    if (!run.isPreparing) return;
    // The server drops what comes until it is asked to go on.
    run.isPreparing = false;
    this.#statements.forget(run.statement!);
    writeSync(this.#output);
    this.#flush();
  }

  #settle(status: number): void {
    this.#status = status;
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    if (run.error !== null && !run.isRepeated && status !== FAILED && isStale(run.error)) {
      this.#statements.forget(run.statement!);
      run.isRepeated = true;
      run.error = null;
      run.rows = [];
      return this.#start(run);
    }
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start(next);
    run.settle();
  }

  #close(error: Error | null): void {
    const reason =
      error ?? this.#closed ?? connectionError('CONNECTION_CLOSED', this.#settings, this.#fatalError);
    this.#closed ??= reason;
    this.#opening?.reject(reason);
    this.#opening = null;
    const runs = this.#run === null ? [] : [this.#run];
    this.#run = null;
    for (const run of [...runs, ...this.#waiting.splice(0)]) {
      run.error = reason;
      run.settle();
    }
    this.#onClose(this);
  }
}
