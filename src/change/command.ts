// A command of a plan in its three forms: as it runs, as a person would type it, and as the policy fingerprints it.
import { readlinkSync } from 'node:fs';
import type { Argument, Command, Plan, ResolvedNamespace } from '../model/change.js';
import type { Work } from '../model/permit.js';

/** Arguments with every namespace as the path of its open handle. */
export function runArguments(args: readonly Argument[]): string[] {
  return args.map((argument) => (typeof argument === 'string' ? argument : argument.namespace.path));
}

/** How `ip link set … netns` is told of a namespace by a person: a name, a PID, or a path. */
function shownNamespace({ isHost, entry, inode }: ResolvedNamespace): string {
  if ('name' in entry) return entry.name;
  const pid = /^\/proc\/(\d+)\/ns\/net$/.exec(entry.path)?.[1];
  if (!isHost) return pid ?? entry.path;
  return isOfFirstProcess(inode) ? '1' : entry.path;
}

/** True when process 1 lives in that namespace, as far as this user may see that. */
function isOfFirstProcess(inode: number): boolean {
  try {
    return readlinkSync('/proc/1/ns/net') === `net:[${inode}]`;
  } catch {
    return false;
  }
}

/** The command as a person can paste it into a terminal. */
export function shownCommand({ place, args }: Command): string[] {
  const words = args.map((argument) => (typeof argument === 'string' ? argument : shownNamespace(argument.namespace)));
  if (place.isHost) return ['ip', ...words];
  return 'name' in place.entry ? ['ip', '-n', place.entry.name, ...words] : ['nsenter', `--net=${place.entry.path}`, 'ip', ...words];
}

/** What the policy judges and the permit holds to: the same for the same plan, whatever descriptors it happens to use. */
export function workOf(action: Work['action'], plan: Plan): Work {
  return {
    action,
    commands: plan.steps.map(({ place, args }) => ({
      place: place.inode,
      argv: ['ip', ...args.map((argument) => (typeof argument === 'string' ? argument : `inode:${argument.namespace.inode}`))],
    })),
  };
}
