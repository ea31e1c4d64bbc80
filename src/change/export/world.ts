// The world that an export brings about, as it is read now: what shall be, and what is taken to be there when it is run.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { NamespaceState, Section } from '../../model/snapshot.js';
import { asMade, isChangeable, isGiven, type LinkObject, linkOf } from '../objects/link.js';
import { kindsInOrder, OBJECT_KINDS } from '../objects/table.js';
import type { Touch } from '../operation.js';
import { capture } from '../restore/capture.js';
import type { Captured, CapturedObject, CapturedPlace } from '../restore/captured.js';
import { freshSysctls, isByItself, isLeased } from './baseline.js';
import { type Chosen, nameOf, type Sources } from './chosen.js';

export interface ExportedPlace {
  /** `host`, or the name in /run/netns. */
  name: string;
  isHost: boolean;
  /** Made by what is exported, where it is not there; else it has to be. */
  isMade: boolean;
  /** It goes when what is exported is taken away. */
  isOwn: boolean;
  state: NamespaceState;
}

/** Places by the same index in all of them. */
export interface ExportedWorld {
  places: ExportedPlace[];
  shall: Captured;
  there: Captured;
  /** Of what is taken to be there, by inode. */
  states: ReadonlyMap<number, NamespaceState>;
  notes: string[];
}

/** wireguard holds keys, which are never exported. */
const SECRET: readonly Section[] = ['wireguard'];

function sectionsOf({ objects }: Chosen): Section[] {
  const kinds = kindsInOrder().filter(({ name }) => name !== 'offload' || [...(objects ?? [])].some((object) => object.startsWith('offload ')));
  return [...new Set(kinds.map(({ section }) => section))].filter((section) => !SECRET.includes(section));
}

function touchesOf({ whole, links, objects }: Chosen, namespace: string): Touch[] {
  if (whole || objects !== null) return [{ namespace, whole: true }];
  // Also where only a lower link is, which is not exported, the namespace takes part.
  return links.size === 0 ? [{ namespace, kind: 'link', key: '' }] : [...links].map((link) => ({ namespace, link }));
}

/** A device that is found is taken for one that nobody has configured. The loopback has no multicast. */
function asFound(link: LinkObject): LinkObject {
  const found = asMade(link);
  if (link.kind === 'physical') return { ...found, mtu: 1500 };
  return { ...found, flags: found.flags.filter((flag) => flag !== 'MULTICAST' || link.flags.includes(flag)) };
}

/** How a link is taken to be when what is exported runs; null when it is made by that. */
function foundLink(link: LinkObject, { before }: Chosen): LinkObject | null {
  if (isGiven(link)) return asFound(link);
  const was = before.find(({ kind, key }) => kind === 'link' && key === link.name);
  return was && isChangeable(linkOf(was.value), link) ? linkOf(was.value) : null;
}

function thereBefore(shall: CapturedPlace, chosen: Chosen, state: NamespaceState): { there: CapturedPlace; state: NamespaceState } {
  const links = shall.objects.flatMap(({ kind, value }) => (kind === 'link' ? [linkOf(value)] : []));
  const found = links.flatMap((link) => foundLink(link, chosen) ?? []);
  const made = new Set(links.filter(({ name }) => !found.some((link) => link.name === name)).map(({ name }) => name));
  const objects = found.map((value): CapturedObject => ({ kind: 'link', key: value.name, value }));
  return {
    there: { ...shall, existed: !chosen.isMade, objects },
    state: { links: (state.links ?? []).filter(({ name }) => !made.has(name)) },
  };
}

/** What is left out of a whole namespace on purpose. */
function leftOut({ objects, whole, place: { isHost } }: Chosen, captured: CapturedPlace): string[] {
  const leased = objects === null && captured.objects.some(isLeased);
  return [
    ...(leased ? ['Addresses that expire and routes of DHCP are left out: they come with the next lease.'] : []),
    ...(whole && isHost ? ['Of the sysctls of the host those are not told that new namespaces take over from it: see /etc/sysctl.d.'] : []),
  ];
}

function lacksOf(place: string, objects: readonly CapturedObject[]): string[] {
  return objects.flatMap(({ kind, value }) => {
    const link = kind === 'link' ? linkOf(value) : null;
    if (link && isGiven(link)) return [];
    const { lacks, tell } = OBJECT_KINDS[kind];
    const why = lacks?.(value) ?? null;
    const key = link?.kind === 'wireguard' ? [`${tell(value)} in ${place}: its keys and peers are secrets, and not exported; set them with wg setconf.`] : [];
    return why === null ? key : [`${tell(value)} in ${place} is left out: ${why}.`];
  });
}

const inodeName = (inode: number): string => `inode:${inode}`;

/** With the ids that the namespaces have given each other, which tell where the other ends of links are. */
async function withIds(
  places: ReadonlyMap<string, HeldNamespace>,
  states: ReadonlyMap<number, NamespaceState>,
  { kernel, signal }: Pick<Sources, 'kernel' | 'signal'>,
) {
  const told = [...places.values()].map(async (place): Promise<[number, NamespaceState]> => {
    const state = states.get(place.inode) ?? {};
    if (!state.links?.some(({ link_netnsid }) => link_netnsid !== null)) return [place.inode, state];
    const ids = await kernel.idsGivenBy(place, signal);
    return [place.inode, { ...state, nsids: [...ids].map(([inode, nsid]) => ({ nsid, name: inodeName(inode) })) }];
  });
  return new Map(await Promise.all(told));
}

/** Reads what was chosen, and takes out what is there by itself. */
export async function readWorld(all: readonly Chosen[], { kernel, signal }: Pick<Sources, 'kernel' | 'signal'>): Promise<ExportedWorld> {
  const chosen = all.filter(({ place }) => nameOf(place) !== null);
  const notes = all.length > chosen.length ? ['Links to namespaces without a name are left out.'] : [];
  const states = new Map<number, NamespaceState>();
  const [fresh] = await Promise.all([
    freshSysctls(signal),
    ...chosen.map(async (each) => {
      const { state, unread } = await kernel.read(each.place, sectionsOf(each), signal);
      states.set(each.place.inode, state);
      notes.push(...unread.map(({ what, detail }) => `Not read in ${nameOf(each.place)}, and not exported: ${what} (${detail}).`));
    }),
  ]);
  if (fresh === null) notes.push('Sysctls are left out: no fresh namespace could be made to compare with.');
  // Each under one name, that of its inode: by that its ids tell it, the host's as well.
  const references = new Map(chosen.map(({ place }) => [nameOf(place) ?? '', { ...place, names: [inodeName(place.inode)] }]));
  const touches = chosen.flatMap((each) => touchesOf(each, nameOf(each.place) ?? ''));
  const captured = capture(references, await withIds(references, states, { kernel, signal }), touches);
  const rows = captured.places.flatMap((place) => {
    const each = chosen.find(({ place: { inode } }) => inode === place.inode);
    return each ? [{ place, each, state: states.get(each.place.inode) ?? {} }] : [];
  });
  const parts = rows.map(({ place, each, state }) => {
    const objects = place.objects.filter((object) => {
      if (each.objects === null) return object.kind !== 'offload' && !isLeased(object) && !isByItself(object, state, fresh);
      return each.objects.has(`${object.kind} ${object.key}`) && !(each.isMade && isByItself(object, state, fresh));
    });
    const name = nameOf(each.place) ?? '';
    const shall: CapturedPlace = { ...place, names: [name], objects };
    const {
      isMade,
      isOwn,
      place: { isHost, inode },
    } = each;
    return { place: { name, isHost, isMade, isOwn, state }, inode, shall, before: thereBefore(shall, each, state) };
  });
  return {
    places: parts.map(({ place }) => place),
    shall: { places: parts.map(({ shall }) => shall) },
    there: { places: parts.map(({ before }) => before.there) },
    states: new Map(parts.map(({ inode, before }) => [inode, before.state])),
    notes: [...notes, ...rows.flatMap(({ each, place }) => leftOut(each, place)), ...parts.flatMap(({ place, shall }) => lacksOf(place.name, shall.objects))],
  };
}
