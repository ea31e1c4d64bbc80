// The sysctls that decide what happens to a packet (kernel document networking/ip-sysctl), as they are in one namespace.
import { isReadSysctl, SYSCTL_FILES } from '../../model/sysctls.js';
import { visible } from '../../model/text.js';

const FOLDERS = ['ipv4', 'ipv6', 'bridge', 'netfilter', 'core'].map((folder) => `/proc/sys/net/${folder}`);

/** Prints `PATH:VALUE` for each key. /proc/sys/net shows the namespace of the process that looks (proc_sys(5)). */
export const SYSCTLS_COMMAND = ['grep', '-r', '-s', '-H', '', ...SYSCTL_FILES.map((name) => `--include=${name}`), ...FOLDERS] as const;

/** Reads the output of `SYSCTLS_COMMAND`: keys in sysctl(8)'s dotted form, where a dot in a link's name is written as a slash. */
export function parseSysctls(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line) => {
    const match = /^\/proc\/sys\/(.+?):(.*)$/s.exec(line);
    if (!match) return [];
    const key = (match[1] ?? '').split('/').map((part) => part.replaceAll('.', '/'));
    return [[visible(key.join('.')), (match[2] ?? '').replaceAll('\t', ' ')] as const];
  });
  return Object.fromEntries(entries.filter(([key]) => isReadSysctl(key)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
