/** The WebAssembly module of PGlite and its memory. Opens no database. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { MAX_PAGES, withSharedMemory } from './shared-memory.ts';

/** 128 MiB, as the module asks for. */
const INITIAL_PAGES = 2_048;

const { resolve } = createRequire(import.meta.url);
let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiled once per process, for every database that it opens. */
export function compileEngine(): Promise<WebAssembly.Module> {
  compiled ??= readFile(resolve('@electric-sql/pglite/pglite.wasm')).then((bytes) =>
    WebAssembly.compile(withSharedMemory(bytes)),
  );
  return compiled;
}

/** A caller sets the words in it that cancel a statement, while the thread of the database is busy with that. */
export function createEngineMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared: true });
}

/** From here on this thread compiles libraries of the database, such as PL/pgSQL, for shared memory too. */
export function shareMemoryOfLibraries(): void {
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(module, [bytes]: [ArrayBuffer | Uint8Array<ArrayBuffer>]) {
      return new module(withSharedMemory(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)));
    },
  });
}
