/** Lock of an embedded database's folder: PGlite itself does not keep a second process out. */
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Distinguishes a process from a later one with the same id; null where the system does not reveal it. */
  readonly startedAt: string | null;
  /** The command that it runs, such as `serve`. */
  readonly command: string;
}

/** Another process uses the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly holder: Holder;

  constructor(folder: string, holder: Holder) {
    super(`${folder} is in use by \`c360 ${holder.command}\` (process ${holder.pid} on ${holder.host}).`);
    this.holder = holder;
  }
}

const SIGN_OF_LIFE_MS = 5_000;
/** A holder on another machine (such as a stopped container) is only known by its heartbeat. */
const DEAD_AFTER_MS = 20_000;

export interface FolderLock {
  release(): Promise<void>;
}

/** @throws {FolderInUseError} */
export async function lockFolder(folder: string, command: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'gateway.lock');
  const me: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: processStart(process.pid),
    command,
  };
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(me));
  try {
    // A link is created atomically, and only by the first process.
    while (!(await tryLink(draft, path))) await removeIfDead(folder, path);
  } finally {
    await rm(draft, { force: true });
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, SIGN_OF_LIFE_MS);
  timer.unref();
  const removeAtExit = () => rmSync(path, { force: true });
  process.once('exit', removeAtExit);
  return {
    async release() {
      clearInterval(timer);
      process.removeListener('exit', removeAtExit);
      await rm(path, { force: true });
    },
  };
}

async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfDead(folder: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => null);
  // Released in the meantime.
  if (text === null) return;
  const holder = JSON.parse(text) as Holder;
  if (await isAlive(holder, path)) throw new FolderInUseError(folder, holder);
  const aside = `${path}.dead.${process.pid}`;
  await rename(path, aside).catch(() => {});
  // Another process may have removed the stale lock first: the moved lock is then the lock of that process.
  if ((await readFile(aside, 'utf8').catch(() => text)) !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function isAlive(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path);
    // A heartbeat in the future is from a clock that was set back.
    return Math.abs(Date.now() - mtimeMs) < DEAD_AFTER_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.startedAt === processStart(holder.pid);
}

/** Start of a process in ticks since boot (proc(5), field 22). */
function processStart(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the command is in parentheses and may contain spaces.
    return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
