/** What a request costs beside time: processor time of server, database and load generator. */
import { readdirSync, readFileSync } from 'node:fs';

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
