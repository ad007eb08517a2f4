/** An address beside GraphQL that a feature serves. Knows none of them. */
import type { IncomingMessage } from 'node:http';

export interface RouteRequest {
  readonly req: IncomingMessage;
  /** Without its query string. */
  readonly path: string;
  readonly requestId: string;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

export interface RouteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** Null leaves the request to the next route. A rejection is logged and answered 500. */
export type Route = (request: RouteRequest) => Promise<RouteAnswer> | null;
