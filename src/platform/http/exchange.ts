/** One request for GraphQL and its answer, as the hooks of Yoga hand it on. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { GatewayRequest } from './gateway-request.ts';

/** What Yoga gives to every hook. */
export interface ServerContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Of requests to `/graphql` that are not answered before they are read. */
  exchange?: Exchange;
}

/**
 * What answers may be kept by: who asks and what they may do. A plugin that keeps answers takes it as its session, since
 * it answers before access is checked, and since many answers depend on the caller.
 */
export function sessionOf(context: unknown): string {
  const { id, scopes } = (context as ServerContext).exchange!.gateway!.viewer;
  return JSON.stringify([id, [...scopes].toSorted()]);
}

export class Exchange {
  readonly requestId: string;
  readonly startedAt: number = performance.now();
  /** Null until the caller is known and the request is read. */
  gateway: GatewayRequest | null = null;
  /** What the log tells of the caller. */
  viewer: string | null = null;
  operation: string | null = null;
  errors: number | undefined = undefined;

  constructor(requestId: string) {
    this.requestId = requestId;
  }
}
