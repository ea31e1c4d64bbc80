// The steps that make an exported world, in their order: those by which a restoration makes it out of nothing, and what has to follow. Pure.

import { linkLocalOf } from '../../model/ip.js';
import { kindOf, LINK_KINDS } from '../../model/kinds/table.js';
import type { Settings } from '../../model/objects.js';
import type { NamespaceState } from '../../model/snapshot.js';
import { type LinkObject, linkOf, settingWords } from '../objects/link.js';
import type { Words } from '../objects/object.js';
import { portKind } from '../objects/port.js';
import { vlanCommand } from '../objects/vlan.js';
import type { CapturedPlace } from '../restore/captured.js';
import { objectId } from '../restore/captured.js';
import { type Step, stepsIn } from '../restore/contents.js';
import { planRound } from '../restore/plan.js';
import type { ExportedWorld } from './world.js';

/** A port of a bridge as it is from the start (net/bridge/br_if.c, new_nbp). Its cost follows from its speed. */
const NEW_PORT: Settings = {
  ...{ priority: 32, hairpin: false, guard: false, root_block: false, fastleave: false, learning: true, flood: true, mcast_flood: true },
  ...{ bcast_flood: true, mcast_router: 1, mcast_to_unicast: false, proxy_arp: false, proxy_arp_wifi: false, neigh_suppress: false },
  ...{ isolated: false, locked: false, vlan_tunnel: false, group_fwd_mask: 0 },
};
const USUAL_COSTS = [2, 4, 19, 100];

function portWordsOf(place: CapturedPlace, state: NamespaceState): [id: string, Words][] {
  return place.objects.flatMap((object) => {
    if (object.kind !== 'port') return [];
    const port = portKind.schema.parse(object.value);
    const { cost = 0 } = port.settings;
    const fresh = { ...port, settings: { ...NEW_PORT, ...(USUAL_COSTS.includes(Number(cost)) ? { cost } : {}) } };
    const words = portKind.change?.(fresh, port, { state, name: null }) ?? [];
    return words.map((each): [string, Words] => [objectId(place, object), each]);
  });
}

/** Settings that a link can only be given once it has ports. */
function lateWords(place: CapturedPlace): [id: string, Words][] {
  return place.objects.flatMap((object) => {
    const link = object.kind === 'link' ? linkOf(object.value) : null;
    const kind = link && kindOf(link.kind);
    if (!link || !kind) return [];
    const early = Object.entries(link.attributes).filter(([name]) => LINK_KINDS[kind].attributes[name]?.when !== 'later');
    const words = settingWords({ ...link, attributes: Object.fromEntries(early) }, link, link.name);
    return words.map((each): [string, Words] => [objectId(place, object), each]);
  });
}

/** The VLAN that every port gets by itself is taken from those that do not have it. */
function vlanRemovals(place: CapturedPlace, links: readonly LinkObject[], state: NamespaceState): [id: string, Words][] {
  const vlans = state.vlans ?? [];
  if (vlans.length === 0) return [];
  return links.flatMap((link) => {
    const bridge = link.kind === 'bridge' ? link : links.find(({ name, kind }) => name === link.master && kind === 'bridge');
    const usual = Number(bridge?.attributes['vlan_default_pvid'] ?? 0);
    if (usual === 0 || vlans.some(({ device, vlan }) => device === link.name && vlan === usual)) return [];
    const entry = { device: link.name, pvid: true, untagged: true };
    return [[objectId(place, { kind: 'link', key: link.name }), vlanCommand('delete', entry, String(usual), links)] as [string, Words]];
  });
}

/** The link-local address that the kernel makes of the MAC is taken from links that lost it, or came up with another MAC. */
function addressRemovals(place: CapturedPlace, made: readonly LinkObject[], state: NamespaceState): [id: string, Words][] {
  return made.flatMap((link) => {
    const own = link.mac === null || link.kind === 'loopback' ? null : linkLocalOf(link.mac);
    const isMissing =
      link.up && link.addr_gen_mode !== 'none' && !state.addresses?.some(({ link_index, address }) => link_index === link.index && address === `${own}/64`);
    if (own === null || !isMissing) return [];
    const words = { args: ['address', 'delete', `${own}/64`, 'dev', link.name] };
    return [[objectId(place, { kind: 'link', key: link.name }), words] as [string, Words]];
  });
}

/** What has to follow once links are ports, and up. */
function afterwards({ shall, there, places }: ExportedWorld): Step[] {
  return shall.places.flatMap((place, i) => {
    const state = places[i]?.state ?? {};
    const links = place.objects.flatMap(({ kind, value }) => (kind === 'link' ? [linkOf(value)] : []));
    const made = links.filter(({ name }) => !there.places[i]?.objects.some(({ key }) => key === name));
    const words = [...lateWords(place), ...portWordsOf(place, state), ...vlanRemovals(place, links, state), ...addressRemovals(place, made, state)];
    return words.flatMap(([id, each]) => stepsIn(i, [each], id));
  });
}

/** Devices of the host that live in a namespace: they are brought there. */
function arrivals({ shall, places }: ExportedWorld): Step[] {
  return shall.places.flatMap((place, i) => {
    if (places[i]?.isHost !== false || !places[i]?.isMade) return [];
    const devices = place.objects.filter(({ kind, value }) => kind === 'link' && linkOf(value).kind === 'physical');
    return devices.map((object): Step => {
      return { place: 'host', args: ['link', 'set', 'dev', object.key, 'netns', { place: i }], about: [objectId(place, object)] };
    });
  });
}

/** Late enough that no link is looked for under other names. */
const ROUND = 2;

/** All steps, each after those that it needs. */
export function stepsOf(world: ExportedWorld): Step[] {
  const { places, there, states } = world;
  const shall = { places: world.shall.places.map((place) => ({ ...place, objects: place.objects.filter(({ kind }) => kind !== 'port') })) };
  const reborn = new Set(places.flatMap(({ isMade }, i) => (isMade ? [i] : [])));
  const steps = planRound(shall, there, states, { only: null, number: ROUND, keepsIndices: false, scaffolds: false, dying: new Set(), reborn }).flat();
  const births = steps.filter(({ makes }) => makes !== undefined);
  return [...births, ...arrivals(world), ...steps.filter(({ makes }) => makes === undefined), ...afterwards(world)];
}
