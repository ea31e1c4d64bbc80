// The Snapshot: what was read of the kernel at one moment. Every question about the network is a pure function of it.
import { z } from 'zod';
import { indexOf } from './names.js';
import type { Address, FdbEntry, FirewallTable, Link, Neighbour, NextHop, Offload, PortVlan, Route, Rule, Shaping, WireguardDevice } from './objects.js';

export type {
  Address,
  FdbEntry,
  FirewallTable,
  Link,
  Neighbour,
  NextHop,
  Offload,
  PortVlan,
  Route,
  Rule,
  Settings,
  Shaping,
  WireguardDevice,
  WireguardPeer,
} from './objects.js';

/** Sections of one namespace that can be read; each only when asked for. */
export const SECTIONS = [
  ...(['links', 'addresses', 'routes', 'rules', 'nexthops', 'neighbours', 'sockets', 'sysctls'] as const),
  ...(['fdb', 'vlans', 'shaping', 'firewall', 'offloads', 'files'] as const),
] as const;
export const SectionName = z.enum(SECTIONS);
/** With those that no caller asks for: `nsids` is read along with links where they are shown, `wireguard`, which holds keys, for changes alone. */
export const ALL_SECTIONS = [...SECTIONS, 'nsids', 'wireguard'] as const;
export type Section = (typeof ALL_SECTIONS)[number];

export const NAMESPACE_KINDS = ['host', 'named', 'process', 'task', 'bind', 'descriptor'] as const;
export type NamespaceKind = (typeof NAMESPACE_KINDS)[number];

/** A process that lives in a namespace. */
export interface ProcessSample {
  pid: number;
  command: string;
}

/** One thing that keeps a namespace alive. */
export interface KeptAlive {
  by: 'host' | 'name' | 'process' | 'task' | 'bind' | 'descriptor';
  /** The name, path or process, for a person. */
  what: string;
  /** PID and command of one that sees it, where it is nothing to be seen here. */
  seen_by?: string;
}

/** Who a namespace belongs to, where that can be known. */
export interface Owner {
  engine: string;
  id: string | null;
  name: string | null;
  /** Uid of the Kubernetes pod. */
  pod?: string;
  /** systemd's. */
  unit?: string;
}

/**
 * A network namespace, whatever points at it. It *is* its nsfs inode; names, processes and files only refer to it
 * (namespaces(7)). Names are shown with control characters escaped.
 */
export interface Namespace {
  inode: number;
  names: string[];
  /** The id that the host's namespace has given it; null when none was given (rtnetlink's -1). */
  nsid: number | null;
  kind: NamespaceKind;
  kept_alive_by: KeptAlive[];
  owner: Owner | null;
  processes: { count: number; sample: ProcessSample[] };
}

/** A socket (ss(8)). */
export interface Socket {
  protocol: string;
  state: string;
  local: { address: string; port: string };
  remote: { address: string; port: string };
  processes: ProcessSample[];
}

/** Everything that was read of one namespace. A section that was not asked for is absent. */
export interface NamespaceState {
  links?: Link[];
  addresses?: Address[];
  routes?: Route[];
  rules?: Rule[];
  nexthops?: NextHop[];
  neighbours?: Neighbour[];
  fdb?: FdbEntry[];
  vlans?: PortVlan[];
  shaping?: Shaping[];
  firewall?: FirewallTable[];
  offloads?: Offload[];
  /** With keys: for changes alone. */
  wireguard?: WireguardDevice[];
  /** Files that programs in this namespace see instead of those of /etc, by their names (ip-netns(8): /etc/netns/NAME). */
  files?: Record<string, string>;
  sockets?: Socket[];
  /** Ids that this namespace has given to others, and the name in /run/netns where there is one (`ip netns list-id`). */
  nsids?: { nsid: number; name: string | null }[];
  /** Key in sysctl(8)'s dotted form → value. */
  sysctls?: Record<string, string>;
}

/** Something that could not be read, and why: never left out silently. */
export interface Unread {
  what: string;
  why: 'privilege' | 'vanished' | 'time' | 'failed';
  detail: string;
}

/** What was read, of which namespaces, when. `states` is keyed by inode. */
export interface Snapshot {
  /** ISO 8601. */
  taken_at: string;
  /** Inode of the namespace that the server runs in. */
  host: number;
  namespaces: Namespace[];
  states: ReadonlyMap<number, NamespaceState>;
  could_not_read: Unread[];
}

/** The link that a reference (`name`, altname or `index:N`) points at in a list, or null. */
export function findLink(links: readonly Link[], reference: string): Link | null {
  const index = indexOf(reference);
  if (index !== null) return links.find((link) => link.index === index) ?? null;
  return links.find((link) => link.name === reference) ?? links.find((link) => link.altnames.includes(reference)) ?? null;
}
