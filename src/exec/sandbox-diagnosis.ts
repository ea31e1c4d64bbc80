// Why a sandbox could not be made, and the way out: from what the chain of programs complained about and what the kernel permits.
import { readFileSync } from 'node:fs';
import { visible } from '../model/text.js';

/** What is in the way, and what to do about it. */
export interface Obstacle {
  why: string;
  hint: string;
}

const CONTAINER =
  'In Docker start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined (Podman: --security-opt unmask=ALL), or run the server on the host.';
const OTHERWISE = 'Or run without --sandbox, as root in a virtual machine.';

/** Settings with which kernels and distributions forbid user namespaces. */
const SETTINGS: readonly { key: string; forbids: (value: number) => boolean; why: string; hint: string }[] = [
  {
    key: 'user/max_user_namespaces',
    forbids: (value) => value === 0,
    why: 'user.max_user_namespaces is 0: no user namespace may be made.',
    hint: `Allow them: sysctl -w user.max_user_namespaces=10000. ${OTHERWISE}`,
  },
  {
    key: 'kernel/unprivileged_userns_clone',
    forbids: (value) => value === 0 && process.getuid?.() !== 0,
    why: 'kernel.unprivileged_userns_clone is 0: ordinary users may not make user namespaces.',
    hint: `Allow them: sysctl -w kernel.unprivileged_userns_clone=1. ${OTHERWISE}`,
  },
  {
    key: 'kernel/apparmor_restrict_unprivileged_userns',
    forbids: (value) => value === 1 && process.getuid?.() !== 0,
    why: 'kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the privileges away inside user namespaces of ordinary users.',
    hint: `Lift it: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or start as root. ${OTHERWISE}`,
  },
];

/** What the programs of the chain say, and what it means. The first that fits counts. */
const COMPLAINTS: readonly (Obstacle & { pattern: RegExp })[] = [
  {
    pattern: /\bip: (command )?(not found|Permission denied)/,
    why: 'The program ip is missing.',
    hint: 'Install it: apt install iproute2.',
  },
  {
    pattern: /\bsh: .*: (not found|Permission denied)|\bsh: \w+: not found|failed to execute \w+|unrecognized option/,
    why: 'A program of util-linux is missing or too old.',
    hint: 'Install them, version 2.36 or newer: apt install util-linux mount.',
  },
  {
    pattern: /the root is not read-only/,
    why: "The host's file system could not be made read-only.",
    hint: 'Install mount of util-linux 2.36 or newer: apt install mount.',
  },
  {
    pattern: /mount \/proc failed/,
    why: 'The kernel does not let a new /proc be mounted, because parts of this one are hidden, as in a container.',
    hint: CONTAINER,
  },
  {
    pattern: /unshare failed: No space left on device/,
    why: 'The limit of namespaces is reached.',
    hint: 'Raise user.max_user_namespaces, user.max_net_namespaces and user.max_mnt_namespaces, or end what holds them (lsns).',
  },
  {
    pattern: /unshare failed: Operation not permitted|uid_map/,
    why: 'User namespaces are forbidden here, by a container, a seccomp filter or a security module.',
    hint: `${CONTAINER} ${OTHERWISE}`,
  },
];

function settingOf(key: string): number | null {
  try {
    return Number(readFileSync(`/proc/sys/${key}`, 'utf8'));
  } catch {
    // This kernel does not have it.
    return null;
  }
}

/** The settings that could forbid user namespaces, as they are here; those that this kernel does not have are absent. */
export function userNamespaceSettings(): { key: string; value: number }[] {
  return SETTINGS.flatMap(({ key }) => {
    const value = settingOf(key);
    return value === null ? [] : { key: key.replace('/', '.'), value };
  });
}

/** What kept the sandbox from being made. @param complaint What the chain wrote to standard error. */
export function obstacleOf(complaint: string): Obstacle {
  const setting = SETTINGS.find(({ key, forbids }) => {
    const value = settingOf(key);
    return value !== null && forbids(value);
  });
  const known = COMPLAINTS.find(({ pattern }) => pattern.test(complaint));
  const { why, hint } = setting ?? known ?? { why: 'A step of making it failed.', hint: `The words of the system name the step. ${OTHERWISE}` };
  const said = visible(complaint.trim().replaceAll('\n', '; ')).slice(0, 500);
  return { why: said === '' ? why : `${why} (${said})`, hint };
}
