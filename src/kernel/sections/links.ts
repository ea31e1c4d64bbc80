// Links and their addresses: one `ip -d address show` gives both (ip-address(8)), `ip -d link show` the links alone.
import { z } from 'zod';
import { kindOf } from '../../model/kinds/table.js';
import { attributesOf } from '../../model/kinds/words.js';
import { portSettings } from '../../model/port.js';
import type { Address, Link } from '../../model/snapshot.js';
import { visible } from '../../model/text.js';

const Text = z.string().transform(visible);
const Forever = 0xffff_ffff;
const Seconds = z.number().transform((seconds) => (seconds === Forever ? null : seconds));

const AddressEntry = z.object({
  family: z.enum(['inet', 'inet6']),
  local: z.string(),
  prefixlen: z.number(),
  /** With a peer, iproute2 prints the peer here. */
  address: z.string().optional(),
  broadcast: z.string().optional(),
  scope: z.union([z.string(), z.number()]).transform(String),
  label: Text.optional(),
  metric: z.number().optional(),
  secondary: z.boolean().optional(),
  dynamic: z.boolean().optional(),
  tentative: z.boolean().optional(),
  dadfailed: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  temporary: z.boolean().optional(),
  noprefixroute: z.boolean().optional(),
  nodad: z.boolean().optional(),
  home: z.boolean().optional(),
  autojoin: z.boolean().optional(),
  mngtmpaddr: z.boolean().optional(),
  'stable-privacy': z.boolean().optional(),
  valid_life_time: Seconds,
  preferred_life_time: Seconds,
});
const FLAGS = [
  ...(['secondary', 'dynamic', 'tentative', 'dadfailed', 'deprecated', 'temporary', 'noprefixroute'] as const),
  ...(['nodad', 'home', 'autojoin', 'mngtmpaddr', 'stable-privacy'] as const),
];

const LinkEntry = z.object({
  ifindex: z.number(),
  ifname: Text,
  altnames: z.array(Text).default([]),
  flags: z.array(z.string()),
  mtu: z.number(),
  qdisc: z.string().optional(),
  operstate: z.string(),
  group: z.string().optional(),
  link_type: z.string(),
  address: z.string().optional(),
  /** The other end or the lower link: by name in the same namespace, else by index. */
  link: Text.nullish(),
  link_index: z.number().optional(),
  link_netnsid: z.number().optional(),
  master: Text.optional(),
  ifalias: Text.optional(),
  txqlen: z.number().optional(),
  inet6_addr_gen_mode: z.string().optional(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_data: z.record(z.string(), z.unknown()).optional(),
      info_slave_kind: z.string().optional(),
      info_slave_data: z.record(z.string(), z.unknown()).default({}),
    })
    .optional(),
  'netns-immutable': z.boolean().optional(),
  // An address of another family, or one whose lines are incomplete, is not what this reads.
  addr_info: z.array(z.unknown()).optional(),
});
type LinkEntry = z.infer<typeof LinkEntry>;

function linkOf(entry: LinkEntry, indexByName: ReadonlyMap<string, number>): Link {
  const { info_kind, info_data } = entry.linkinfo ?? { info_kind: undefined, info_data: undefined };
  const kind = info_kind === undefined ? null : kindOf(info_kind, info_data);
  // A vxlan names the link below it among the settings of its kind.
  const below = entry.link_netnsid === undefined && typeof info_data?.['link'] === 'string' ? visible(info_data['link']) : null;
  const peer = entry.link ?? below;
  return {
    index: entry.ifindex,
    name: entry.ifname,
    altnames: entry.altnames,
    kind: kind ?? info_kind ?? (entry.link_type === 'loopback' ? 'loopback' : 'physical'),
    up: entry.flags.includes('UP'),
    operstate: entry.operstate,
    flags: entry.flags,
    mtu: entry.mtu,
    mac: entry.link_type === 'ether' || entry.link_type === 'loopback' ? (entry.address ?? null) : null,
    peer_index: entry.link_index ?? (peer === null ? null : (indexByName.get(peer) ?? null)),
    peer,
    link_netnsid: entry.link_netnsid ?? null,
    master: entry.master ?? null,
    alias: entry.ifalias ?? null,
    qdisc: entry.qdisc ?? null,
    group: entry.group ?? null,
    netns_immutable: entry['netns-immutable'] ?? null,
    tx_queue_len: entry.txqlen ?? null,
    addr_gen_mode: entry.inet6_addr_gen_mode ?? null,
    attributes: kind === null ? {} : attributesOf(kind, info_data),
    port: entry.linkinfo?.info_slave_kind === 'bridge' ? portSettings(entry.linkinfo.info_slave_data) : null,
  };
}

function addressesOf(entry: LinkEntry): Address[] {
  return (entry.addr_info ?? []).flatMap((raw) => {
    const parsed = AddressEntry.safeParse(raw);
    if (!parsed.success) return [];
    const { family, local, prefixlen, address, broadcast, scope, label, metric, valid_life_time, preferred_life_time } = parsed.data;
    return {
      link: entry.ifname,
      link_index: entry.ifindex,
      family,
      address: `${local}/${prefixlen}`,
      peer: address ?? null,
      broadcast: broadcast ?? null,
      scope,
      flags: FLAGS.filter((flag) => parsed.data[flag] === true),
      label: label === undefined || label === entry.ifname ? null : label,
      metric: metric ?? null,
      valid_lft_s: valid_life_time,
      preferred_lft_s: preferred_life_time,
    };
  });
}

/** Reads the JSON of `ip -d link show` or `ip -d address show`. */
export function parseLinks(document: unknown): { links: Link[]; addresses: Address[] } {
  // `ip -j` prints an empty object for each entry that a filter leaves out.
  const entries = z
    .array(z.union([LinkEntry, z.strictObject({})]))
    .parse(document)
    .filter((entry): entry is LinkEntry => 'ifindex' in entry);
  const indexByName = new Map(entries.map((entry) => [entry.ifname, entry.ifindex]));
  return { links: entries.map((entry) => linkOf(entry, indexByName)), addresses: entries.flatMap(addressesOf) };
}
