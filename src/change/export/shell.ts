// A step as lines of a POSIX shell that can be run again and again: what is there already is left as it is, or set to what it is.
import type { Step, StepArgument } from '../restore/contents.js';
import type { ExportedPlace } from './world.js';

/** Functions that the lines call, each with the comment that explains it. */
const HELPERS = {
  has_link: ['# True when a namespace ("" is this one) has a link of that name.', `has_link() { ip \${1:+-n "$1"} link show dev "$2" >/dev/null 2>&1; }`],
  ensure: [
    '# Makes something; that it is there already is no failure.',
    'ensure() {',
    '  said=$("$@" 2>&1) || case $said in',
    "    *'File exists'*) ;;",
    '    *) printf \'%s\\n\' "$said" >&2; return 1 ;;',
    '  esac',
    '}',
  ],
  need: [
    '# Ends with a word where something is missing that this does not make.',
    `need() { has_link "$1" "$2" || { echo "$0: no link $2 in \${1:-the host}" >&2; exit 1; }; }`,
  ],
} as const;

/** Programs of iproute2 enter a namespace by themselves. */
const ENTERING = ['ip', 'bridge', 'tc'];
const ON_FILES = ['tee', 'rm', 'mkdir', 'rmdir'];
/** The verb by which each object of ip(8) is made or set to what it shall be. */
const REPLACED = ['address', 'route', 'nexthop'];

/** A word for any POSIX shell, whatever bytes it holds. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

type Places = readonly Pick<ExportedPlace, 'name' | 'isHost'>[];

function nameAt(places: Places, at: Step['place']): string | null {
  const place = at === 'host' ? undefined : places[at];
  return place === undefined || place.isHost ? null : place.name;
}

/** The shell itself lives in the host's namespace, whatever that is called. */
function word(argument: StepArgument, places: Places): string {
  if (typeof argument === 'string') return quoted(argument);
  const name = nameAt(places, argument.place);
  return name === null ? '$$' : quoted(name);
}

function start(program: string, name: string | null): string[] {
  if (name === null || ON_FILES.includes(program)) return [program];
  return ENTERING.includes(program) ? [program, '-n', name] : ['ip', 'netns', 'exec', name, program];
}

/** The text of a here-document, ended by a word that does not stand in it alone. */
function hereDocument(command: string, text: string): string[] {
  let end = 'END';
  while (text.split('\n').includes(end)) end += '_';
  return [`${command} <<'${end}'`, ...text.replace(/\n$/, '').split('\n'), end];
}

/** Name of the link that a command makes; null when it makes none. */
function madeLink([object, verb, ...rest]: readonly StepArgument[]): string | null {
  if (verb !== 'add' || (object !== 'link' && object !== 'tuntap')) return null;
  const name = rest[rest.indexOf(object === 'link' ? 'name' : 'dev') + 1];
  return typeof name === 'string' ? name : null;
}

/** How a command is written so that a second run of it does no harm. */
function repeatable(program: string, args: readonly StepArgument[]): { args: StepArgument[]; before: string; after: string } {
  const plain = { args: [...args], before: '', after: '' };
  const family = args[0] === '-6' ? 1 : 0;
  const [object, verb] = args.slice(family);
  if (program === 'sysctl') return { ...plain, args: ['-q', ...args] };
  if (program === 'tee') return { ...plain, after: ' >/dev/null' };
  if (verb === 'delete' || object === 'delete') return { ...plain, after: ' 2>/dev/null || :' };
  if (program === 'ip' && verb === 'add' && REPLACED.includes(String(object))) return { ...plain, args: args.with(family + 1, 'replace') };
  const canExist = verb === 'add' || verb === 'append' || (object === 'link' && verb === 'property');
  return canExist && ['ip', 'bridge'].includes(program) ? { ...plain, before: 'ensure ' } : plain;
}

/** The lines of a step. Secrets are not among them. */
export function linesOf(step: Step, places: Places): string[] {
  const { program = 'ip', stdin, isSecret, makes } = step;
  if (isSecret) return [];
  const name = nameAt(places, step.place);
  if (makes !== undefined) return [`has_link ${quoted(makes)} lo || ip netns add ${quoted(makes)}`];
  const link = madeLink(step.args);
  const line = (args: readonly StepArgument[]) => [start(program, name).map(quoted).join(' '), ...args.map((argument) => word(argument, places))].join(' ');
  // iproute2 makes it right away in the namespace that is named before `type`, or after the peer.
  const [object, verb, , device, netns, target] = step.args;
  if (link !== null) {
    const type = step.args.indexOf('type');
    const elsewhere = step.args.slice(0, type).indexOf('netns');
    const there = elsewhere === -1 ? undefined : step.args[elsewhere + 1];
    const at = typeof there === 'object' ? nameAt(places, there.place) : name;
    return [`has_link ${quoted(at ?? '')} ${quoted(link)} || ${line(step.args)}`];
  }
  if (program === 'ip' && object === 'link' && verb === 'set' && netns === 'netns' && typeof target === 'object') {
    return [`has_link ${quoted(nameAt(places, target.place) ?? '')} ${quoted(String(device))} || ${line(step.args)}`];
  }
  // tc(8) cannot be asked whether all of it is so already: it is made anew.
  if (program === 'tc' && object === 'qdisc' && verb === 'add' && isAttached(step.args)) return [...clearing(step, name, places), line(step.args)];
  const { args, before, after } = repeatable(program, step.args);
  const command = `${before}${line(args)}${after}`;
  return stdin === undefined ? [command] : hereDocument(command, stdin);
}

function isAttached(args: readonly StepArgument[]): boolean {
  return ['root', 'ingress', 'clsact'].some((side) => args.includes(side));
}

function clearing({ args }: Step, name: string | null, places: Places): string[] {
  const [, , , device = ''] = args;
  const side = ['root', 'ingress', 'clsact'].find((known) => args.includes(known)) ?? 'root';
  return [`${start('tc', name).map(quoted).join(' ')} qdisc delete dev ${word(device, places)} ${side} 2>/dev/null || :`];
}

/** Those of the functions that some lines call. */
export function helpersFor(lines: readonly string[]): string[] {
  const calls = (name: string, text: readonly string[]) => text.some((line) => new RegExp(`^(.*\\|\\| )?${name} `).test(line));
  const called = Object.entries(HELPERS).filter(([name]) => calls(name, lines) || (name === 'has_link' && calls('need', lines)));
  return called.flatMap(([, text]) => [...text, '']);
}
