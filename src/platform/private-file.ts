/** Files that only their owner can read: keys, and files with contact data. */
import { type FileHandle, open } from 'node:fs/promises';

const OWNER_ONLY = 0o600;

/** @param flags as of `open`, such as `w` */
export async function openPrivateFile(path: string, flags: string): Promise<FileHandle> {
  const file = await open(path, flags, OWNER_ONLY);
  try {
    // An existing file would keep its mode; the mode of a pipe or a device is not changed.
    if ((await file.stat()).isFile()) await file.chmod(OWNER_ONLY);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Complete and synced to disk when it returns. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const file = await openPrivateFile(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
