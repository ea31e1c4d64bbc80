// What a reader may see of the kernel: namespaces that are hidden are not there for him, and some facts are left out.
import type { NamespaceSubject, Redaction } from '../model/policy.js';
import type { Namespace, NamespaceState } from '../model/snapshot.js';

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

/** A namespace of a Snapshot as the policy sees it. */
export function foundSubject({ inode, names, kind, owner }: Namespace): NamespaceSubject {
  const isOwned = owner?.engine === 'netns-mcp';
  return { kind: 'namespace', reference: names[0] ?? `inode:${inode}`, inode, names, is_host: kind === 'host', owned: isOwned, lab: null, container: null };
}
