// Reading the sections of one namespace: one `ip` process for all that it knows, and one more for each other source.
import { batchInput, entering, failedLine, type Line, READ_FLAGS } from '../../exec/ip.js';
import type { Question } from '../../exec/many-questions.js';
import { completed, type RunOptions, run } from '../../exec/run.js';
import type { Link, NamespaceState, Section, Unread } from '../../model/snapshot.js';
import { parseNsids } from '../sections/routes.js';
import { blockingName, NAMES_DIRECTORY } from '../sources/names.js';
import { type Ask, askedTogether, asking } from './ask.js';
import { SOURCES } from './programs.js';
import { documentsOf, IDS_LIST, IPV6_LINES, merge, type Query, queryOf } from './query.js';
import { complaintOf, readFailed, succeeded, understood } from './results.js';
import { unnamed } from './unnamed.js';

/** What `ip -batch` is asked, with the flags of reading. */
function batchQuestion(lines: readonly Line[], family: readonly string[] = []): Question {
  return { command: ['ip', ...family, ...READ_FLAGS, '-batch', '-'], stdin: batchInput(lines) };
}

/** Runs the lines of a query one by one, so that a section this kernel lacks does not hide the others. */
async function queryOneByOne(ask: Ask, query: Query, unread: Unread[]): Promise<unknown[]> {
  const documents: unknown[] = [];
  for (const line of query.lines) {
    const result = completed(await ask({ command: ['ip', ...READ_FLAGS, ...line] }));
    if (result.exitCode !== 0) unread.push({ what: `ip ${line.join(' ')}`, why: 'failed', detail: complaintOf(result) });
    documents.push(result.exitCode === 0 ? (documentsOf(result.stdout)[0] ?? []) : []);
  }
  return documents;
}

async function readQuery(ask: Ask, query: Query | null, unread: Unread[]): Promise<NamespaceState> {
  if (query === null) return {};
  const result = completed(await ask(batchQuestion(query.lines)));
  if (result.exitCode === 0) return understood(() => query.parse(documentsOf(result.stdout)));
  if (failedLine(result.stderr.toString('latin1')) === null) throw readFailed(result);
  const documents = await queryOneByOne(ask, query, unread);
  return understood(() => query.parse(documents));
}

const IPV6 = ['-6'] as const;

/** The ids that a namespace has given, without the names that some have: ip(8) reads those names, and would wait for a FIFO among them. */
export async function readUnnamedIds(path: string | null, options: RunOptions): Promise<NonNullable<NamespaceState['nsids']>> {
  const { stdout } = succeeded(await run([...unnamed(null), ...entering(path), ...READ_FLAGS, ...IDS_LIST.args], options));
  return understood(() => parseNsids(documentsOf(stdout)[0] ?? []));
}

function ipv6Lines(sections: readonly Section[]) {
  return [...new Set(sections)].flatMap((section) => IPV6_LINES[section] ?? []);
}

async function readIpv6(ask: Ask, sections: readonly Section[], unread: Unread[]): Promise<NamespaceState> {
  const lines = ipv6Lines(sections);
  if (lines.length === 0) return {};
  const result = completed(await ask(batchQuestion(lines.map(({ args }) => args), IPV6))); // biome-ignore format: one thought
  const hasFailed = result.exitCode !== 0;
  if (hasFailed) for (const { args } of lines) unread.push({ what: `ip -6 ${args.join(' ')}`, why: 'failed', detail: complaintOf(result) });
  const documents = hasFailed ? [] : documentsOf(result.stdout);
  return understood(() => lines.map(({ read }, i) => read(documents[i] ?? [])).reduce(merge, {}));
}

/** Where there is no such link nobody looks for forwarding entries. */
export const isBridged = ({ kind, port }: Pick<Link, 'kind' | 'port'>): boolean => ['bridge', 'vxlan', 'macvlan', 'physical'].includes(kind) || port !== null;

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

/** From so many questions on one process that asks them all is quicker than one for each. */
const MANY_QUESTIONS = 3;

/** What a reading asks, whatever the answers are. @param query Of these sections. @param isSpare Without what most namespaces need not be asked, for their links. */
function questionsOf(query: Query | null, sections: readonly Section[], isSpare = false): Question[] {
  const ipv6 = ipv6Lines(sections).map(({ args }) => args);
  return [
    ...(query ? [batchQuestion(query.lines)] : []),
    ...(ipv6.length > 0 ? [batchQuestion(ipv6, IPV6)] : []),
    ...[...new Set(sections)].flatMap((section) => (isSpare && section in ONLY_WITH ? [] : (SOURCES[section]?.questions() ?? []))),
  ];
}

async function askerFor(path: string | null, questions: readonly Question[], signal?: AbortSignal): Promise<Ask> {
  const asked = questions.length < MANY_QUESTIONS ? undefined : await askedTogether([path], questions, { signal });
  return asked?.get(path) ?? asking(path, { signal });
}

interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** As of `queryOf`. */
  fresh?: readonly string[];
  /** Who answers: without it this asks. */
  ask?: Ask;
}

/**
 * Reads sections of one namespace.
 * @param path Handle of the namespace; null is the one the server runs in.
 * @throws NetnsError READ_FAILED, PRIVILEGE_MISSING, COMMAND_MISSING, TIMED_OUT, CANCELLED.
 */
export async function readNamespace(
  path: string | null,
  sections: readonly Section[],
  { signal, fresh = [], ...options }: ReadOptions = {},
): Promise<{ state: NamespaceState; unread: Unread[] }> {
  const unread: Unread[] = [];
  const blocking = sections.includes('nsids') ? blockingName() : null;
  if (blocking !== null) unread.push({ what: 'names of ids', why: 'failed', detail: `${NAMES_DIRECTORY}/${blocking} is a FIFO: remove it` });
  const unblocked = blocking === null ? sections : sections.filter((section) => section !== 'nsids');
  const query = queryOf(unblocked, fresh);
  const ask = options.ask ?? (await askerFor(path, questionsOf(query, unblocked), signal));
  const asked = readQuery(ask, query, unread);
  // What no link there can have need not be asked for: each question costs a process.
  const idle = sections.some((section) => section in ONLY_WITH) ? idleSections(sections, (await asked).links) : [];
  const readings = await Promise.all([
    asked,
    ...(blocking === null ? [] : [readUnnamedIds(path, { signal }).then((nsids): NamespaceState => ({ nsids }))]),
    readIpv6(ask, sections, unread),
    ...[...new Set(sections)].flatMap((section) => (idle.includes(section) ? empty(section) : (SOURCES[section]?.read(ask, unread, path) ?? []))),
  ]);
  return { state: readings.reduce(merge), unread };
}

/**
 * Reads the same sections of many namespaces. @param paths Of their handles. @returns States by path.
 * @throws NetnsError as `readNamespace` does.
 */
export async function readWhole(
  paths: readonly string[],
  sections: readonly Section[],
  { signal, fresh = [] }: Omit<ReadOptions, 'ask'> = {},
): Promise<Map<string, NamespaceState>> {
  const states = new Map<string, NamespaceState>();
  // Where a name would have ip(8) wait, reading one by one knows what to do.
  const questions = sections.includes('nsids') && blockingName() !== null ? [] : questionsOf(queryOf(sections, fresh), sections, true);
  for (const [path, ask] of await askedTogether(paths, questions, { signal }))
    states.set(path, (await readNamespace(path, sections, { signal, fresh, ask })).state);
  return states;
}
