// What tells who a namespace belongs to: where it is mounted, and of a few processes in it their control groups, command lines and parents.
import { readFileSync } from 'node:fs';
import { decodeBytes } from '../../model/text.js';
import { parentOf } from '../sources/processes.js';

/** A process, as far as it tells whose it is. Words are as the process has them: escape before showing. */
export interface ProcessSigns {
  /** Paths of its control groups, one for each hierarchy (cgroups(7)); none twice. */
  cgroups: readonly string[];
  /** Read only when asked for, for that costs: its command line, */
  argv(): readonly string[];
  /** and those of the ones that started it, the nearest first: a shim or a monitor knows names. */
  parents(): readonly (readonly string[])[];
}

export interface Signs {
  /** Where it is mounted. */
  mounts: readonly string[];
  processes: readonly ProcessSigns[];
}

/** How far up the parents are looked at. */
const MOST_PARENTS = 4;

function textOf(path: string): string {
  try {
    return decodeBytes(readFileSync(path));
  } catch {
    // It has ended, or is not ours to look at: then it tells nothing.
    return '';
  }
}

function argvOf(pid: number, proc: string): string[] {
  return textOf(`${proc}/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** What a process tells. */
export function signsOf(pid: number, proc = '/proc'): ProcessSigns {
  const lines = textOf(`${proc}/${pid}/cgroup`).split('\n');
  // hierarchy:controllers:path
  const paths = lines.flatMap((line) => /^\d+:[^:]*:(.+)$/.exec(line)?.[1] ?? []);
  const parents = () => {
    const found: string[][] = [];
    for (let parent = parentOf(pid, proc); parent > 1 && found.length < MOST_PARENTS; parent = parentOf(parent, proc)) found.push(argvOf(parent, proc));
    return found;
  };
  return { cgroups: [...new Set(paths)].filter((path) => path !== '/'), argv: () => argvOf(pid, proc), parents };
}
