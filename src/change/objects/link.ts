// Links (ip-link(8)): by their names. What is theirs alone; the other end of a veth and the link below are told by where they are.
import { z } from 'zod';
import { kindOf, LINK_KINDS } from '../../model/kinds/table.js';
import { canBeMade, changeWords, createCommands, needsDown } from '../../model/kinds/words.js';
import { isPlainLinkName } from '../../model/names.js';
import { Link } from '../../model/objects.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

/** A link, and where its other end or the link below it is. */
export const LinkObject = Link.extend({
  /** null: there is none, or it could not be told. */
  other: z.object({ inode: z.number(), name: z.string() }).nullable(),
});
export type LinkObject = z.infer<typeof LinkObject>;

/** The value of a captured link: captures hold what the schema of its kind has read. */
export function linkOf(value: unknown): LinkObject {
  return value as LinkObject;
}

/** Flags that a user sets, and how (ip-link(8)). The kernel shows PROMISC and ALLMULTI only where a user asked for them (dev_get_flags). */
const USER_FLAGS: readonly { flag: string; word: string; isInverse?: true }[] = [
  { flag: 'PROMISC', word: 'promisc' },
  { flag: 'ALLMULTI', word: 'allmulticast' },
  { flag: 'NOARP', word: 'arp', isInverse: true },
  { flag: 'MULTICAST', word: 'multicast' },
  { flag: 'DYNAMIC', word: 'dynamic' },
  { flag: 'NOTRAILERS', word: 'trailers', isInverse: true },
];

/** What `ip link set` sets by a word and a value. */
const SETTABLE = [
  ['mtu', ({ mtu }: Link) => mtu],
  ['address', ({ mac }: Link) => mac],
  ['alias', ({ alias }: Link) => alias ?? ''],
  ['group', ({ group }: Link) => group],
  ['txqueuelen', ({ tx_queue_len }: Link) => tx_queue_len],
  ['addrgenmode', ({ addr_gen_mode }: Link) => addr_gen_mode],
] as const;

/** These the kernel makes for every namespace, or finds: they are changed, never made or removed. */
export function isGiven({ kind }: Pick<Link, 'kind'>): boolean {
  return kind === 'loopback' || kind === 'physical';
}

/** A link right after it was made with its MAC, its MTU and the settings of its kind. */
export function asMade(link: LinkObject): LinkObject {
  const flags = link.flags.filter((flag) => !USER_FLAGS.some((user) => user.flag === flag));
  const usual = { alias: null, altnames: [], group: 'default', tx_queue_len: 1000, addr_gen_mode: 'eui64' };
  return {
    ...link,
    ...usual,
    up: false,
    master: null,
    port: null,
    flags: [...flags, 'MULTICAST', ...(link.mac === null ? link.flags.filter((flag) => flag === 'NOARP') : [])],
  };
}

/** What is set before the link has a master and comes up. */
export function settingWords(from: LinkObject, to: LinkObject, device: string): Words[] {
  const set = (...words: string[]): Words => ({ args: ['link', 'set', 'dev', device, ...words] });
  const kind = kindOf(to.kind);
  const settings = kind && kindOf(from.kind) === kind ? (changeWords(kind, from.attributes, to.attributes) ?? []) : [];
  const isDowned = from.up && (!to.up || (kind !== null && needsDown(kind, from.attributes, to.attributes)));
  return [
    ...(isDowned ? [set('down')] : []),
    ...SETTABLE.flatMap(([word, read]) => {
      const value = read(to);
      const was = read(from);
      // Not told is not different.
      return value === null || was === value || (word === 'addrgenmode' && was === null) ? [] : [set(word, String(value))];
    }),
    ...USER_FLAGS.flatMap(({ flag, word, isInverse = false }) => {
      const shall = to.flags.includes(flag);
      return shall === from.flags.includes(flag) ? [] : [set(word, shall !== isInverse ? 'on' : 'off')];
    }),
    ...(settings.length > 0 ? [set(...settings)] : []),
    ...from.altnames
      .filter((name) => !to.altnames.includes(name))
      .map((name): Words => ({ args: ['link', 'property', 'del', 'dev', device, 'altname', name] })),
    ...to.altnames
      .filter((name) => !from.altnames.includes(name))
      .map((name): Words => ({ args: ['link', 'property', 'add', 'dev', device, 'altname', name] })),
    ...(isDowned && to.up ? [set('up')] : []),
  ];
}

/** What makes it a port, or no longer one. */
export function masterWords(from: LinkObject, to: LinkObject, device: string): Words[] {
  if (from.master === to.master) return [];
  return [{ args: ['link', 'set', 'dev', device, ...(to.master === null ? ['nomaster'] : ['master', to.master])] }];
}

/** What brings it up. */
export function upWords(from: LinkObject, to: LinkObject, device: string): Words[] {
  return to.up && !from.up ? [{ args: ['link', 'set', 'dev', device, 'up'] }] : [];
}

/** True when one can be made into the other: not when it stands on another link, or has a setting that is given when it is made. */
export function isChangeable(from: LinkObject, to: LinkObject): boolean {
  if (from.kind !== to.kind) return false;
  if (from.other && to.other && (from.other.inode !== to.other.inode || from.other.name !== to.other.name)) return false;
  const kind = kindOf(to.kind);
  return kind === null || changeWords(kind, from.attributes, to.attributes) !== null;
}

/** The words that make a link other than a veth; several commands for a TUN or TAP. @param index To be given, when it is free. */
export function creation(link: LinkObject, index: number | null): Words[] {
  const kind = kindOf(link.kind);
  if (kind === null) return [];
  const { name, attributes, mac, mtu, other } = link;
  const commands = createCommands({
    ...{ kind, name, attributes, mtu },
    ...(other ? { lower: other.name } : {}),
    ...(mac && LINK_KINDS[kind].hasMac ? { mac } : {}),
    ...(index === null ? {} : { index }),
  });
  return commands.map((args) => ({ args }));
}

/** The words for one end of a veth pair, before `type veth`, or after `peer`. */
export function endWords({ name, mac, mtu }: Pick<Link, 'name' | 'mac' | 'mtu'>, index: number | null): string[] {
  return ['name', name, ...(mac ? ['address', mac] : []), 'mtu', String(mtu), ...(index === null ? [] : ['index', String(index)])];
}

function lacksOf(link: LinkObject): string | null {
  const { name, kind, other, attributes } = link;
  if (isGiven(link)) return `a ${kind} link cannot be made`;
  if (!isPlainLinkName(name)) return 'its name cannot be written in a command';
  if (kind === 'veth') return other ? null : 'where its other end was is not known';
  const known = kindOf(kind);
  if (known === null) return `links of kind ${kind} are not made by name`;
  if (LINK_KINDS[known].lower?.isRequired && !other) return 'the link below it is not known';
  return canBeMade(known, attributes) ? null : 'only the program that holds it can make it';
}

export const linkKind = defineObject<LinkObject>({
  name: 'link',
  section: 'links',
  schema: LinkObject,
  of: ({ links = [] }) => links.map((link) => ({ ...link, other: null })),
  key: ({ name }) => name,
  links: ({ name }) => [name],
  facts: ({ kind, attributes, mtu, mac, up, master, alias, altnames, group, tx_queue_len, addr_gen_mode, flags, other }) => ({
    ...{ kind, attributes, mtu, mac, up, master, alias, altnames: altnames.toSorted(), group, tx_queue_len, addr_gen_mode, other },
    flags: USER_FLAGS.flatMap(({ flag }) => (flags.includes(flag) ? [flag] : [])),
  }),
  lacks: lacksOf,
  tell: ({ name, kind }) => `link ${name} (${kind})`,
  // Where the other end is in another namespace the restoration sees to both.
  add: (link) => (link.kind === 'veth' ? [] : creation(link, null)),
  remove: (link, { state }) => [{ args: ['link', 'delete', 'dev', linkArgument(link, state.links ?? [])] }],
  change(from, to, { state }) {
    const device = linkArgument(from, state.links ?? []);
    return [...settingWords(from, to, device), ...masterWords(from, to, device), ...upWords(from, to, device)];
  },
});
