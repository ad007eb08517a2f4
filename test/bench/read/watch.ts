/** What a request costs beside time: statements, and processor time of server, database and load generator. */
import { readdirSync, readFileSync } from 'node:fs';

import postgres from 'postgres';

import { runLoad, type Target } from './load.ts';
import type { Server } from './servers.ts';

export interface CpuMs {
  readonly server: number;
  readonly database: number;
  readonly load: number;
}

const MS_PER_TICK = 10;

/** Reads /proc, so all zeros where there is none. */
export async function readCpuMs(server: Server): Promise<CpuMs> {
  const own = process.cpuUsage();
  const processes = readProcesses();
  const family = new Set([server.pid]);
  for (const entry of processes) if (family.has(entry.parent)) family.add(entry.pid);
  const sum = (isCounted: (entry: ProcessEntry) => boolean): number =>
    processes.filter(isCounted).reduce((total, entry) => total + entry.ticks * MS_PER_TICK, 0);
  return {
    server: sum((entry) => family.has(entry.pid)),
    database: sum((entry) => entry.name === 'postgres'),
    load: (own.user + own.system) / 1000,
  };
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
}

function readProcesses(): ProcessEntry[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .toSorted((left, right) => Number(left) - Number(right))
      .flatMap((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
          const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
          // Fields of proc(5) after the name: state is the 3rd, so 4 ppid is [1], 14 utime is [11], 15 stime is [12].
          const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return [
            {
              pid: Number(pid),
              parent: Number(fields[1]),
              name,
              ticks: Number(fields[11]) + Number(fields[12]),
            },
          ];
        } catch {
          return [];
        }
      });
  } catch {
    return [];
  }
}

/** Statements of one request: those outside a transaction are one commit each in the server's own counters. */
export async function countStatements(server: Server, target: Target): Promise<number> {
  const sql = postgres(server.databaseUrl, { max: 1 });
  const readCommits = async (): Promise<number> => {
    // A backend reports its counters when it has been idle for a second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [row] =
      await sql`select xact_commit::int as commits from pg_stat_database where datname = current_database()`;
    return row!['commits'] as number;
  };
  const start = await readCommits();
  const idle = (await readCommits()) - start;
  const before = await readCommits();
  const { requests } = await runLoad(target, 1, 600);
  const commits = (await readCommits()) - before - idle;
  await sql.end();
  return Math.round(commits / requests);
}
