// The sysctls that decide what happens to a packet (kernel document networking/ip-sysctl), as they are in one namespace.

import { remembered } from '../../model/remembered.js';
import { isReadSysctl, SYSCTL_FILES } from '../../model/sysctls.js';
import { visible } from '../../model/text.js';

const FOLDERS = ['ipv4', 'ipv6', 'bridge', 'netfilter', 'core'].map((folder) => `/proc/sys/net/${folder}`);

/** Prints `PATH:VALUE` for each key. /proc/sys/net shows the namespace of the process that looks (proc_sys(5)). */
export const SYSCTLS_COMMAND = ['grep', '-r', '-s', '-H', '', ...SYSCTL_FILES.map((name) => `--include=${name}`), ...FOLDERS] as const;

const FILES = '/proc/sys/';
const MOST_KNOWN = 20_000;

/** The key of a file, in sysctl(8)'s dotted form, where a dot in a link's name is written as a slash; null when it is not one that is read. */
const keyOf = remembered((file: string): string | null => {
  const key = visible(
    file
      .slice(FILES.length)
      .split('/')
      .map((part) => part.replaceAll('.', '/'))
      .join('.'),
  );
  return file.startsWith(FILES) && isReadSysctl(key) ? key : null;
}, MOST_KNOWN);

/** Reads the output of `SYSCTLS_COMMAND`. */
export function parseSysctls(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line) => {
    // A link's name may hold a colon; a value of those that are read does not.
    const end = line.lastIndexOf(':');
    const key = end === -1 ? null : keyOf(line.slice(0, end));
    return key === null ? [] : [[key, line.slice(end + 1).replaceAll('\t', ' ')] as const];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
