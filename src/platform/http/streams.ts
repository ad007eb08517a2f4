/** Subscriptions that are open: how many a caller may have, when one is ended, and why. Knows no transport. */
import type { GraphQLError } from 'graphql';

import type { App } from '../app.ts';
import { UnauthenticatedError } from '../auth/auth-error.ts';
import type { MaybePromise } from '../graphql-engine.ts';
import { requestError } from './request-error.ts';

const CHECK_EVERY_MS = 1_000;
/** A key that was revoked ends its subscriptions within this time. */
const AUTHENTICATE_EVERY_MS = 30_000;

/** The connection of one subscription, or of several. */
export interface StreamConnection {
  /** Whether bytes wait that the reader does not take. */
  readonly isBlocked: () => boolean;
  /** Rejects, or throws, where the caller may no longer call. */
  readonly authenticate: () => MaybePromise<unknown>;
  /** Ends the subscriptions; the reason is the last that the reader gets, if it reads at all. */
  readonly drop: (reason: GraphQLError) => void;
}

export interface Streams {
  /**
   * Counts a subscription of the caller until what it returns is called.
   * @throws {GraphQLError} 429: the caller has as many as it may
   */
  open(caller: string): () => void;
  /** Looks after a connection until what it returns is called. */
  watch(connection: StreamConnection): () => void;
  close(): void;
}

interface Watched extends StreamConnection {
  blockedSince: number | null;
  authenticatedAt: number;
}

export function createStreams({ config, log }: App): Streams {
  const { callerSubscriptions, slowReaderMs } = config;
  const openOf = new Map<string, number>();
  const watched = new Set<Watched>();

  function check(connection: Watched): void {
    const now = performance.now();
    if (!connection.isBlocked()) connection.blockedSince = null;
    else connection.blockedSince ??= now;
    if (connection.blockedSince !== null && now - connection.blockedSince >= slowReaderMs) {
      const message = `Nothing was read for ${slowReaderMs / 1000} s while events waited. Subscribe again with \`after\`, the cursor of the last event.`;
      drop(connection, requestError(message, 'SLOW_READER', { status: 408 }));
    } else if (now - connection.authenticatedAt >= AUTHENTICATE_EVERY_MS) {
      connection.authenticatedAt = now;
      authenticate(connection).catch((error: unknown) => {
        // A database that does not answer for a moment says nothing about the key.
        if (!(error instanceof UnauthenticatedError)) return;
        drop(connection, requestError(error.message, 'UNAUTHENTICATED', { status: 401 }));
      });
    }
  }

  function drop(connection: Watched, reason: GraphQLError): void {
    if (!watched.delete(connection)) return;
    log.warn({ reason: reason.extensions.code }, 'a subscriber was dropped');
    connection.drop(reason);
  }

  const timer = setInterval(
    () => {
      for (const connection of watched) check(connection);
    },
    Math.min(CHECK_EVERY_MS, slowReaderMs / 2),
  );
  timer.unref();

  return {
    open(caller) {
      const count = openOf.get(caller) ?? 0;
      if (count >= callerSubscriptions) {
        const message = `This caller has ${count} subscriptions open, which is the limit.`;
        throw requestError(message, 'TOO_MANY_SUBSCRIPTIONS', { status: 429 });
      }
      openOf.set(caller, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = openOf.get(caller)! - 1;
        if (left === 0) openOf.delete(caller);
        else openOf.set(caller, left);
      };
    },
    watch(connection) {
      const entry: Watched = { ...connection, blockedSince: null, authenticatedAt: performance.now() };
      watched.add(entry);
      return () => void watched.delete(entry);
    },
    close: () => clearInterval(timer),
  };
}

async function authenticate(connection: StreamConnection): Promise<void> {
  await connection.authenticate();
}

/** The same events; `onEnd` is called once they end, or the reader leaves. */
export function untilEnd<T>(events: AsyncIterable<T>, onEnd: () => void): AsyncIterableIterator<T> {
  const iterator = events[Symbol.asyncIterator]();
  const ending = <R extends IteratorResult<T>>(result: R): R => {
    if (result.done === true) onEnd();
    return result;
  };
  return {
    next: () =>
      iterator.next().then(ending, (error: unknown) => {
        onEnd();
        throw error;
      }),
    async return() {
      onEnd();
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator](): AsyncIterableIterator<T> {
      return this;
    },
  };
}
