// A command of a plan in its three forms: as it runs, as a person would type it, and as the policy fingerprints it.
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { entering, fitsBatch } from '../../exec/ip.js';
import type { Argument, ChangeProgram, Command, Plan, ResolvedNamespace } from '../../model/change.js';
import { pathInto } from '../../model/change.js';
import type { Work } from '../../model/permit.js';
import { commandLine, shellQuote } from '../../model/text.js';
import { isPlanned } from '../plan/places.js';

/** Those of iproute2 that enter a namespace by themselves (`-n`), and read many lines in one process (`-batch`). */
const IPROUTE2: readonly ChangeProgram[] = ['ip', 'bridge', 'tc'];
/** They write files of the host, wherever their command belongs. */
const ON_FILES: readonly ChangeProgram[] = ['tee', 'rm', 'mkdir', 'rmdir'];

/** Through a pipe: what Node gives a program as its input is a socket, and /dev/stdin cannot be opened as one (open(2), ENXIO). */
const WG = ['sh', '-c', 'cat | wg "$@"', 'wg'] as const;

export function programOf({ program = 'ip' }: Pick<Command, 'program'>): ChangeProgram {
  return program;
}

/** Of others so many first words, where commands that have these in common can be said as one: `sysctl -w A=1 B=2`, `ethtool -K DEVICE A on B off`. */
const COMMON_WORDS: Partial<Record<ChangeProgram, number>> = { sysctl: 1, ethtool: 2 };

/** True when a process of this program reads many commands, one a line. */
export function isBatching(program: ChangeProgram): boolean {
  return IPROUTE2.includes(program);
}

/** After these words iproute2 takes the name that it read last for the number that it read since (rtnl_rtprot_a2n and others, lib/rt_names.c). */
const NAMES_OR_NUMBERS = ['proto', 'protocol', 'scope', 'realms', 'tos'];

function confusesNames(words: readonly string[]): boolean {
  return words.some((word, i) => NAMES_OR_NUMBERS.includes(word) && /^\d/.test(words[i + 1] ?? ''));
}

/** Commands of one namespace for which this says the same can share a process; null: it has one to itself. */
export function sharedBy(command: Pick<Command, 'program' | 'args' | 'stdin'>): string | null {
  const program = programOf(command);
  const words = runArguments(command.args);
  if (command.stdin !== undefined) return null;
  if (isBatching(program)) return words.every(fitsBatch) && !(program === 'ip' && confusesNames(words)) ? program : null;
  const common = COMMON_WORDS[program];
  return common === undefined ? null : [program, ...words.slice(0, common)].join(' ');
}

/** Arguments of many commands of one program that share a process, said as one command. */
export function joinedArguments(program: ChangeProgram, lines: readonly (readonly string[])[]): string[] {
  const common = COMMON_WORDS[program] ?? 0;
  return [...(lines[0] ?? []).slice(0, common), ...lines.flatMap((line) => line.slice(common))];
}

/** Arguments with every namespace as the path of its open handle, or its name while it is not made yet. */
export function runArguments(args: readonly Argument[]): string[] {
  return args.map((argument) => {
    if (typeof argument === 'string') return argument;
    return isPlanned(argument.namespace) ? argument.namespace.reference : argument.namespace.path;
  });
}

/** The words that start a program in a namespace. */
export function startOfProgram(place: ResolvedNamespace, program: ChangeProgram): [string, ...string[]] {
  const path = ON_FILES.includes(program) ? null : pathInto(place);
  const words = program === 'wg' ? WG : ([program] as const);
  if (path === null) return [...words];
  if (!IPROUTE2.includes(program)) return ['nsenter', `--net=${path}`, ...words];
  const [first, ...rest] = entering(path);
  return first === 'ip' ? [program, ...rest] : [first, ...rest.slice(0, -1), program];
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

function entered({ isHost, entry }: ResolvedNamespace, program: ChangeProgram): string[] {
  if (isHost || ON_FILES.includes(program)) return [program];
  if (!('name' in entry)) return ['nsenter', `--net=${entry.path}`, program];
  return IPROUTE2.includes(program) ? [program, '-n', entry.name] : ['ip', 'netns', 'exec', entry.name, program];
}

/** Text as `printf %b` of any shell prints it (printf(1)). */
function onOneLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** The command as a person can paste it into a terminal: what goes to its standard input is piped there by a shell, but for secrets. */
export function shownCommand(command: Command): string[] {
  const { place, args, stdin, isSecret } = command;
  const words = args.map((argument) => (typeof argument === 'string' ? argument : shownNamespace(argument.namespace)));
  const argv = [...entered(place, programOf(command)), ...words];
  if (stdin === undefined) return argv;
  const input = isSecret ? 'cat SECRET-FILE' : `printf %b ${shellQuote(onOneLine(stdin))}`;
  return ['sh', '-c', `${input} | ${commandLine(argv)}`];
}

/** What the policy judges and the permit holds to: the same for the same plan, whatever descriptors it happens to use. */
export function workOf(action: Work['action'], { steps }: Pick<Plan, 'steps'>): Work {
  const placeOf = (place: ResolvedNamespace) => (isPlanned(place) ? place.reference : place.inode);
  return {
    action,
    commands: steps.map((command) => ({
      place: placeOf(command.place),
      argv: [
        programOf(command),
        ...command.args.map((argument) => (typeof argument === 'string' ? argument : `inode:${placeOf(argument.namespace)}`)),
        ...(command.stdin === undefined ? [] : [`stdin:sha256:${createHash('sha256').update(command.stdin).digest('hex')}`]),
      ],
    })),
  };
}
