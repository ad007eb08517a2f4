/** One GraphQL request and its response, as the hooks of Yoga pass it on. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { GatewayRequest } from './gateway-request.ts';

/** The context that Yoga gives to every hook. */
export interface ServerContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Only of requests to `/graphql` that are not answered before they are read. */
  exchange?: Exchange;
}

/**
 * Cache key of responses: the caller and their scopes. A plugin that caches responses takes it as its session, since it
 * answers before authorisation is checked, and since many responses depend on the caller.
 */
export function sessionOf(context: unknown): string {
  const { id, scopes } = (context as ServerContext).exchange!.gateway!.viewer;
  return JSON.stringify([id, [...scopes].toSorted()]);
}

export class Exchange {
  readonly requestId: string;
  readonly startedAt: number = performance.now();
  /** Null until the caller is authenticated and the request is read. */
  gateway: GatewayRequest | null = null;
  /** The caller as the log shows it. */
  viewer: string | null = null;
  operation: string | null = null;
  errors: number | undefined = undefined;

  constructor(requestId: string) {
    this.requestId = requestId;
  }
}
