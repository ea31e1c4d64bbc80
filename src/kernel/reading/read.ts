// Reading the sections of one namespace: one `ip` process for all that it knows, and one more for each other source.
import { entering, failedLine, READ_FLAGS, runIp, runIpBatch } from '../../exec/ip.js';
import { completed, type RunOptions, run } from '../../exec/run.js';
import type { Link, NamespaceState, Section, Unread } from '../../model/snapshot.js';
import { parseNsids } from '../sections/routes.js';
import { blockingName, NAMES_DIRECTORY } from '../sources/names.js';
import { SOURCES } from './programs.js';
import { documentsOf, IDS_LIST, IPV6_LINES, merge, type Query, queryOf } from './query.js';
import { complaintOf, readFailed, succeeded, understood } from './results.js';
import { unnamed } from './unnamed.js';

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

async function readIpv6(path: string | null, sections: readonly Section[], options: RunOptions, unread: Unread[]): Promise<NamespaceState> {
  const lines = [...new Set(sections)].flatMap((section) => IPV6_LINES[section] ?? []);
  if (lines.length === 0) return {};
  const stdin = `${lines.map(({ args }) => args.join(' ')).join('\n')}\n`;
  const result = completed(await run([...entering(path), '-6', ...READ_FLAGS, '-batch', '-'], { ...options, stdin }));
  const hasFailed = result.exitCode !== 0;
  if (hasFailed) for (const { args } of lines) unread.push({ what: `ip -6 ${args.join(' ')}`, why: 'failed', detail: complaintOf(result) });
  const documents = hasFailed ? [] : documentsOf(result.stdout);
  return understood(() => lines.map(({ read }, i) => read(documents[i] ?? [])).reduce(merge, {}));
}

const isBridged = ({ kind, port }: Link): boolean => ['bridge', 'vxlan', 'macvlan', 'physical'].includes(kind) || port !== null;

/** Sections that hold something only where there are such links. */
const ONLY_WITH: Partial<Record<Section, (link: Link) => boolean>> = {
  fdb: isBridged,
  vlans: isBridged,
  // A TUN may be the end of one that a program drives.
  wireguard: ({ kind }) => kind === 'wireguard' || kind === 'tun',
};

function empty(section: Section): NamespaceState {
  return { [section]: [] };
}

/** Those of some sections that must be empty with these links. @param links Undefined: not known. */
function idleSections(sections: readonly Section[], links: readonly Link[] | undefined): Section[] {
  if (links === undefined) return [];
  return sections.filter((section) => {
    const isOwner = ONLY_WITH[section];
    return isOwner !== undefined && !links.some(isOwner);
  });
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
  const asked = readQuery(path, unblocked, fresh, options, unread);
  // What no link there can have need not be asked for: each question costs a process.
  const idle = sections.some((section) => section in ONLY_WITH) ? idleSections(sections, (await asked).links) : [];
  const readings = await Promise.all([
    asked,
    ...(blocking === null ? [] : [readUnnamedIds(path, options).then((nsids): NamespaceState => ({ nsids }))]),
    readIpv6(path, sections, options, unread),
    ...[...new Set(sections)].flatMap((section) => (idle.includes(section) ? empty(section) : (SOURCES[section]?.(path, options, unread) ?? []))),
  ]);
  return { state: readings.reduce(merge), unread };
}
