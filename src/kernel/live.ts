// The Kernel of the host that this server runs on.
import type { NamespaceHandle } from '../exec/handle.js';
import { pathInto } from '../model/change.js';
import { toNetnsError } from '../model/errors.js';
import { Held } from '../model/held.js';
import type { Namespace, NamespaceState, Section, Snapshot, Unread } from '../model/snapshot.js';
import { count } from '../model/text.js';
import { discover, type Found, openFound, withMark } from './discover.js';
import type { GivenId, HeldNamespace, Kernel } from './kernel.js';
import type { Marks } from './marks.js';
import { idsGivenBy } from './nsid.js';
import { readMany } from './reading/feeder.js';
import { IDS_QUERY, queryOf } from './reading/query.js';
import { readNamespace } from './reading/read.js';
import { targetIn } from './reading/unnamed.js';
import { resolveReference } from './resolve.js';
import { scanNames } from './sources/names.js';
import { foundSubject, redactNamespace, redactState, type View } from './view.js';

/** Fewer than these are read by a process each: starting the workers would not pay. */
const MANY = 4;
/** All ids that a namespace has are an extra: when they take longer, the answer goes without them. */
const IDS_TIMEOUT_MS = 10_000;

/** A namespace of a survey, with the open handle of one that could be opened. */
type Seen = Pick<Found, 'namespace' | 'owner'>;
interface Opened extends Seen {
  handle: NamespaceHandle;
}

function openAll(held: Held, marks: Marks, view: View): { host: number; opened: Opened[]; closed: Seen[]; unread: Unread[] } {
  const { host, found, known, unread } = discover();
  const opened: Opened[] = [];
  const closed: Seen[] = [];
  for (const each of found.values()) {
    const handle = openFound(each, known);
    if (handle === 'vanished') continue;
    const namespace = handle === 'privilege' ? each.namespace : withMark(each.namespace, held.keep(handle), marks);
    if (!view.isVisible(foundSubject(namespace))) continue;
    const { owner } = each;
    if (handle === 'privilege') closed.push({ namespace, owner });
    else opened.push({ namespace, owner, handle });
  }
  for (const { namespace } of closed) unread.push({ what: `inode:${namespace.inode}`, why: 'privilege', detail: 'cannot be entered' });
  return { host, opened, closed, unread };
}

const pathsOf = (opened: readonly Opened[]): string[] => opened.map(({ handle }) => handle.path);

async function readOpened(
  opened: readonly Opened[],
  host: number,
  sections: readonly Section[],
  unread: Unread[],
  signal?: AbortSignal,
): Promise<Map<number, NamespaceState>> {
  const states = new Map<number, NamespaceState>();
  if (sections.length === 0) return states;
  const query = queryOf(sections);
  if (query && opened.length >= MANY) {
    try {
      const byPath = await readMany(pathsOf(opened), query, { signal });
      for (const { handle } of opened) {
        const state = byPath.get(handle.path);
        if (state) states.set(handle.inode, state);
      }
    } catch (error) {
      unread.push(unreadBecause(`${sections.join(', ')} of ${count(opened.length, 'namespace')}`, error));
      return states;
    }
  }
  for (const { handle } of opened) {
    if (states.has(handle.inode)) continue;
    try {
      const read = await readNamespace(handle.inode === host ? null : handle.path, sections, { signal });
      states.set(handle.inode, read.state);
      unread.push(...read.unread);
    } catch (error) {
      unread.push(unreadBecause(`inode:${handle.inode}`, error));
    }
  }
  return states;
}

/** An error of one part of a survey, which leaves the others readable. @throws the error when the whole was cancelled. */
function unreadBecause(what: string, error: unknown): Unread {
  const { code, message } = toNetnsError(error);
  if (code === 'CANCELLED') throw error;
  return { what, why: code === 'PRIVILEGE_MISSING' ? 'privilege' : code === 'TIMED_OUT' ? 'time' : 'failed', detail: message };
}

/** Reads this host's kernel. */
export class LiveKernel implements Kernel {
  readonly #marks: Marks;
  readonly #view: View;

  constructor(marks: Marks, view: View) {
    this.#marks = marks;
    this.#view = view;
  }

  resolve(reference: string, signal?: AbortSignal): Promise<HeldNamespace> {
    return resolveReference(reference, { marks: this.#marks, view: this.#view, signal });
  }

  withNames(): Pick<Kernel, 'resolve'> {
    let names = scanNames();
    const around = (signal?: AbortSignal) => ({ marks: this.#marks, view: this.#view, names, signal });
    return {
      resolve: async (reference, signal) => {
        try {
          return await resolveReference(reference, around(signal));
        } catch {
          // It may have come, or gone, since the names were looked up.
          names = scanNames();
          return await resolveReference(reference, around(signal));
        }
      },
    };
  }

  async read(place: HeldNamespace, sections: readonly Section[], signal?: AbortSignal): Promise<{ state: NamespaceState; unread: Unread[] }> {
    return this.#seen(await readNamespace(pathInto(place), sections, { signal }));
  }

  async survey(sections: readonly Section[], signal?: AbortSignal, choose?: (all: readonly Namespace[]) => readonly number[]): Promise<Snapshot> {
    using held = new Held();
    const { host, opened, closed, unread } = openAll(held, this.#marks, this.#view);
    const all = [...opened, ...closed].map(({ namespace, owner }) => ({ ...namespace, owner: namespace.owner ?? owner() }));
    const chosen = new Set(choose?.(all));
    const read = choose ? opened.filter(({ handle }) => chosen.has(handle.inode)) : opened;
    const [given, states] = await Promise.all([this.#ownIds(unread, signal), readOpened(read, host, sections, unread, signal)]);
    const namespaces = all.map((namespace) => redactNamespace({ ...namespace, nsid: given.get(namespace.inode) ?? null }, this.#view));
    for (const [inode, state] of states) states.set(inode, redactState(state, this.#view));
    return { taken_at: new Date().toISOString(), host, namespaces, states, could_not_read: unread };
  }

  async idsGivenBy(relativeTo: HeldNamespace, signal?: AbortSignal): Promise<ReadonlyMap<number, number>> {
    return (await idsGivenBy(pathInto(relativeTo), signal)).byInode;
  }

  async idsOf(target: HeldNamespace, signal?: AbortSignal): Promise<{ ids: GivenId[]; unread: Unread[] }> {
    using held = new Held();
    const { opened, unread } = openAll(held, this.#marks, this.#view);
    const ids: GivenId[] = [];
    try {
      const states = await readMany(pathsOf(opened), IDS_QUERY, { target: target.path, timeoutMs: IDS_TIMEOUT_MS, signal });
      const missing = opened.filter(({ handle }) => !states.has(handle.path)).length;
      if (missing > 0) unread.push({ what: `ids given by ${count(missing, 'namespace')}`, why: 'failed', detail: 'ip netns list-id failed in one of them' });
      for (const { namespace, handle } of opened) {
        const nsid = targetIn(states.get(handle.path)?.nsids ?? []);
        const { inode, kind, names } = namespace;
        if (nsid !== null) ids.push({ in: { inode, names: kind === 'host' ? ['host', ...names] : names }, nsid });
      }
    } catch (error) {
      unread.push(unreadBecause(`ids given by ${count(opened.length, 'namespace')}`, error));
    }
    return { ids: ids.sort((a, b) => a.in.inode - b.in.inode), unread };
  }

  /** Ids that the server's own namespace has given; a list of namespaces is of use without them, too. */
  async #ownIds(unread: Unread[], signal?: AbortSignal): Promise<ReadonlyMap<number, number>> {
    try {
      return (await idsGivenBy(null, signal)).byInode;
    } catch (error) {
      unread.push(unreadBecause('nsids', error));
      return new Map();
    }
  }

  /** What was read, without what may not be seen: ids stay, but names of hidden namespaces go. */
  async #seen({ state, unread }: { state: NamespaceState; unread: Unread[] }): Promise<{ state: NamespaceState; unread: Unread[] }> {
    const seen = redactState(state, this.#view);
    if (!seen.nsids) return { state: seen, unread };
    const nsids = await Promise.all(seen.nsids.map(async (id) => (id.name === null || (await this.#isThere(id.name)) ? id : { ...id, name: null })));
    return { state: { ...seen, nsids }, unread };
  }

  async #isThere(reference: string): Promise<boolean> {
    try {
      using _ = await this.resolve(reference);
      return true;
    } catch {
      return false;
    }
  }
}
