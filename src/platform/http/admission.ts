/** Admission control: limits the number of requests that run at a time, and shares them fairly between callers. */
import type { ServerResponse } from 'node:http';

import type { GraphQLError } from 'graphql';

import type { Config } from '../config.ts';
import { type Turn, Turns } from '../database/turns.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { clientLeftError, requestError } from './request-error.ts';

/** Ratio of concurrent requests of all callers to those of one. */
const CALLERS_AT_A_TIME = 4;

export interface Admission {
  /**
   * Null if the request may run at once, else resolves when it may; `leave` ends it.
   * @throws {GraphQLError} 429: too many requests of this caller wait, or this one waited too long.
   */
  enter(caller: string, response: ServerResponse): Promise<void> | null;
  leave(caller: string): void;
  close(): void;
}

export function createAdmission({ callerConcurrency, callerQueue, queueTimeoutMs }: Config): Admission {
  const turns = new Turns(callerConcurrency * CALLERS_AT_A_TIME, callerConcurrency);
  const deadlines: Deadlines = createDeadlines(queueTimeoutMs);

  async function wait(turn: Turn, response: ServerResponse): Promise<void> {
    const deadline = deadlines.start(() =>
      turn.giveUp(
        tooMany(`This request waited ${queueTimeoutMs / 1000} s for others of this caller to end.`),
      ),
    );
    const onClose = () => turn.giveUp(clientLeftError());
    response.once('close', onClose);
    try {
      await turn.comes;
    } finally {
      deadline.end();
      response.removeListener('close', onClose);
    }
  }

  return {
    enter(caller, response) {
      if (turns.take(caller)) return null;
      if (turns.waitingOf(caller) >= callerQueue) {
        throw tooMany(
          `${callerConcurrency} requests of this caller run and ${callerQueue} wait, which is the limit.`,
        );
      }
      return wait(turns.wait(caller), response);
    },
    leave: (caller) => turns.give(caller),
    close: () => deadlines.close(),
  };
}

function tooMany(what: string): GraphQLError {
  return requestError(`${what} Send fewer at a time.`, 'TOO_MANY_REQUESTS', { status: 429 });
}
