/** Where commands find the gateway that holds a folder. Opens no socket. */
import { mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Addresses of Unix sockets hold 108 bytes, 104 on some systems, the zero at the end among them. */
const MAX_PATH_BYTES = 100;

function linkPath(folder: string): string {
  return resolve(folder, 'gateway.sock');
}

/** A path to listen at. One that is too long becomes a link to a folder of its owner's own. */
export async function createSocketPath(folder: string): Promise<string> {
  const path = linkPath(folder);
  // Left by a gateway that was killed: the caller holds the folder.
  await removeSocketPath(folder);
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  const short = join(await mkdtemp(join(tmpdir(), 'c360-')), 'gateway.sock');
  await symlink(short, path);
  return short;
}

export async function findSocketPath(folder: string): Promise<string> {
  return readlink(linkPath(folder)).catch(() => linkPath(folder));
}

export async function removeSocketPath(folder: string): Promise<void> {
  const path = linkPath(folder);
  const target = await findSocketPath(folder);
  if (target !== path) await rm(dirname(target), { recursive: true, force: true });
  await rm(path, { force: true });
}
