/** One request from its arrival to its response: id, time, cancellation. */
import { randomBytes } from 'node:crypto';

import type { App } from '../app.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { Database, StatementOwner } from '../database/database.ts';
import { RequestRoot } from '../database/request-root.ts';
import type { RequestContext } from '../request.ts';

const processPrefix = randomBytes(5).toString('base64url');
let requestCount = 0;

const SAFE_ID = /^[\w.:-]{1,64}$/;

/** The id that the caller sent if it is safe to log, else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  if (typeof given === 'string' && SAFE_ID.test(given)) return given;
  requestCount += 1;
  return `${processPrefix}-${requestCount.toString(36)}`;
}

export class GatewayRequest implements RequestContext, StatementOwner {
  readonly #root: App;
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly now: Date;
  readonly requestCache: unknown[] = [];
  readonly effects = new Map<string, () => void>();
  // Created on first use: not every request reads the database or is cancelled.
  #db: Database | null = null;
  #app: App | null = null;
  #controller: AbortController | null = null;

  constructor(app: App, viewer: Viewer, requestId: string) {
    this.#root = app;
    this.viewer = viewer;
    this.requestId = requestId;
    this.now = app.clock();
  }

  /** Everything that a service runs for this request is cancelled with it. */
  get app(): App {
    if (this.#app !== null) return this.#app;
    const { config, db, keyring, log, clock, onClose } = this.#root;
    const own = new RequestRoot(db, this.db);
    return (this.#app = { config, db: own, keyring, log, clock, onClose, root: this.#root });
  }

  get db(): Database {
    return (this.#db ??= this.#root.db.forRequest(this));
  }

  get caller(): string {
    return this.viewer.id;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** A request that is cancelled with this one, with its own loaders and time. */
  another(): GatewayRequest {
    const other = new GatewayRequest(this.#root, this.viewer, this.requestId);
    other.#controller = this.#controller ??= new AbortController();
    return other;
  }

  cancel(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
