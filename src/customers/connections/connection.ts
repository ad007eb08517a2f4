/** Connections between two customers, from either side. */
import type { customerConnections } from '../tables.ts';

export type ConnectionKind = (typeof customerConnections.$inferSelect)['kind'];
export type ConnectionDirection = (typeof customerConnections.$inferSelect)['direction'];

export const CONNECTION_KINDS: readonly ConnectionKind[] = ['referral', 'household', 'follow'];

/** Two customers and their connection; households have no direction. */
export interface Pair {
  readonly kind: ConnectionKind;
  /** The referrer, or the follower. */
  readonly fromId: string;
  readonly toId: string;
}

/** One side of a connection: the key of a row. */
export interface Side {
  readonly customerId: string;
  readonly otherId: string;
  readonly kind: ConnectionKind;
  readonly direction: ConnectionDirection;
}

export function sidesOf({ kind, fromId, toId }: Pair): readonly [Side, Side] {
  const isMutual = kind === 'household';
  return [
    { customerId: fromId, otherId: toId, kind, direction: isMutual ? 'mutual' : 'outgoing' },
    { customerId: toId, otherId: fromId, kind, direction: isMutual ? 'mutual' : 'incoming' },
  ];
}

export function pairOf({ customerId, otherId, kind, direction }: Side): Pair {
  const [fromId, toId] = direction === 'incoming' ? [otherId, customerId] : [customerId, otherId];
  return { kind, fromId, toId };
}

/** Equal for both directions of a household. */
export function pairKey({ kind, fromId, toId }: Pair): string {
  const isTurned = kind === 'household' && toId < fromId;
  return isTurned ? `${kind} ${toId} ${fromId}` : `${kind} ${fromId} ${toId}`;
}
