// The objects of the network as the kernel holds them. Their schemas read back what the journal keeps of them.
import { z } from 'zod';

/** Named settings of a link, a port, a queueing discipline. */
export const Settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Settings = z.infer<typeof Settings>;

/** A network interface as `ip -d link` shows it (ip-link(8)). */
export const Link = z.object({
  index: z.number(),
  name: z.string(),
  altnames: z.array(z.string()),
  /** `veth`, `bridge`, `vlan` …; `loopback`; `physical` for a device that no virtual driver made. */
  kind: z.string(),
  /** Administratively up (IFF_UP). */
  up: z.boolean(),
  /** RFC 2863 state: UP, DOWN, LOWERLAYERDOWN, UNKNOWN … */
  operstate: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  mac: z.string().nullable(),
  /** For a link with another end or a lower link: that one's index, in its own namespace. */
  peer_index: z.number().nullable(),
  /** That one's name, when it lives in the same namespace. */
  peer: z.string().nullable(),
  /** The id that this link's namespace has given to the one where the other end lives; null when it is the same. */
  link_netnsid: z.number().nullable(),
  /** The bridge, bond or VRF that it is a port of. */
  master: z.string().nullable(),
  alias: z.string().nullable(),
  qdisc: z.string().nullable(),
  group: z.string().nullable(),
  /** Kernel says it can never leave its namespace (IFLA_NETNS_IMMUTABLE); null when the tools do not tell. */
  netns_immutable: z.boolean().nullable(),
  /** Packets that wait at most in the queue of the device. */
  tx_queue_len: z.number().nullable(),
  /** How the kernel makes its IPv6 link-local address: `eui64`, `none`, `stable_secret`, `random`. */
  addr_gen_mode: z.string().nullable(),
  /** Settings of its kind, by the names of `src/model/kinds`. */
  attributes: Settings,
  /** Settings as a port of a bridge, by the names that `bridge link` knows (bridge(8)); null when it is none. */
  port: Settings.nullable(),
});
export type Link = z.infer<typeof Link>;

/** An address of a link (ip-address(8)). */
export const Address = z.object({
  link: z.string(),
  link_index: z.number(),
  family: z.enum(['inet', 'inet6']),
  /** With prefix length: `10.0.0.1/24`. */
  address: z.string(),
  peer: z.string().nullable(),
  broadcast: z.string().nullable(),
  scope: z.string(),
  flags: z.array(z.string()),
  /** The old way to name an address (`eth0:1`); null when it is the link's name. */
  label: z.string().nullable(),
  /** Of the route to its prefix, where it is not the default one. */
  metric: z.number().nullable(),
  /** Seconds; null is forever. */
  valid_lft_s: z.number().nullable(),
  preferred_lft_s: z.number().nullable(),
});
export type Address = z.infer<typeof Address>;

/** A route (ip-route(8)). */
export const Route = z.object({
  family: z.enum(['inet', 'inet6']),
  type: z.string(),
  /** `default` or a prefix. */
  destination: z.string(),
  via: z.string().nullable(),
  device: z.string().nullable(),
  source: z.string().nullable(),
  metric: z.number().nullable(),
  /** A name of rt_tables, or a number as text. */
  table: z.string(),
  protocol: z.string(),
  scope: z.string().nullable(),
  flags: z.array(z.string()),
  /** More than one next hop (multipath). */
  next_hops: z.array(z.object({ via: z.string().nullable(), device: z.string().nullable(), weight: z.number(), onlink: z.boolean().optional() })),
  /** Type of service, as iproute2 prints it: a name of rt_dsfield or `0x10`. Absent: none. */
  tos: z.string().optional(),
  /** Metrics of the connections that take it (`mtu`, `advmss` …), in the words of ip-route(8); `lock` is left out, for iproute2 does not print it. */
  metrics: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Id of the next hop object that it goes by; `via` and `device` are then what that one says. */
  nexthop_id: z.number().optional(),
  /** RFC 4191 preference among routers, where it is not `medium`. */
  preference: z.string().optional(),
  /** IPv6: only for packets from this prefix. */
  from: z.string().optional(),
  /** Realm, or source and destination realms (ip-route(8)). */
  realms: z.string().optional(),
  /** Names of attributes that it has beyond these (`encap`, `expires` …): made anew from what is known here, it would be another route. */
  other_attributes: z.array(z.string()).optional(),
});
export type Route = z.infer<typeof Route>;

/** A policy routing rule (ip-rule(8)). */
export const Rule = z.object({
  family: z.enum(['inet', 'inet6']),
  priority: z.number(),
  source: z.string(),
  destination: z.string().nullable(),
  /** The table looked up, or null when the action is another one. */
  table: z.string().nullable(),
  /** `unreachable`, `blackhole`, `prohibit`, `nop`, `goto`; null when a table is looked up. */
  action: z.string().nullable(),
  /** Of `goto`: the priority where it goes on. */
  goto: z.number().nullable(),
  /** Every further selector by its word in ip-rule(8), with what follows the word: `fwmark` → `0x10/0xff`, `not` → ``. */
  selectors: z.record(z.string(), z.string()),
  /** Who made it (rt_protos): `kernel` for those that are there from the start; null when nobody said. */
  protocol: z.string().nullable(),
  /** Names of attributes that it has beyond these. */
  other_attributes: z.array(z.string()).optional(),
});
export type Rule = z.infer<typeof Rule>;

/** A next hop object that routes refer to by its id (ip-nexthop(8)). */
export const NextHop = z.object({
  id: z.number(),
  /** Of the routes that can use it; null for a group. */
  family: z.enum(['inet', 'inet6']).nullable(),
  via: z.string().nullable(),
  device: z.string().nullable(),
  blackhole: z.boolean(),
  /** Of a group: its members. */
  group: z.array(z.object({ id: z.number(), weight: z.number() })),
  /** It is for entries of a vxlan's forwarding database, not for routes. */
  fdb: z.boolean(),
  protocol: z.string().nullable(),
  flags: z.array(z.string()),
  /** Names of attributes that it has beyond these. */
  other_attributes: z.array(z.string()).optional(),
});
export type NextHop = z.infer<typeof NextHop>;

/** An entry of the forwarding database of a bridge or vxlan (bridge(8)): which port a MAC is behind. */
export const FdbEntry = z.object({
  mac: z.string(),
  device: z.string(),
  vlan: z.number().nullable(),
  /** Of a vxlan: the address of the other tunnel end. */
  destination: z.string().nullable(),
  /** Of a vxlan: UDP port and network identifier there, and the link to it, where they are not those of the vxlan. */
  port: z.number().nullable(),
  vni: z.number().nullable(),
  via: z.string().nullable(),
  /** `self` (the device's own table) or `master` (that of the bridge it is a port of). */
  table: z.enum(['self', 'master']),
  /** `permanent` (this host itself, or for a vxlan: it stays), `static`, or `dynamic` for what was learnt. */
  state: z.string(),
  /** `sticky` (it may not move to another port), `router`, `extern_learn` (a routing daemon brought it) … */
  flags: z.array(z.string()),
  /** Names of attributes that it has beyond these. */
  other_attributes: z.array(z.string()).optional(),
});
export type FdbEntry = z.infer<typeof FdbEntry>;

/** A VLAN that a port of a bridge, or the bridge itself, is a member of (bridge(8)). */
export const PortVlan = z.object({
  device: z.string(),
  vlan: z.number(),
  /** What comes in without a tag belongs to it. */
  pvid: z.boolean(),
  /** It leaves without a tag. */
  untagged: z.boolean(),
});
export type PortVlan = z.infer<typeof PortVlan>;

/** A queueing discipline, class or filter of a link (tc(8)). */
export const Shaping = z.object({
  object: z.enum(['qdisc', 'class', 'filter']),
  device: z.string(),
  kind: z.string(),
  /** `1:`, `1:10`; of a filter its own handle, or empty. */
  handle: z.string(),
  /** `root`, `ingress`, or the handle of what it hangs on. */
  parent: z.string(),
  options: z.record(z.string(), z.unknown()),
});
export type Shaping = z.infer<typeof Shaping>;

/** A table of nftables, as `nft -s list table` prints it: without counters, so that the text can be loaded again (nft(8)). */
export const FirewallTable = z.object({
  family: z.string(),
  name: z.string(),
  text: z.string(),
});
export type FirewallTable = z.infer<typeof FirewallTable>;

/** A feature that the driver of a link has (ethtool(8)). */
export const Offload = z.object({
  device: z.string(),
  name: z.string(),
  on: z.boolean(),
  /** The driver does not let it be changed. */
  fixed: z.boolean(),
});
export type Offload = z.infer<typeof Offload>;

/** A peer of a wireguard link (wg(8)). */
export const WireguardPeer = z.object({
  public_key: z.string(),
  /** Secret. */
  preshared_key: z.string().nullable(),
  /** `ADDRESS:PORT`; null until it is known. */
  endpoint: z.string().nullable(),
  allowed_ips: z.array(z.string()),
  keepalive_s: z.number().nullable(),
});
export type WireguardPeer = z.infer<typeof WireguardPeer>;

/** The configuration of a wireguard link (wg(8)). Its keys are for changes and their journal alone: no answer, log or audit entry shows them. */
export const WireguardDevice = z.object({
  device: z.string(),
  /** Secret. */
  private_key: z.string().nullable(),
  public_key: z.string().nullable(),
  listen_port: z.number().nullable(),
  fwmark: z.number().nullable(),
  peers: z.array(WireguardPeer),
});
export type WireguardDevice = z.infer<typeof WireguardDevice>;

/** A neighbour entry (ip-neighbour(8)). */
export const Neighbour = z.object({
  address: z.string(),
  device: z.string(),
  mac: z.string().nullable(),
  state: z.array(z.string()),
  router: z.boolean(),
});
export type Neighbour = z.infer<typeof Neighbour>;
