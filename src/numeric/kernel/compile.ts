/** Compiles the kernel's AssemblyScript sources; run manually after a change of them. Never runs in the server. */

import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { main } from 'assemblyscript/asc';

const FOLDER = new URL('./assembly/', import.meta.url);

// 65,536 pages are the 4 GB address space of a 32-bit pointer; a memory is only as large as it is created.
const OPTIONS = [
  '--optimizeLevel 3 --shrinkLevel 0 --noAssert --runtime stub',
  '--enable simd --enable relaxed-simd --enable threads',
  '--importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536',
].flatMap((line) => line.split(' '));

/** The kernel's bytes, equal for equal sources and compiler version. */
export async function compileKernel(): Promise<Uint8Array> {
  let binary = new Uint8Array();
  const messages: string[] = [];
  const { error } = await main(['index.ts', '--outFile', 'kernel.wasm', ...OPTIONS], {
    // The compiler expects .ts; these files are .as, because they are not TypeScript.
    readFile: (name) =>
      readFile(new URL(basename(name).replace(/\.ts$/, '.as'), FOLDER), 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') binary = Uint8Array.from(contents);
    },
    listFiles: () => [],
    stderr: { write: (chunk) => void messages.push(String(chunk)) },
  });
  if (error) throw new Error(`the kernel does not compile: ${messages.join('')}`, { cause: error });
  return binary;
}

if (import.meta.main) await writeFile(new URL('./kernel.wasm', import.meta.url), await compileKernel());
