// A network of its own for each test: a holder process in fresh namespaces, in which programs are run, and of which nothing stays.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PROGRAM_PATH, type RunResult, run } from '../../src/exec/run.js';
import { parseToolJson } from '../../src/model/text.js';

/** The second kernel (test/uml) is many times slower than this one. */
const PATIENCE_MS = process.env['NETNS_MCP_LANE'] === 'uml' ? { run: 120_000, until: 60_000 } : { run: 15_000, until: 5_000 };
const UNSHARE = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;
/** Ends with its standard input, so that nothing stays when the test process itself is killed. */
const HOLD = [
  'mount -t tmpfs tmpfs /run && mkdir -p /run/netns',
  // IPv6 addresses are there at once, instead of after a second of trying out.
  'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/default/dad_transmits',
  'ip link set lo up && echo held && exec cat',
].join('; ');

const Links = z.array(
  z.looseObject({
    ifindex: z.number(),
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    operstate: z.string(),
    address: z.string(),
    link: z.string().optional(),
    link_index: z.number().optional(),
    link_netnsid: z.number().optional(),
    master: z.string().optional(),
    ifalias: z.string().optional(),
    addr_info: z.array(z.looseObject({ family: z.string(), local: z.string(), prefixlen: z.number() })).default([]),
  }),
);
export type SeenLink = z.infer<typeof Links>[number];

/** A long-running process of a sandbox. `pid` is its PID as this side of the border sees it; `innerPid` as the sandbox does. */
export interface Started extends AsyncDisposable {
  process: ChildProcessByStdio<Writable, Readable, Readable>;
  pid: number;
  innerPid: number;
  ended: Promise<void>;
}

/** Prints everything that `ip` tells of each namespace, without what a mere look or the passing of time changes; in few processes, for they are dear. */
const LOOK = `
look() {
  echo "== $*"
  ip "$@" -6 -d rule show
  printf '%s\\n' 'rule show' 'route show table all' 'neigh show nud permanent' 'link show' 'address show' | ip "$@" -d -force -batch -
}
look
ls /run/netns | while IFS= read -r name; do look -n "$name"; done
:`;
/** Routes, and permanent neighbours, one after another: their order tells when each came. */
const LISTS = [
  /(?:^(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat) .*\n(?:[ \t].*\n)*)+/gm,
  /(?:^[\da-f.:]+ dev .* PERMANENT *\n)+/gm,
];

function inOrder(lines: string): string {
  return `${lines.split('\n').filter(Boolean).sort().join('\n')}\n`;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** How often a look has to be the same before a state that is not known is taken for what it stays: that of a link without a carrier to tell of. */
const PATIENT_LOOKS = process.env['NETNS_MCP_LANE'] === 'uml' ? 2 : 8;

/** True while the kernel still tries out IPv6 addresses of links that have carrier, or has not yet told that they have. */
function isSettling(text: string, sameLooks: number): boolean {
  return text
    .split(/^\d+: /m)
    .some(
      (link) =>
        (/^\S+ <[^>]*LOWER_UP/.test(link) && / tentative|^\S+ <[^>]*NO-CARRIER/.test(link)) ||
        (sameLooks < PATIENT_LOOKS && /^(?!lo: )\S+ <[^>]*\bUP\b.* state UNKNOWN/.test(link)),
    );
}

/** A look without what time alone changes, and without what says nothing. */
function canonical(look: string): string {
  const plain = look
    .replace(/(valid|preferred)_lft \d+sec/g, '$1_lft SECONDS')
    .replace(/ expires -?\d+sec/g, '')
    .replace(/_timer +[\d.]+/g, '_timer TIME')
    // Limits of a bridge that follow from the ports that it has or had.
    .replace(/ gso_max_size .*$/gm, '')
    // A link that was up once has another way to queue nothing.
    .replaceAll(' qdisc noop ', ' qdisc noqueue ')
    // Multicast is for the kernel to see to.
    .replace(/^multicast ff00::.*\n/gm, '');
  return LISTS.reduce((text, list) => text.replace(list, inOrder), plain);
}

function withoutChance(text: string): string {
  return (
    text
      .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC')
      // Of an IPv6 tunnel, written as if it were an address.
      .replace(/ permaddr \S+/g, ' permaddr MAC')
      .replace(/fe80::[0-9a-f:]+/g, 'fe80::LL')
      .replace(/^\d+: (?=.*<)/gm, 'N: ')
      .replace(/@if\d+/g, '@ifN')
  );
}

/** Waits until a condition holds. @throws Error with `what` when it does not within the time. */
export async function until<T>(
  what: string,
  condition: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  ms = PATIENCE_MS.until,
): Promise<T> {
  for (const deadline = Date.now() + ms; ; await sleep(15)) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
  }
}

/** PIDs of all processes in a PID namespace, given as the text of its link. */
function processesIn(pidNamespace: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/ns/pid`) === pidNamespace ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

export class Sandbox implements AsyncDisposable {
  readonly #holder: ChildProcessByStdio<Writable, Readable, null>;
  readonly #first: number;
  readonly #pidNamespace: string;
  readonly #owned: AsyncDisposable[] = [];

  private constructor(holder: ChildProcessByStdio<Writable, Readable, null>, first: number) {
    this.#holder = holder;
    this.#first = first;
    this.#pidNamespace = readlinkSync(`/proc/${first}/ns/pid`);
  }

  static async open(): Promise<Sandbox> {
    const [program, ...args] = [...UNSHARE, 'sh', '-c', HOLD];
    const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: PROGRAM_PATH, LC_ALL: 'C' } });
    const word = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    const [first] = holder.pid === undefined ? [] : childrenOf(holder.pid);
    if (String(word[0]).trim() !== 'held' || first === undefined) throw new Error('user namespaces are not available here: no sandbox');
    return new Sandbox(holder, first);
  }

  /** The command line that runs another inside. It dies with the process that starts it. */
  entering(argv: readonly string[]): [string, ...string[]] {
    const target = ['nsenter', '--preserve-credentials', '--user', '--net', '--mount', '--pid', '--target', String(this.#first)] as const;
    return [...target, 'setpriv', '--pdeathsig', 'KILL', ...argv];
  }

  /** Lets something be disposed before the sandbox is. */
  keep<T extends AsyncDisposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** Runs a program inside, to its end. */
  run(argv: readonly string[], options: { stdin?: string; env?: Record<string, string>; timeoutMs?: number } = {}): Promise<RunResult> {
    return run(this.entering(argv), { timeoutMs: PATIENCE_MS.run, env: { PATH: PROGRAM_PATH, LC_ALL: 'C', ...options.env }, ...options });
  }

  /** Runs a program that has to succeed, and returns what it printed. */
  async ok(argv: readonly string[], options: { stdin?: string } = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${result.exitCode}: ${result.stderr}`);
    return result.stdout.toString();
  }

  /** Runs lines of a shell; all must succeed. */
  sh(script: string): Promise<string> {
    return this.ok(['bash', '-euc', script]);
  }

  /** Starts a program inside that goes on until it is disposed, or the sandbox is. */
  async start(argv: readonly string[], env: Record<string, string> = {}): Promise<Started> {
    const [program, ...args] = this.entering(argv);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: PROGRAM_PATH, LC_ALL: 'C', ...env } });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const pid = await until(`${argv[0]} starts`, () => child.pid !== undefined && childrenOf(child.pid)[0]);
    const innerPid = await until(`${argv[0]} has a PID inside`, () => Number(/^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]));
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, 'SIGKILL');
      await ended;
    };
    return this.keep({ process: child, pid, innerPid, ended, [Symbol.asyncDispose]: () => stop().catch(() => {}) });
  }

  /** A process that lives in a network namespace of its own, without a name. */
  async stranger(script = 'exec sleep 1000'): Promise<Started> {
    const started = await this.start(['unshare', '--net', 'sh', '-c', `echo in; ${script}`]);
    await once(started.process.stdout, 'data');
    return started;
  }

  /** The links of a namespace with their addresses, as plain `ip` shows them. `where`: a name, or a PID inside. */
  async links(where: string | number = 'host'): Promise<SeenLink[]> {
    const { stdout } = await this.run([...this.#entry(where), '-d', '-j', 'address', 'show']);
    return Links.parse(parseToolJson(stdout));
  }

  async link(where: string | number, name: string): Promise<SeenLink | undefined> {
    return (await this.links(where)).find(({ ifname }) => ifname === name);
  }

  /** `10.0.0.1/24`, without link-local ones. */
  async addresses(where: string | number, name: string): Promise<string[]> {
    const link = await this.link(where, name);
    return (link?.addr_info ?? []).filter(({ local }) => !local.startsWith('fe80:')).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  }

  async routes(where: string | number = 'host', family: '-4' | '-6' = '-4'): Promise<string[]> {
    const text = await this.ok([...this.#entry(where), family, 'route', 'show']);
    return text.split('\n').map((line) => line.trim()).filter(Boolean); // biome-ignore format: one thought
  }

  #entry(where: string | number): string[] {
    if (where === 'host') return ['ip'];
    return typeof where === 'string' ? ['ip', '-n', where] : ['nsenter', `--net=/proc/${where}/ns/net`, 'ip'];
  }

  /**
   * A canonical text of everything in every namespace, to compare before and after. It waits until states have settled.
   * `masked`: without what is random or counted, to compare what was made twice. `isSettled`: there is nothing to wait for.
   */
  async snapshotText({ masked = false, isSettled = false } = {}): Promise<string> {
    for (let last = '', sameLooks = 0; ; await sleep(120)) {
      const text = canonical(await this.ok(['sh', '-c', LOOK]));
      sameLooks = text === last ? sameLooks + 1 : 0;
      if (isSettled || (sameLooks > 0 && !isSettling(text, sameLooks))) return masked ? withoutChance(text) : text;
      last = text;
    }
  }

  /** Ends everything inside and waits for it. @throws Error when a process outlives that. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#owned.splice(0).reverse()) await resource[Symbol.asyncDispose]();
    const gone = this.#holder.exitCode === null && this.#holder.signalCode === null ? once(this.#holder, 'exit') : Promise.resolve();
    this.#holder.stdin.end();
    await gone;
    await until('no process of the sandbox is left', () => processesIn(this.#pidNamespace).length === 0);
  }
}
