/**
 * One connection to the server, from its login to its end. The look-ups of one turn of the event loop go out in one
 * packet that ends in one Sync, and are answered in order. Knows nothing of the connection that comes after it.
 */
import type { PostgresError } from 'postgres';

import { connectionError, isStale, readServerError, refuseParameters } from './errors.ts';
import { Login } from './login.ts';
import type { LookUp } from './look-up.ts';
import { MessageReader } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';
import { writeClose, writePrepare, writeRun, writeSync } from './requests.ts';
import type { ServerSettings } from './settings.ts';
import { readColumns, Statement } from './statement.ts';
import { Statements } from './statements.ts';
import { Transport } from './transport.ts';

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

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

export interface SessionEvents {
  onReady(): void;
  /** Called once; what was under way has been told. */
  onClose(error: Error): void;
}

/** What was sent, in order: a look-up, a statement to prepare, or the Sync at the end of a packet. */
type Step = LookUp | Statement | null;

export class Session {
  /** Look-ups under way. */
  load = 0;
  /** Chunks of bytes so far. */
  received = 0;
  readonly #settings: ServerSettings;
  readonly #events: SessionEvents;
  readonly #statements = new Statements();
  readonly #output = new MessageWriter();
  readonly #transport: Transport;
  readonly #sent: Step[] = [];
  /** Of `#sent` the step that the server answers to. */
  #current = 0;
  /** Of a server that ends the session. */
  #farewell: Error | null = null;
  #login: Login | null;
  #isFlushing = false;
  #isEnding = false;

  constructor(settings: ServerSettings, events: SessionEvents) {
    this.#settings = settings;
    this.#events = events;
    const reader = new MessageReader((type, bytes, start, end) => this.#receive(type, bytes, start, end));
    this.#login = new Login(
      settings,
      this.#output,
      () => this.#write(),
      (error) => {
        if (error !== null) return this.destroy(error);
        this.#login = null;
        events.onReady();
      },
    );
    this.#transport = new Transport(settings, {
      onOpen: () => this.#login?.start(),
      onBytes: (bytes, length) => {
        this.received += 1;
        reader.read(bytes, length);
      },
      onClose: (error) => this.#close(error),
    });
  }

  start(lookUp: LookUp): void {
    this.load += 1;
    const refused = refuseParameters(lookUp.parameters.length);
    if (refused === null) this.#send(lookUp);
    else this.#reject(lookUp, refused);
  }

  /** Ends once what is under way is answered. */
  end(): void {
    this.#isEnding = true;
    if (this.load === 0) this.#transport.end(TERMINATE);
  }

  destroy(error: Error): void {
    this.#transport.destroy(error);
  }

  #send(lookUp: LookUp): void {
    const statement = this.#statements.find(lookUp.text, lookUp.parameters, lookUp.isKept);
    lookUp.statement = statement;
    if (statement.isPrepared) return this.#run(lookUp, statement);
    statement.waiting.push(lookUp);
    if (statement.waiting.length === 1) this.#prepare(statement);
  }

  #prepare(statement: Statement): void {
    writePrepare(this.#output, statement);
    this.#push(statement);
  }

  #run(lookUp: LookUp, statement: Statement): void {
    try {
      writeRun(this.#output, statement, lookUp.parameters, this.#settings.serializers);
    } catch (error) {
      return this.#reject(lookUp, error as Error);
    }
    this.#push(lookUp);
    if (!statement.isKept) writeClose(this.#output, statement);
  }

  #push(step: LookUp | Statement): void {
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
    this.#transport.write(this.#output.take(), this.#free);
  }

  readonly #free = (): void => this.#output.free();

  #receive(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#login !== null) return this.#login.receive(type, bytes, start, end);
    const step = this.#sent[this.#current] ?? null;
    if (type === DATA_ROW) (step as LookUp).readRow(bytes, start + 2);
    else if (type === COMMAND_COMPLETE || type === EMPTY_QUERY) this.#complete(step as LookUp);
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

  /** Told at once: it only reads, so nothing that comes behind it in the packet changes its answer. */
  #complete(lookUp: LookUp): void {
    this.#current += 1;
    if (lookUp.error === null) this.#resolve(lookUp);
  }

  #fail(step: Step, error: PostgresError): void {
    // The rest of what was sent is told when the connection closes.
    if (error.severity === 'FATAL') this.#farewell = error;
    else if (step !== null) step.error = error;
  }

  /** What came behind an error was not run, and goes out again. */
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
    for (const lookUp of waiting) {
      if (error === null) this.#run(lookUp, statement);
      else this.#reject(lookUp, error);
    }
  }

  #settleFailed(lookUp: LookUp, error: Error): void {
    if (lookUp.isRepeated || !isStale(error)) return this.#reject(lookUp, error);
    this.#statements.forget(lookUp.statement!);
    writeClose(this.#output, lookUp.statement!);
    lookUp.reset();
    this.#send(lookUp);
  }

  #resolve(lookUp: LookUp): void {
    this.load -= 1;
    lookUp.resolve(lookUp.rows);
  }

  #reject(lookUp: LookUp, error: Error): void {
    this.load -= 1;
    const { statement } = lookUp;
    // What was sent to close it stood behind the error.
    if (statement?.isPrepared && !statement.isKept) writeClose(this.#output, statement);
    lookUp.reject(error);
  }

  #close(error: Error | null): void {
    const reason = error ?? connectionError('CONNECTION_CLOSED', this.#settings, this.#farewell);
    for (const [index, step] of this.#sent.splice(0).entries()) {
      if (step instanceof Statement) for (const lookUp of step.waiting) this.#reject(lookUp, reason);
      else if (step !== null && (index >= this.#current || step.error !== null)) this.#reject(step, reason);
    }
    this.#events.onClose(reason);
  }
}
