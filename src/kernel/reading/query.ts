// What `ip -batch` is asked for a section, and how what it prints becomes a state.
import { NetnsError } from '../../model/errors.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import { commandLine, parseToolJson } from '../../model/text.js';
import { parseLinks } from '../sections/links.js';
import { parseNextHops } from '../sections/nexthops.js';
import { parseNeighbours, parseNsids, parseRoutes } from '../sections/routes.js';
import { parseRules } from '../sections/rules.js';
import { blockingName, NAMES_DIRECTORY } from '../sources/names.js';

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

export const IDS_LIST: QueryLine = { args: ['netns', 'list-id'], read: (document) => ({ nsids: parseNsids(document) }) };

const LINK_SHOW: QueryLine = { args: ['link', 'show'], read: (document) => ({ links: parseLinks(document).links }) };

/** `table all` without a family covers both. What has to be asked for by family is in `IPV6_LINES`. */
const LINES: Partial<Record<Section, QueryLine[]>> = {
  links: [LINK_SHOW],
  addresses: [ADDRESS_SHOW],
  nsids: [IDS_LIST],
  routes: [{ args: ['route', 'show', 'table', 'all'], read: (document) => ({ routes: parseRoutes(document) }) }],
  rules: [{ args: ['rule', 'show'], read: (document) => ({ rules: parseRules(document, 'inet') }) }],
  nexthops: [{ args: ['nexthop', 'show'], read: (document) => ({ nexthops: parseNextHops(document) }) }],
  neighbours: [
    { args: ['neigh', 'show'], read: (document) => ({ neighbours: parseNeighbours(document) }) },
    { args: ['neigh', 'show', 'proxy'], read: (document) => ({ neighbours: parseNeighbours(document) }) },
  ],
};

/** A batch line cannot choose the family: these have a run of their own. Next hops are asked for once more because iproute2 does not print the family of a blackhole. */
export const IPV6_LINES: Partial<Record<Section, QueryLine>> = {
  rules: { args: ['rule', 'show'], read: (document) => ({ rules: parseRules(document, 'inet6') }) },
  nexthops: { args: ['nexthop', 'show'], read: (document) => ({ nexthops: parseNextHops(document, 'inet6') }) },
};

/** Joins two readings; lists of the same section follow one another, and of next hops the second reading knows more. */
export function merge(a: NamespaceState, b: NamespaceState): NamespaceState {
  const joined: NamespaceState = { ...a, ...b };
  if (a.neighbours && b.neighbours) joined.neighbours = [...a.neighbours, ...b.neighbours];
  if (a.rules && b.rules) joined.rules = [...a.rules, ...b.rules];
  if (a.nexthops && b.nexthops) joined.nexthops = a.nexthops.map((nextHop) => b.nexthops?.find(({ id }) => id === nextHop.id) ?? nextHop);
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

/** True for a section that `queryOf` asks for whole: nothing else has to be run for it. */
export function isBatchSection(section: Section): boolean {
  return section in LINES && !(section in IPV6_LINES);
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
