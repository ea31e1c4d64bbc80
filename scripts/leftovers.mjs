// What the tests could leave behind on the host: processes, namespaces, links, mounts. Before and after must be the same.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 5_000;

/** Lines of a program's output; empty where there is no such program. */
function lines(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Processes that are ours: started with the mark of this run in their environment, or living in another network namespace than this one.
 * Others of the host come and go as they like.
 */
function processes(mark) {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      let namespace = own;
      try {
        namespace = readlinkSync(`/proc/${pid}/ns/net`);
      } catch {
        // Somebody else's, or gone.
      }
      return namespace !== own || read(`/proc/${pid}/environ`).includes(mark);
    })
    .map((pid) => `process ${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
}

/** Everything, a line each. */
function look(mark) {
  const mounts = read('/proc/self/mountinfo').split('\n').filter(Boolean);
  return [
    ...processes(mark),
    ...lines('ip', ['netns', 'list']).map((line) => `namespace ${line}`),
    ...lines('ip', ['-o', 'link', 'show']).map((line) => `link ${line}`),
    ...mounts.map((line) => `mount ${line.slice(line.indexOf(' ', line.indexOf(' ') + 1) + 1)}`),
  ];
}

/** Looks now; the answered function looks again, waits a little for what is just ending, and answers the differences. */
export function watchLeftovers(mark) {
  const before = look(mark);
  const differences = () => {
    const after = look(mark);
    const added = after.filter((line) => !before.includes(line)).map((line) => `left over: ${line}`);
    const gone = before.filter((line) => !after.includes(line) && !line.startsWith('process ')).map((line) => `gone: ${line}`);
    return [...added, ...gone];
  };
  return async () => {
    const until = Date.now() + GRACE_MS;
    // What comes up only now is not from the tests.
    let left = differences();
    while (left.length > 0 && Date.now() < until) {
      await sleep(100);
      const now = differences();
      left = left.filter((line) => now.includes(line));
    }
    return left;
  };
}
