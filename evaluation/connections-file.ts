/** Reads any csv of connections between users: user, user and kind. */

import { EDGE_KINDS, type EdgeKind } from '#recommendations/algorithms/social.ts';
import { openRows, UnfitDataError } from './interactions-file.ts';

/** Per user the connected users, each with the closest kind. */
export type Circles = readonly ReadonlyMap<number, EdgeKind>[];

export type Connections = {
  readonly circles: Circles;
  readonly rowCount: number;
  /** Number of rows with two known users. */
  readonly knownCount: number;
};

const FROM_NAMES: ReadonlySet<string> = new Set([
  'user',
  'userid',
  'from',
  'fromuser',
  'customerid',
  'fromcustomerid',
]);
const TO_NAMES: ReadonlySet<string> = new Set([
  'user',
  'userid',
  'to',
  'touser',
  'otherid',
  'friendid',
  'tocustomerid',
]);

/**
 * A row is a follow of the second user by the first unless a third column says `household` or `referral`, which have no
 * direction. Users without an interaction are skipped.
 * @throws {UnfitDataError}
 */
export async function readConnections(path: string, userIds: readonly string[]): Promise<Connections> {
  const users = new Map(userIds.map((id, user) => [id, user]));
  const circles = userIds.map(() => new Map<number, EdgeKind>());
  let line = 0;
  let rowCount = 0;
  let knownCount = 0;
  for await (const cells of openRows(path)) {
    line += 1;
    if (line === 1 && isHeader(cells)) continue;
    const [from, to, kindText = ''] = cells.map((cell) => cell.trim());
    if (!from || !to) throw new UnfitDataError(`line ${line}: expected two users, got ${cells.join(',')}`);
    const kind = readKind(kindText, line);
    rowCount += 1;
    const [fromUser, toUser] = [users.get(from), users.get(to)];
    if (fromUser === undefined || toUser === undefined || fromUser === toUser) continue;
    knownCount += 1;
    connect(circles[fromUser]!, toUser, kind);
    if (kind !== 'follow') connect(circles[toUser]!, fromUser, kind);
  }
  return { circles, rowCount, knownCount };
}

function isHeader(cells: readonly string[]): boolean {
  const [from = '', to = ''] = cells.map((cell) => cell.toLowerCase().replaceAll(/[^a-z]/g, ''));
  return FROM_NAMES.has(from) && TO_NAMES.has(to);
}

function readKind(text: string, line: number): EdgeKind {
  if (text === '') return 'follow';
  const kind = EDGE_KINDS.find((known) => known === text.toLowerCase());
  if (kind !== undefined) return kind;
  throw new UnfitDataError(`line ${line}: expected a kind of ${EDGE_KINDS.join(', ')}, got "${text}"`);
}

function connect(circle: Map<number, EdgeKind>, other: number, kind: EdgeKind): void {
  const known = circle.get(other);
  if (known === undefined || EDGE_KINDS.indexOf(kind) < EDGE_KINDS.indexOf(known)) circle.set(other, kind);
}
