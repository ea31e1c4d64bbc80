// The part of a round that is about links: which come back from elsewhere, which go, which are made anew, which are changed.
import { isPlainLinkName } from '../../model/names.js';
import { asMade, creation, endWords, isChangeable, isGiven, type LinkObject, linkKind, masterWords, settingWords, upWords } from '../objects/link.js';
import type { Words } from '../objects/object.js';
import { linkArgument } from '../plan/world.js';
import { objectId } from './captured.js';
import { type Contents, placeOf, type Step, stepsIn } from './contents.js';

export interface LinkPlan {
  /** Links that were renamed or moved come back; while there are such, nothing else is done, for all that hangs on them comes with them. */
  moves: Step[];
  removals: Step[];
  /** Each list once those before it are done: a link is made after the one that it stands on. */
  creations: Step[][];
  changes: Step[];
  /** Names of links that go, and of those that are made, by place. */
  gone: Map<number, Set<string>>;
  made: Map<number, Set<string>>;
}

interface Placed {
  at: Contents;
  link: LinkObject;
}

const idOf = ({ at, link }: Placed): string => objectId(at.shall, { kind: 'link', key: link.name });
const NO_MAC = '00:00:00:00:00:00';

function missingLinks(contents: readonly Contents[]): Placed[] {
  return contents.flatMap((at) =>
    [...at.wantedLinks.values()].flatMap((link) => {
      const found = at.foundLinks.get(link.name);
      return found && (isGiven(found) || isChangeable(found, link)) ? [] : [{ at, link }];
    }),
  );
}

function extraLinks(contents: readonly Contents[]): Placed[] {
  return contents.flatMap((at) =>
    [...at.foundLinks.values()].flatMap((link) => {
      const wanted = at.wantedLinks.get(link.name);
      return wanted && (isGiven(link) || isChangeable(link, wanted)) ? [] : [{ at, link }];
    }),
  );
}

/** True when a link that is missing goes by another name, or is in another namespace, now. */
function isSameDevice(missing: Placed, found: Placed): boolean {
  const [was, is] = [missing.link, found.link];
  if (was.kind !== is.kind || (missing.at === found.at && was.name === is.name)) return false;
  if (missing.at === found.at && was.index === is.index) return true;
  if (was.mac !== null && was.mac !== NO_MAC && was.mac === is.mac) return true;
  return was.kind === 'veth' && was.other !== null && was.other.inode === is.other?.inode && was.other.name === is.other.name;
}

/** Physical devices are looked for in every namespace that was read: the kernel brings them to the host when theirs dies. */
function physicalLinks(contents: readonly Contents[]): Placed[] {
  return contents.flatMap((at) =>
    (at.state.links ?? [])
      .filter(({ kind, name }) => kind === 'physical' && !at.wantedLinks.has(name) && !at.foundLinks.has(name))
      .map((link) => ({ at, link: { ...link, other: null } })),
  );
}

function movesOf(missing: readonly Placed[], extras: readonly Placed[], contents: readonly Contents[], isLate: boolean): Step[] {
  const free = new Set([...extras, ...physicalLinks(contents)]);
  return missing.flatMap((wanted) => {
    const found = [...free].find((candidate) => isSameDevice(wanted, candidate));
    if (!found || !isPlainLinkName(wanted.link.name)) return [];
    free.delete(found);
    const device = linkArgument(found.link, found.at.state.links ?? []);
    const isHere = wanted.at === found.at;
    const rename = wanted.link.name === found.link.name ? [] : ['name', wanted.link.name];
    // Before Linux 6.2 only a link that is down can be renamed.
    const down = isHere && isLate && found.link.up ? [{ args: ['link', 'set', 'dev', device, 'down'] }] : [];
    const args = ['link', 'set', 'dev', device, ...(isHere ? [] : ['netns', { place: wanted.at.place }]), ...rename];
    return [...stepsIn(found.at.place, down, idOf(wanted)), { place: found.at.place, args, about: [idOf(wanted)] }];
  });
}

/** @param dying Inodes of namespaces that go: what leads there goes with them. */
function removalsOf(extras: readonly Placed[], dying: ReadonlySet<number | null>, isPatient: boolean): { steps: Step[]; gone: Placed[] } {
  const gone: Placed[] = [];
  const steps = extras.flatMap((extra): Step[] => {
    const { at, link } = extra;
    if (isGiven(link)) return [];
    const isOtherEnd = gone.some(({ link: { kind, other, name }, at: there }) => {
      const isPair = kind === 'veth' && link.kind === 'veth';
      return isPair && ((other?.name === link.name && other.inode === at.shall.inode) || (link.other?.name === name && link.other.inode === there.shall.inode));
    });
    gone.push(extra);
    // Deleted one by one, each link costs the kernel a grace period; those that lead to a namespace that goes all go in one.
    const leadsToDying = link.other === null ? dying.size > 0 : dying.has(link.other.inode);
    const goesAlong = isPatient && link.kind === 'veth' && link.link_netnsid !== null && leadsToDying;
    return isOtherEnd || goesAlong ? [] : stepsIn(at.place, linkKind.remove(link, { state: at.state, name: null }), idOf(extra));
  });
  return { steps, gone };
}

/** How many of the links that are made a link stands on, one on the other. */
function depthOf({ link }: Placed, made: readonly Placed[], contents: readonly Contents[], most = 16): number {
  const { other, kind } = link;
  if (kind === 'veth' || other === null || most === 0) return 0;
  const lower = made.find(({ at, link: { name } }) => at === placeOf(contents, other.inode) && name === other.name);
  return lower ? 1 + depthOf(lower, made, contents, most - 1) : 0;
}

function indexFor({ at, link }: Placed, gone: ReadonlySet<string> | undefined, keepsIndices: boolean): number | null {
  const isTaken = (at.state.links ?? []).some(({ index, name }) => index === link.index && !gone?.has(name));
  return isTaken || !keepsIndices || link.index <= 0 ? null : link.index;
}

function vethCreation(one: Placed, contents: readonly Contents[], plan: LinkPlan, keepsIndices: boolean): Step[] {
  const { at, link } = one;
  const there = link.other && placeOf(contents, link.other.inode);
  if (!there || !link.other) return [];
  const other = there.wantedLinks.get(link.other.name);
  const peer = other ? endWords(other, indexFor({ at: there, link: other }, plan.gone.get(there.place), keepsIndices)) : ['name', link.other.name];
  const netns = there === at ? [] : ['netns', { place: there.place }];
  const end = endWords(link, indexFor(one, plan.gone.get(at.place), keepsIndices));
  const about = [idOf(one), ...(other ? [idOf({ at: there, link: other })] : [])];
  return [{ place: at.place, args: ['link', 'add', ...end, 'type', 'veth', 'peer', ...peer, ...netns], about }];
}

/** A link that stands on one in another namespace is made there, and goes to its own at once. */
function otherCreation(one: Placed, contents: readonly Contents[], plan: LinkPlan, keepsIndices: boolean): Step[] {
  const { at, link } = one;
  const there = link.other ? placeOf(contents, link.other.inode) : at;
  const words = creation(link, indexFor(one, plan.gone.get(at.place), keepsIndices));
  if (!there || there === at) return stepsIn(at.place, words, idOf(one));
  return words.map(({ args }) => {
    const type = args.indexOf('type');
    return { place: there.place, args: [...args.slice(0, type), 'netns', { place: at.place }, ...args.slice(type)], about: [idOf(one)] };
  });
}

function creationsOf(missing: readonly Placed[], contents: readonly Contents[], plan: LinkPlan, keepsIndices: boolean): Step[][] {
  const levels: Step[][] = [];
  const done = new Set<string>();
  for (const one of missing) {
    if (done.has(idOf(one)) || linkKind.lacks?.(one.link)) continue;
    const steps = one.link.kind === 'veth' ? vethCreation(one, contents, plan, keepsIndices) : otherCreation(one, contents, plan, keepsIndices);
    const level = depthOf(one, missing, contents);
    levels[level] = [...(levels[level] ?? []), ...steps];
    for (const id of steps.flatMap(({ about }) => about)) done.add(id);
  }
  return levels.filter((level) => level !== undefined);
}

/** What the kernel derives from the ports of a bridge comes back with them: it is set only when it did not. */
function withDerived(from: LinkObject, to: LinkObject, isFirst: boolean): LinkObject {
  return to.kind === 'bridge' && isFirst ? { ...to, mac: from.mac, mtu: from.mtu } : to;
}

function changesOf(contents: readonly Contents[], plan: LinkPlan, round: number): Step[] {
  const all = contents.flatMap((at) => [...at.wantedLinks.values()].map((link) => ({ at, link })));
  const changes = contents.flatMap((at) => {
    const made = plan.made.get(at.place);
    return [...at.wantedLinks.values()].flatMap((to) => {
      const from = made?.has(to.name) ? asMade(to) : at.foundLinks.get(to.name);
      if (!from || (!made?.has(to.name) && plan.gone.get(at.place)?.has(to.name))) return [];
      const device = made?.has(to.name) ? to.name : linkArgument(from, at.state.links ?? []);
      return [{ at, device, from, to: made?.has(to.name) ? to : withDerived(from, to, round === 0), depth: depthOf({ at, link: to }, all, contents) }];
    });
  });
  const said = (words: (from: LinkObject, to: LinkObject, device: string) => Words[]) =>
    changes.flatMap(({ at, device, from, to }) => stepsIn(at.place, words(from, to, device), idOf({ at, link: to })));
  changes.sort((a, b) => a.depth - b.depth);
  return [...said(settingWords), ...said(masterWords), ...said(upWords)];
}

function byPlace(links: readonly Placed[]): Map<number, Set<string>> {
  const names = new Map<number, Set<string>>();
  for (const { at, link } of links) names.set(at.place, (names.get(at.place) ?? new Set()).add(link.name));
  return names;
}

/**
 * Plans what is to be done about links. Pure.
 * @param dying Places of namespaces that go in this round. @param round From 0: what the kernel did not take at first is tried in another way.
 * @param keepsIndices Links that are made get the indices that they had, where those are free.
 */
export function planLinks(contents: readonly Contents[], dying: ReadonlySet<number>, round: number, keepsIndices: boolean): LinkPlan {
  const missing = missingLinks(contents);
  const extras = extraLinks(contents);
  const plan: LinkPlan = { moves: [], removals: [], creations: [], changes: [], gone: new Map(), made: new Map() };
  plan.moves = round < 2 ? movesOf(missing, extras, contents, round > 0) : [];
  if (plan.moves.length > 0) return plan;
  const { steps, gone } = removalsOf(
    extras.filter(({ at }) => !dying.has(at.place)),
    new Set(contents.flatMap(({ place, inode }) => (dying.has(place) ? [inode] : []))),
    round === 0,
  );
  plan.removals = steps;
  plan.gone = byPlace(gone);
  const made = missing.filter(({ link }) => !linkKind.lacks?.(link));
  // Every namespace has its loopback from the first.
  plan.made = byPlace([...made, ...missing.filter(({ at, link }) => !at.isThere && link.kind === 'loopback')]);
  plan.creations = creationsOf(made, contents, plan, keepsIndices && round < 2);
  plan.changes = changesOf(contents, plan, round);
  return plan;
}
