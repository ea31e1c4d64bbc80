// Which process lives in which network namespace, from /proc/PID/ns/net (proc_pid_ns(5)).
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessSample } from '../../model/snapshot.js';
import { decodeBytes, visible } from '../../model/text.js';

/** Processes named in a sample; the count is of all. */
const SAMPLE_SIZE = 5;

/** Which namespaces processes and threads live in. */
export interface ProcessScan {
  /** PIDs by inode of their namespace, ascending. */
  byInode: Map<number, number[]>;
  /** PIDs by inode of the mount namespace that they see, ascending. */
  byMountNamespace: Map<number, number[]>;
  /** Threads that live in another namespace than their process does, by inode. */
  threads: Map<number, { pid: number; thread: number }[]>;
  /** Processes whose namespace may not be seen by this user. */
  hidden: number;
}

/** Threads of a process that have left its namespace (setns(2) works on a single thread). */
function strayThreads(pid: number, home: number, proc: string): { inode: number; thread: number }[] {
  const threads = readdirSync(`${proc}/${pid}/task`);
  if (threads.length < 2) return [];
  return threads.flatMap((thread) => {
    try {
      const inode = inodeOfLink(readlinkSync(`${proc}/${pid}/task/${thread}/ns/net`));
      return inode === null || inode === home ? [] : { inode, thread: Number(thread) };
    } catch {
      return [];
    }
  });
}

/** Every process of the host that can be seen. One that ends meanwhile is left out. */
export function scanProcesses(proc = '/proc'): ProcessScan {
  const byInode = new Map<number, number[]>();
  const byMountNamespace = new Map<number, number[]>();
  const threads: ProcessScan['threads'] = new Map();
  let hidden = 0;
  for (const name of readdirSync(proc)) {
    const first = name.charCodeAt(0);
    if (first < 0x31 || first > 0x39) continue;
    try {
      const inode = inodeOfLink(readlinkSync(`${proc}/${name}/ns/net`));
      if (inode === null) continue;
      addTo(byInode, inode, Number(name));
      addTo(byMountNamespace, inodeOfLink(readlinkSync(`${proc}/${name}/ns/mnt`), 'mnt'), Number(name));
      for (const stray of strayThreads(Number(name), inode, proc)) {
        threads.set(stray.inode, [...(threads.get(stray.inode) ?? []), { pid: Number(name), thread: stray.thread }]);
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) hidden++;
    }
  }
  return { byInode, byMountNamespace, threads, hidden };
}

function addTo(lists: Map<number, number[]>, key: number | null, pid: number): void {
  if (key === null) return;
  const list = lists.get(key);
  if (list) list.push(pid);
  else lists.set(key, [pid]);
}

const LINKS = { net: /^net:\[(\d+)\]$/, mnt: /^mnt:\[(\d+)\]$/ };

/** The number in `net:[N]`, or the like of another kind of namespace; null for anything else. */
export function inodeOfLink(link: string, kind: keyof typeof LINKS = 'net'): number | null {
  const match = LINKS[kind].exec(link);
  return match ? Number(match[1]) : null;
}

/** The name of a process as it calls itself, made safe to show; `?` when it has ended. */
export function commandOf(pid: number, proc = '/proc'): string {
  try {
    return visible(decodeBytes(readFileSync(`${proc}/${pid}/comm`)).replace(/\n$/, ''));
  } catch {
    return '?';
  }
}

/** How many processes, and who the first few are. */
export function sampleOf(pids: readonly number[], proc = '/proc'): { count: number; sample: ProcessSample[] } {
  return { count: pids.length, sample: pids.slice(0, SAMPLE_SIZE).map((pid) => ({ pid, command: commandOf(pid, proc) })) };
}

/** What follows the command in /proc/PID/stat, from the state on (proc_pid_stat(5), field 3). None when there is no such process. */
function statFields(pid: number, proc: string): string[] {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'latin1');
    // The command, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** When a process began, in clock ticks since boot: with the PID it names one process (proc_pid_stat(5), field 22). Null when it has ended. */
export function startOf(pid: number): string | null {
  const fields = statFields(pid, '/proc');
  // A zombie has ended, however long its parent leaves it there.
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** PID of the process that started another, or took it over; 0 when there is none, or it cannot be told. */
export function parentOf(pid: number, proc = '/proc'): number {
  return Number(statFields(pid, proc)[1] ?? 0);
}
