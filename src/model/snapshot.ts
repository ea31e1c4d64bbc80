// The Snapshot: what was read of the kernel at one moment. Every question about the network is a pure function of it.
import { z } from 'zod';
import { indexOf } from './names.js';

/** Sections of one namespace that can be read; each only when asked for. */
export const SECTIONS = ['links', 'addresses', 'routes', 'rules', 'neighbours', 'sockets', 'sysctls'] as const;
export const SectionName = z.enum(SECTIONS);
/** `nsids` is read along with links where they are shown; it is no section that a caller asks for. */
export type Section = (typeof SECTIONS)[number] | 'nsids';

export const NAMESPACE_KINDS = ['host', 'named', 'process', 'bind', 'descriptor'] as const;
export type NamespaceKind = (typeof NAMESPACE_KINDS)[number];

/** A process that lives in a namespace. */
export interface ProcessSample {
  pid: number;
  command: string;
}

/** One thing that keeps a namespace alive. */
export interface KeptAlive {
  by: 'host' | 'name' | 'process' | 'bind' | 'descriptor';
  /** The name, path or process, for a person. */
  what: string;
}

/** Who a namespace belongs to, where that can be known. */
export interface Owner {
  engine: string;
  id: string | null;
  name: string | null;
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

/** A network interface as `ip -d link` shows it (ip-link(8)). */
export interface Link {
  index: number;
  name: string;
  altnames: string[];
  /** `veth`, `bridge`, `vlan` …; `loopback`; `physical` for a device that no virtual driver made. */
  kind: string;
  /** Administratively up (IFF_UP). */
  up: boolean;
  /** RFC 2863 state: UP, DOWN, LOWERLAYERDOWN, UNKNOWN … */
  operstate: string;
  flags: string[];
  mtu: number;
  mac: string | null;
  /** For a link with another end or a lower link: that one's index, in its own namespace. */
  peer_index: number | null;
  /** That one's name, when it lives in the same namespace. */
  peer: string | null;
  /** The id that this link's namespace has given to the one where the other end lives; null when it is the same. */
  link_netnsid: number | null;
  /** The bridge, bond or VRF that it is a port of. */
  master: string | null;
  alias: string | null;
  qdisc: string | null;
  group: string | null;
  /** Kernel says it can never leave its namespace (IFLA_NETNS_IMMUTABLE); null when the tools do not tell. */
  netns_immutable: boolean | null;
}

/** An address of a link (ip-address(8)). */
export interface Address {
  link: string;
  link_index: number;
  family: 'inet' | 'inet6';
  /** With prefix length: `10.0.0.1/24`. */
  address: string;
  peer: string | null;
  broadcast: string | null;
  scope: string;
  flags: string[];
  /** The old way to name an address (`eth0:1`); null when it is the link's name. */
  label: string | null;
  /** Of the route to its prefix, where it is not the default one. */
  metric: number | null;
  /** Seconds; null is forever. */
  valid_lft_s: number | null;
  preferred_lft_s: number | null;
}

/** A route (ip-route(8)). */
export interface Route {
  family: 'inet' | 'inet6';
  type: string;
  /** `default` or a prefix. */
  destination: string;
  via: string | null;
  device: string | null;
  source: string | null;
  metric: number | null;
  /** A name of rt_tables, or a number as text. */
  table: string;
  protocol: string;
  scope: string | null;
  flags: string[];
  /** More than one next hop (multipath). */
  next_hops: { via: string | null; device: string | null; weight: number }[];
  /** Names of attributes that it has beyond these (`tos`, `metrics` …): made anew from what is known here, it would be another route. */
  other_attributes?: string[];
}

/** A policy routing rule (ip-rule(8)). */
export interface Rule {
  family: 'inet' | 'inet6';
  priority: number;
  source: string;
  destination: string | null;
  /** The table looked up, or null when the action is another one. */
  table: string | null;
  action: string | null;
  /** Every further selector, as iproute2 prints it. */
  selectors: Record<string, string>;
}

/** A neighbour entry (ip-neighbour(8)). */
export interface Neighbour {
  address: string;
  device: string;
  mac: string | null;
  state: string[];
  router: boolean;
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
  neighbours?: Neighbour[];
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
