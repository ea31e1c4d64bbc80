// What this process may do: its capabilities, the users it can become, the limits it cannot exceed. Read once; they do not change while it runs.
import { readFileSync } from 'node:fs';

/** Capabilities by their numbers, from 0 (linux/capability.h), as setpriv writes them. */
const NAMES =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'.split(
    ' ',
  );

/** The user that no file and no privilege belongs to. */
const NOBODY = 65_534;

/** What the kernel lets this process do. */
export interface Privileges {
  /** May enter namespaces and make new ones. */
  canEnter: boolean;
  /** May narrow the bounding set. */
  canBound: boolean;
  /** The unprivileged user to become; null when this process has to stay the user it is. */
  user: number | null;
  /** Names of the capabilities that this process has in effect. */
  effective: ReadonlySet<string>;
  /** Names of those that a child could be given. */
  available: ReadonlySet<string>;
  /** Highest limit that a child can be given, by the name in /proc/self/limits; unlimited ones are absent. */
  limits: ReadonlyMap<string, number>;
}

/** True when a user or group id is mapped into this user namespace (user_namespaces(7)). */
function isMapped(file: 'uid_map' | 'gid_map'): boolean {
  return readFileSync(`/proc/self/${file}`, 'latin1')
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , length = 0] = line.trim().split(/\s+/).map(Number);
      return NOBODY >= first && NOBODY < first + length;
    });
}

function read(): Privileges {
  const status = readFileSync('/proc/self/status', 'latin1');
  const setOf = (name: string) => {
    const bits = BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
    return new Set(NAMES.filter((_, number) => (bits & (1n << BigInt(number))) !== 0n));
  };
  const [effective, permitted, bounding] = [setOf('CapEff'), setOf('CapPrm'), setOf('CapBnd')];
  const limits = new Map<string, number>();
  for (const [, name = '', hard] of readFileSync('/proc/self/limits', 'latin1').matchAll(/^(Max .+?)\s{2,}\S+\s+(\d+)/gm)) limits.set(name, Number(hard));
  return {
    canEnter: effective.has('sys_admin'),
    canBound: effective.has('setpcap'),
    user: effective.has('setuid') && effective.has('setgid') && isMapped('uid_map') && isMapped('gid_map') ? NOBODY : null,
    effective,
    available: new Set([...permitted].filter((name) => bounding.has(name))),
    limits,
  };
}

let known: Privileges | null = null;

/** Those of this process. */
export function privileges(): Privileges {
  known ??= read();
  return known;
}
