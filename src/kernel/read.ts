// Reading the sections of one namespace: one `ip` process for all that iproute2 knows, and one more for each other source.
import { entering, failedLine, READ_FLAGS, runIp, runIpBatch } from '../exec/ip.js';
import { completed, type RunOptions, type RunResult, run } from '../exec/run.js';
import { BECOME_ROOT, NetnsError } from '../model/errors.js';
import type { NamespaceState, Section, Unread } from '../model/snapshot.js';
import { commandLine, decodeBytes, parseToolJson, visible } from '../model/text.js';
import { parseLinks } from './sections/links.js';
import { parseNeighbours, parseNsids, parseRoutes, parseRules } from './sections/routes.js';
import { parseSockets, SOCKETS_COMMAND } from './sections/sockets.js';
import { parseSysctls, SYSCTLS_COMMAND } from './sections/sysctls.js';
import { blockingName, NAMES_DIRECTORY } from './sources/names.js';
import { unnamed } from './unnamed.js';

/** Lines for `ip -batch`, and how what they print becomes a state. */
export interface Query {
  lines: readonly (readonly string[])[];
  /** @param documents One per line, in order. */
  parse(documents: readonly unknown[]): NamespaceState;
}

interface QueryLine {
  args: readonly string[];
  read(document: unknown): NamespaceState;
}

const ADDRESS_SHOW: QueryLine = { args: ['address', 'show'], read: parseLinks };
const IDS_LIST: QueryLine = { args: ['netns', 'list-id'], read: (document) => ({ nsids: parseNsids(document) }) };
const LINK_SHOW: QueryLine = { args: ['link', 'show'], read: (document) => ({ links: parseLinks(document).links }) };
/** `table all` without a family covers both. Rules of IPv6 need a run of their own: see `readIpv6Rules`. */
const LINES: Partial<Record<Section, QueryLine[]>> = {
  links: [LINK_SHOW],
  addresses: [ADDRESS_SHOW],
  nsids: [IDS_LIST],
  routes: [{ args: ['route', 'show', 'table', 'all'], read: (document) => ({ routes: parseRoutes(document) }) }],
  rules: [{ args: ['rule', 'show'], read: (document) => ({ rules: parseRules(document, 'inet') }) }],
  neighbours: [
    { args: ['neigh', 'show'], read: (document) => ({ neighbours: parseNeighbours(document) }) },
    { args: ['neigh', 'show', 'proxy'], read: (document) => ({ neighbours: parseNeighbours(document) }) },
  ],
};

/** Joins two readings; lists of the same section follow one another. */
function merge(a: NamespaceState, b: NamespaceState): NamespaceState {
  const joined: NamespaceState = { ...a, ...b };
  if (a.neighbours && b.neighbours) joined.neighbours = [...a.neighbours, ...b.neighbours];
  if (a.rules && b.rules) joined.rules = [...a.rules, ...b.rules];
  return joined;
}

/**
 * What `ip -batch` has to be asked for these sections; null when it has nothing to do with them.
 * @param fresh Links that have just got carrier, as arguments: asked for one by one the kernel brings up to date what it shows of that, asked for
 * all it does not (rtnl_getlink, net/core/rtnetlink.c, since Linux 6.8).
 * @throws NetnsError READ_FAILED when ids are asked for and a FIFO among the names would have ip(8) wait for ever.
 */
export function queryOf(sections: readonly Section[], fresh: readonly string[] = []): Query | null {
  // Addresses come with their links: the links need not be asked for twice.
  const wanted = new Set(sections);
  if (wanted.has('addresses')) wanted.delete('links');
  const lines = [...wanted].flatMap((section) => LINES[section] ?? []);
  if (lines.length === 0) return null;
  const blocking = wanted.has('nsids') ? blockingName() : null;
  if (blocking !== null) {
    const file = `${NAMES_DIRECTORY}/${blocking}`;
    throw new NetnsError(
      'READ_FAILED',
      `${file} is a FIFO: ip(8) would wait for it for ever. Nothing was started.`,
      `Remove it: ${commandLine(['rm', file])}`,
      {
        name: blocking,
      },
    );
  }
  return {
    lines: [...fresh.map((device) => ['link', 'show', 'dev', device]), ...lines.map(({ args }) => args)],
    parse: (documents) => lines.map((line, i) => line.read(documents[fresh.length + i])).reduce(merge, {}),
  };
}

/** The query for the ids that a namespace has given, for where names are no obstacle (see `unnamed`). */
export const IDS_QUERY: Query = { lines: [IDS_LIST.args], parse: ([document]) => IDS_LIST.read(document) };

/** Splits what a query printed: iproute2 escapes line feeds inside strings, so that each document is one line. */
export function documentsOf(stdout: Buffer): unknown[] {
  const documents: unknown[] = [];
  for (let start = 0; start < stdout.length; ) {
    const end = stdout.indexOf(0x0a, start);
    const stop = end === -1 ? stdout.length : end;
    if (stop > start) documents.push(parseToolJson(stdout.subarray(start, stop)));
    start = stop + 1;
  }
  return documents;
}

/** The first line that a failed tool printed, made safe to show. */
export function complaintOf(result: RunResult): string {
  const text = visible(
    decodeBytes(result.stderr)
      .split('\n')
      .find((line) => line.trim() !== '' && !line.startsWith('Command failed')) ?? '',
  );
  // It stands in the midst of our own sentences.
  return text.replace(/^(Error|RTNETLINK answers): /, '').replace(/\.$/, '') || `${result.argv[0]} ended with status ${result.exitCode}`;
}

/** @throws NetnsError PRIVILEGE_MISSING when the kernel refused, else READ_FAILED. */
function readFailed(result: RunResult): NetnsError {
  const complaint = complaintOf(result);
  if (/not permitted|Permission denied/i.test(complaint)) {
    return new NetnsError('PRIVILEGE_MISSING', `The kernel refused: ${complaint}.`, BECOME_ROOT, { command: result.argv });
  }
  return new NetnsError('READ_FAILED', `Reading failed: ${complaint}.`, 'The namespace may be gone: call list_namespaces again.', { command: result.argv });
}

/**
 * The result of a program that reads, when it did.
 * @throws NetnsError as `completed` does, and PRIVILEGE_MISSING or READ_FAILED when the program says that it failed.
 */
export function succeeded(result: RunResult): RunResult {
  if (completed(result).exitCode !== 0) throw readFailed(result);
  return result;
}

/** Runs the lines of a query one by one, so that a section this kernel lacks does not hide the others. */
async function queryOneByOne(path: string | null, query: Query, options: RunOptions, unread: Unread[]): Promise<unknown[]> {
  const documents: unknown[] = [];
  for (const line of query.lines) {
    const result = completed(await runIp(path, [...READ_FLAGS, ...line], options));
    if (result.exitCode !== 0) unread.push({ what: `ip ${line.join(' ')}`, why: 'failed', detail: complaintOf(result) });
    documents.push(result.exitCode === 0 ? (documentsOf(result.stdout)[0] ?? []) : []);
  }
  return documents;
}

async function readQuery(
  path: string | null,
  sections: readonly Section[],
  fresh: readonly string[],
  options: RunOptions,
  unread: Unread[],
): Promise<NamespaceState> {
  const query = queryOf(sections, fresh);
  if (query === null) return {};
  const result = completed(await runIpBatch(path, [], query.lines, options));
  if (result.exitCode === 0) return understood(() => query.parse(documentsOf(result.stdout)));
  if (failedLine(result.stderr.toString('latin1')) === null) throw readFailed(result);
  const documents = await queryOneByOne(path, query, options, unread);
  return understood(() => query.parse(documents));
}

/** The ids that a namespace has given, without the names that some have: ip(8) reads those names, and would wait for a FIFO among them. */
export async function readUnnamedIds(path: string | null, options: RunOptions): Promise<NonNullable<NamespaceState['nsids']>> {
  const { stdout } = succeeded(await run([...unnamed(null), ...entering(path), ...READ_FLAGS, ...IDS_LIST.args], options));
  return understood(() => parseNsids(documentsOf(stdout)[0] ?? []));
}

/** @throws NetnsError READ_FAILED when what a tool printed is not what this program knows. */
function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const what = error instanceof Error ? error.message.slice(0, 300) : String(error);
    throw new NetnsError(
      'READ_FAILED',
      `ip(8) printed something unexpected: ${visible(what)}.`,
      'netns-mcp doctor shows its version; please report it.',
      {},
      error,
    );
  }
}

/** A batch line cannot choose the family of `ip rule`. */
async function readIpv6Rules(path: string | null, options: RunOptions, unread: Unread[]): Promise<NamespaceState> {
  const result = completed(await runIp(path, ['-6', '-j', 'rule', 'show'], options));
  if (result.exitCode !== 0) unread.push({ what: 'ip -6 rule show', why: 'failed', detail: complaintOf(result) });
  return { rules: result.exitCode === 0 ? parseRules(documentsOf(result.stdout)[0] ?? [], 'inet6') : [] };
}

/** Runs a reading program that is not iproute2's `ip` inside the namespace. */
export function runInside(path: string | null, command: readonly [string, ...string[]], options: RunOptions): Promise<RunResult> {
  return run(path === null ? command : ['nsenter', `--net=${path}`, ...command], options);
}

async function readSockets(path: string | null, options: RunOptions): Promise<NamespaceState> {
  const { stdout } = succeeded(await runInside(path, SOCKETS_COMMAND, options));
  return { sockets: parseSockets(decodeBytes(stdout)) };
}

async function readSysctls(path: string | null, options: RunOptions): Promise<NamespaceState> {
  // grep ends with 2 when one of the folders is missing; what it did print holds.
  const result = completed(await runInside(path, SYSCTLS_COMMAND, options));
  if (result.stdout.length === 0) throw readFailed(result);
  return { sysctls: parseSysctls(decodeBytes(result.stdout)) };
}

/**
 * Reads sections of one namespace.
 * @param path Handle of the namespace; null is the one the server runs in. @param fresh As of `queryOf`.
 * @throws NetnsError READ_FAILED, PRIVILEGE_MISSING, COMMAND_MISSING, TIMED_OUT, CANCELLED.
 */
export async function readNamespace(
  path: string | null,
  sections: readonly Section[],
  signal?: AbortSignal,
  fresh: readonly string[] = [],
): Promise<{ state: NamespaceState; unread: Unread[] }> {
  const options: RunOptions = { signal };
  const unread: Unread[] = [];
  const blocking = sections.includes('nsids') ? blockingName() : null;
  if (blocking !== null) unread.push({ what: 'names of ids', why: 'failed', detail: `${NAMES_DIRECTORY}/${blocking} is a FIFO: remove it` });
  const unblocked = blocking === null ? sections : sections.filter((section) => section !== 'nsids');
  const readings = await Promise.all([
    readQuery(path, unblocked, fresh, options, unread),
    ...(blocking === null ? [] : [readUnnamedIds(path, options).then((nsids): NamespaceState => ({ nsids }))]),
    ...(sections.includes('rules') ? [readIpv6Rules(path, options, unread)] : []),
    ...(sections.includes('sockets') ? [readSockets(path, options)] : []),
    ...(sections.includes('sysctls') ? [readSysctls(path, options)] : []),
  ]);
  return { state: readings.reduce(merge), unread };
}
