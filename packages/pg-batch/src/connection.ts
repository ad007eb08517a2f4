/**
 * One connection to the server, from its start to its end. The batched queries of one turn of the event loop go out
 * in one packet that ends in one Sync, and are answered in order. Knows nothing of the connection that comes after it.
 */
import type { PostgresError } from 'postgres';

import { connectionError, isStale, readServerError, refuseParameters } from './errors.ts';
import type { BatchedQuery } from './batched-query.ts';
import { MessageWriter } from './message-writer.ts';
import { TERMINATE, writeClose, writePrepare, writeRun, writeSync } from './requests.ts';
import { Session } from './session.ts';
import { type ServerSettings, silenceLimitOf } from './settings.ts';
import { readColumns, Statement } from './statement.ts';
import { Statements } from './statements.ts';

const DATA_ROW = 0x44;
const COMMAND_COMPLETE = 0x43;
const EMPTY_QUERY = 0x49;
const PARAMETER_DESCRIPTION = 0x74;
const ROW_DESCRIPTION = 0x54;
const NO_DATA = 0x6e;
const ERROR = 0x45;
const READY = 0x5a;
const COPY_IN = 0x47;
const COPY_BOTH = 0x57;

export interface ConnectionEvents {
  onReady(): void;
  /** Called once; queries under way have their answer. */
  onClose(error: Error): void;
}

/** The sent requests, in order: a batched query, a statement to prepare, or the Sync at the end of a packet. */
type Step = BatchedQuery | Statement | null;

export class Connection {
  /** Batched queries under way. */
  load = 0;
  readonly #settings: ServerSettings;
  readonly #events: ConnectionEvents;
  readonly #statements = new Statements();
  readonly #output = new MessageWriter();
  readonly #session: Session;
  readonly #sent: Step[] = [];
  /** Of `#sent` the step that the server answers to. */
  #current = 0;
  /** Of a server that ends the connection. */
  #fatalError: Error | null = null;
  /** When it was asked last while it waited for nothing. */
  #busySince = 0;
  #isFlushing = false;
  #isEnding = false;

  constructor(settings: ServerSettings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#session = new Session(settings, {
      onReady: () => events.onReady(),
      onMessage: (type, bytes, start, end) => this.#receive(type, bytes, start, end),
      onClose: (error) => this.#close(error),
    });
  }

  get processId(): number {
    return this.#session.processId;
  }

  /** For how long it has waited without a byte; 0 where it waits for nothing. */
  get silentMs(): number {
    return this.load === 0 ? 0 : performance.now() - Math.max(this.#session.receivedAt, this.#busySince);
  }

  /** A server that speaks ends a query at its time limit. */
  get silentAtMostMs(): number {
    return silenceLimitOf(this.#settings);
  }

  start(query: BatchedQuery): void {
    if (this.load === 0) this.#busySince = performance.now();
    this.load += 1;
    const refused = refuseParameters(query.parameters.length);
    if (refused === null) this.#send(query);
    else this.#reject(query, refused);
  }

  /** Ends once what is under way is answered. */
  end(): void {
    this.#isEnding = true;
    if (this.load === 0) this.#session.end(TERMINATE);
  }

  destroy(error: Error): void {
    this.#session.destroy(error);
  }

  #send(query: BatchedQuery): void {
    const statement = this.#statements.find(query.text, query.parameters, query.cacheStatement);
    query.statement = statement;
    if (statement.isPrepared) return this.#run(query, statement);
    statement.waiting.push(query);
    if (statement.waiting.length === 1) this.#prepare(statement);
  }

  #prepare(statement: Statement): void {
    writePrepare(this.#output, statement);
    this.#push(statement);
  }

  #run(query: BatchedQuery, statement: Statement): void {
    try {
      writeRun(this.#output, statement, query.parameters, this.#settings.serializers);
    } catch (error) {
      return this.#reject(query, error as Error);
    }
    this.#push(query);
    if (!statement.cacheStatement) writeClose(this.#output, statement);
  }

  #push(step: BatchedQuery | Statement): void {
    this.#sent.push(step);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    writeSync(this.#output);
    this.#sent.push(null);
    this.#write();
  };

  #write(): void {
    this.#session.write(this.#output.take(), this.#free);
  }

  readonly #free = (): void => this.#output.free();

  #receive(type: number, bytes: Buffer, start: number, end: number): void {
    const step = this.#sent[this.#current] ?? null;
    if (type === DATA_ROW) (step as BatchedQuery).readRow(bytes, start + 2);
    else if (type === COMMAND_COMPLETE || type === EMPTY_QUERY) this.#complete(step as BatchedQuery);
    else if (type === READY) this.#finishPacket();
    else if (type === ERROR) this.#fail(step, readServerError(bytes, start, end));
    else if (type === PARAMETER_DESCRIPTION) (step as Statement).describeParameters(bytes, start);
    else if (type === ROW_DESCRIPTION || type === NO_DATA) {
      const columns = type === NO_DATA ? [] : readColumns(bytes, start);
      (step as Statement).describeRows(columns, this.#settings);
      this.#current += 1;
    } else if (type === COPY_IN || type === COPY_BOTH) {
      this.destroy(connectionError('PROTOCOL_VIOLATION', this.#settings));
    }
  }

  /** Answered at once: it only reads, so nothing that comes behind it in the packet changes its answer. */
  #complete(query: BatchedQuery): void {
    this.#current += 1;
    if (query.error === null) this.#resolve(query);
  }

  #fail(step: Step, error: PostgresError): void {
    // The rest of the sent requests are answered when the connection closes.
    if (error.severity === 'FATAL') this.#fatalError = error;
    else if (step !== null) step.error = error;
  }

  /** A request behind an error was not run, and goes out again. */
  #finishPacket(): void {
    const count = this.#sent.indexOf(null);
    const answered = this.#current;
    const steps = this.#sent.splice(0, count + 1);
    this.#current = 0;
    for (let index = 0; index < count; index += 1) {
      const step = steps[index]!;
      if (step instanceof Statement) this.#settleStatement(step, index < answered);
      else if (step.error !== null) this.#settleFailed(step, step.error);
      else if (index >= answered) this.#run(step, step.statement!);
    }
    if (this.#isEnding && this.load === 0) this.end();
  }

  #settleStatement(statement: Statement, isAnswered: boolean): void {
    const { error, waiting } = statement;
    if (error === null && !isAnswered) return this.#prepare(statement);
    statement.waiting = [];
    if (error !== null) this.#statements.forget(statement);
    for (const query of waiting) {
      if (error === null) this.#run(query, statement);
      else this.#reject(query, error);
    }
  }

  #settleFailed(query: BatchedQuery, error: Error): void {
    if (query.isRepeated || !isStale(error)) return this.#reject(query, error);
    this.#statements.forget(query.statement!);
    writeClose(this.#output, query.statement!);
    query.reset();
    this.#send(query);
  }

  #resolve(query: BatchedQuery): void {
    this.load -= 1;
    query.resolve(query.rows);
  }

  #reject(query: BatchedQuery, error: Error): void {
    this.load -= 1;
    const { statement } = query;
    // The message that closes it was behind the error.
    if (statement?.isPrepared && !statement.cacheStatement) writeClose(this.#output, statement);
    query.reject(error);
  }

  #close(error: Error | null): void {
    const reason = error ?? connectionError('CONNECTION_CLOSED', this.#settings, this.#fatalError);
    for (const [index, step] of this.#sent.splice(0).entries()) {
      if (step instanceof Statement) for (const query of step.waiting) this.#reject(query, reason);
      else if (step !== null && (index >= this.#current || step.error !== null)) this.#reject(step, reason);
    }
    this.#events.onClose(reason);
  }
}
