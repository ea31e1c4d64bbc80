// What a reader may see of the kernel: namespaces that are hidden are not there for him, and some facts are left out.
import type { NamespaceSubject, Redaction } from '../model/policy.js';
import type { KeptAlive, Namespace, NamespaceState } from '../model/snapshot.js';

/** What may be seen, and what is left out of what is seen. */
export interface View {
  isVisible(subject: NamespaceSubject): boolean;
  redacts: ReadonlySet<Redaction>;
}

/** Nothing hidden, nothing left out. */
export const EVERYTHING: View = { isVisible: () => true, redacts: new Set() };

/** A state without the facts that are left out. */
export function redactState(state: NamespaceState, { redacts }: Pick<View, 'redacts'>): NamespaceState {
  if (redacts.size === 0) return state;
  const [noMacs, noAliases, noProcesses] = [redacts.has('macs'), redacts.has('aliases'), redacts.has('processes')];
  return {
    ...state,
    ...(state.links && { links: state.links.map((link) => ({ ...link, mac: noMacs ? null : link.mac, alias: noAliases ? null : link.alias })) }),
    ...(state.neighbours && { neighbours: state.neighbours.map((neighbour) => ({ ...neighbour, mac: noMacs ? null : neighbour.mac })) }),
    ...(state.sockets && { sockets: state.sockets.map((socket) => ({ ...socket, processes: noProcesses ? [] : socket.processes })) }),
  };
}

/** A namespace without the facts that are left out: how many processes there are stays, which they are does not. */
export function redactNamespace(namespace: Namespace, { redacts }: Pick<View, 'redacts'>): Namespace {
  if (!redacts.has('processes')) return namespace;
  const anonymous: Partial<Record<KeptAlive['by'], string>> = {
    process: 'processes that are not shown',
    task: 'a thread that is not shown',
    descriptor: 'a process that is not shown',
  };
  return {
    ...namespace,
    kept_alive_by: namespace.kept_alive_by.map(({ by, what }) => ({ by, what: anonymous[by] ?? what })),
    processes: { count: namespace.processes.count, sample: [] },
  };
}

/** A namespace of a Snapshot as the policy sees it. */
export function foundSubject({ inode, names, kind, owner }: Namespace): NamespaceSubject {
  const isOwned = owner?.engine === 'netns-mcp';
  return { kind: 'namespace', reference: names[0] ?? `inode:${inode}`, inode, names, is_host: kind === 'host', owned: isOwned, lab: null, container: null };
}
