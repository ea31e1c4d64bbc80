// What create_link checks and works out of a new link before it is made: its input, what it stands on, how it will be, and whether it is there.
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { InterfaceAddress, MacAddress } from '../../../model/ip.js';
import { type Problem, parseSettings } from '../../../model/kinds/settings.js';
import { kindOf, LINK_KINDS, LinkKindName } from '../../../model/kinds/table.js';
import { LinkReference, NewLinkName } from '../../../model/names.js';
import { ReferenceText } from '../../../model/reference.js';
import type { Link, Settings } from '../../../model/snapshot.js';
import { nearest } from '../../../model/text.js';
import type { World } from '../../plan/world.js';
import { addressesOf, InNamespace, Mtu } from '../inputs.js';
import { leadsTo } from './peers.js';

const COMMON = {
  namespace: InNamespace,
  name: NewLinkName,
  kind: LinkKindName.describe('Its settings go beside: vlan id, vxlan id, vrf table, bond mode'),
  link: LinkReference.optional().describe('Lower link'),
  link_namespace: ReferenceText.optional().describe('Where link is, if elsewhere'),
  master: z.string().min(1).max(128).optional().describe('Joins it'),
  addresses: z.array(InterfaceAddress).max(64).default([]).describe('With prefix length'),
  mac: MacAddress.optional(),
  mtu: Mtu.optional(),
  up: z.boolean().default(false),
};

/** Fields of every changing tool: its input holds them beside those of the operation. */
const OF_EVERY_CALL = ['dry_run', 'confirm_within_seconds'];

/** The fields of the kind: all that are not common to all kinds. */
function ofKind(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([field]) => !(field in COMMON) && !OF_EVERY_CALL.includes(field)));
}

const Common = z.object(COMMON);
type Common = z.output<typeof Common>;

/** What does not go together with the kind, or with each other. */
function misfits(input: Common, given: Readonly<Record<string, unknown>>): Problem[] {
  const { kind, name, link, link_namespace, mac } = input;
  const { lower, hasMac, hasPorts, attributes } = LINK_KINDS[kind];
  const rules: [isWrong: boolean, field: string, message: string][] = [
    [link !== undefined && !lower, 'link', `a ${kind} link stands on no other${hasPorts ? ': set_link with master makes links its ports' : ''}`],
    [link === undefined && lower?.isRequired === true, 'link', `a ${kind} link needs it: the link that it stands on`],
    [link_namespace !== undefined && link === undefined, 'link_namespace', 'it goes with link'],
    [
      link_namespace !== undefined && lower?.word === 'dev',
      'link_namespace',
      `make a ${kind} link where its link is, then move_link: its packets go on through the namespace that it was made in`,
    ],
    [mac !== undefined && !hasMac, 'mac', `a ${kind} link has no MAC address of its own`],
    [kind === 'vxlan' && given['group'] !== undefined && link === undefined, 'group', 'it needs link, through which the group is reached'],
    [kind === 'vxlan' && given['group'] !== undefined && given['remote'] !== undefined, 'remote', 'give group or remote'],
    [given['vnifilter'] === true && given['external'] !== true, 'vnifilter', 'it needs external: true'],
    [given['peer'] === name, 'peer', 'both ends would have the same name'],
  ];
  return [
    ...rules.flatMap(([isWrong, field, message]) => (isWrong ? [{ field, message }] : [])),
    ...Object.keys(given)
      .filter((field) => attributes[field]?.when === 'later')
      .map((field) => ({ field, message: 'it needs a port: use set_link with settings once there is one' })),
  ];
}

/** A field that no kind has may be one of all kinds, misspelt. */
function inWords({ field, message }: Problem): string {
  const [near] = field in COMMON ? [] : nearest(field, Object.keys(COMMON), 1);
  return near !== undefined && message.startsWith('no setting') && !message.includes('did you mean') ? `unknown field; did you mean ${near}?` : message;
}

export const NewLinkInput = Common.catchall(z.union([z.string(), z.number(), z.boolean()])).superRefine((input, context) => {
  const given = ofKind(input);
  const problems = [...misfits(input, given), ...(parseSettings(input.kind, given).problems ?? [])];
  for (const problem of problems) context.addIssue({ code: 'custom', path: [problem.field], message: inWords(problem) });
});
export type NewLinkInput = z.output<typeof NewLinkInput>;

/** The settings of the new link, with standard values filled in. */
export function settingsOf(input: NewLinkInput): Settings {
  const parsed = parseSettings(input.kind, ofKind(input));
  if (parsed.problems) throw new Error('settings were checked with the input');
  return parsed.settings;
}

/** Where the link is that it stands on. */
export function lowerPlace({ namespace, link_namespace }: NewLinkInput): string {
  return link_namespace ?? namespace;
}

/** The link that it stands on; null when there is none. @throws NetnsError LINK_NOT_FOUND; INVALID_INPUT when it could not come up on it. */
export function lowerOf(world: World, input: NewLinkInput): Link | null {
  const { kind, link, up } = input;
  if (link === undefined) return null;
  const lower = world.link(lowerPlace(input), link);
  // vlan_dev_open, net/8021q/vlan_dev.c.
  if (kind === 'vlan' && up && !lower.up && input['loose_binding'] !== true) {
    return fail(
      'INVALID_INPUT',
      `Link ${lower.name} in ${placeName(world.at(lowerPlace(input)))} is down: a VLAN comes up only on a link that is up.`,
      'Bring that up first (set_link with up: true), or leave up out.',
      { link: lower.name },
    );
  }
  return lower;
}

/** What it becomes a port of. @throws NetnsError LINK_NOT_FOUND, LINK_KIND_MISMATCH. */
export function masterOf(world: World, { namespace, master }: NewLinkInput): Link | null {
  if (master === undefined) return null;
  const found = world.link(namespace, master);
  const kind = kindOf(found.kind);
  if (found.kind === 'team' || (kind && LINK_KINDS[kind].hasPorts)) return found;
  return fail(
    'LINK_KIND_MISMATCH',
    `Link ${found.name} in ${placeName(world.at(namespace))} is a ${found.kind}: it has no ports.`,
    'master is a bridge, bond or VRF; inspect_namespace lists the links with their kinds.',
    { link: found.name, kind: found.kind },
  );
}

/** Kinds whose links, made on one of their own family, stand on what that one stands on (macvlan_common_newlink, ipvlan_link_new). */
const FAMILIES = [
  ['macvlan', 'macvtap'],
  ['ipvlan', 'ipvtap'],
];

type Footing = Pick<Link, 'peer' | 'peer_index' | 'link_netnsid'>;

/** How the new link shows what it stands on. */
export function footingOf(world: World, input: NewLinkInput): Footing {
  const lower = lowerOf(world, input);
  if (!lower) return { peer: null, peer_index: null, link_netnsid: null };
  const [here, there] = [input.namespace, lowerPlace(input)];
  const isHere = world.at(here).inode === world.at(there).inode;
  const isShared = FAMILIES.some((family) => family.includes(input.kind) && family.includes(lower.kind));
  if (isShared && isHere) return { peer: lower.peer, peer_index: lower.peer_index, link_netnsid: lower.link_netnsid };
  return { peer: isHere ? lower.name : null, peer_index: lower.index, link_netnsid: isHere ? null : world.idOf(here, there) };
}

function standsOnSame(world: World, input: NewLinkInput, found: Link): boolean {
  const { peer_index, link_netnsid } = footingOf(world, input);
  if (input.link === undefined) return found.kind === 'netkit' || found.peer_index === null;
  if (found.peer_index !== peer_index) return false;
  return found.link_netnsid === link_netnsid || leadsTo(world, input.namespace, found, lowerPlace(input));
}

/** In what a link of that name that is there differs from what is wanted; none: it is so already. */
export function differencesFrom(world: World, input: NewLinkInput, found: Link): string[] {
  const { kind, namespace, mac, mtu, up, addresses } = input;
  if (found.kind !== kind) return [`it is a ${found.kind}`];
  const { attributes } = LINK_KINDS[kind];
  const given = ofKind(input);
  // A standard value that nobody asked for is no demand.
  const settings = Object.entries(settingsOf(input)).flatMap(([field, wanted]) => {
    const now = found.attributes[field] ?? attributes[field]?.usual;
    const isAsked = attributes[field]?.standard === undefined || field in given;
    return !isAsked || now === undefined || now === wanted ? [] : [`${field} is ${String(now)}`];
  });
  const master = masterOf(world, input);
  const has = addressesOf(world, namespace, found).map(({ address }) => address);
  return [
    ...(standsOnSame(world, input, found) ? [] : ['it stands on another link']),
    ...settings,
    ...(mac === undefined || mac === found.mac ? [] : [`its MAC is ${found.mac ?? 'none'}`]),
    ...(mtu === undefined || mtu === found.mtu ? [] : [`its MTU is ${found.mtu}`]),
    ...(master === null || master.name === found.master ? [] : [`its master is ${found.master ?? 'none'}`]),
    ...(up && !found.up ? ['it is down'] : []),
    ...addresses.filter((address) => !has.includes(address)).map((address) => `it lacks ${address}`),
  ];
}
