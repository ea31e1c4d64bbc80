// From the settings of a link to the commands that make or change it, and back from what the kernel shows.
import { z } from 'zod';
import type { Settings } from '../objects.js';
import type { Attribute, Value } from './attribute.js';
import type { LinkKindName } from './table.js';
import { LINK_KINDS } from './table.js';

const Data = z.record(z.string(), z.unknown()).catch({});

/** A setting that is to be said, by its declaration. */
type Said = readonly [attribute: Attribute, value: Value];

function entriesOf(kind: LinkKindName): [string, Attribute][] {
  return Object.entries(LINK_KINDS[kind].attributes);
}

/** The settings of a link, from `linkinfo.info_data` of `ip -d -j link show`. What the kernel does not show is left out. */
export function attributesOf(kind: LinkKindName, infoData: unknown): Settings {
  const data = Data.parse(infoData ?? {});
  return Object.fromEntries(
    entriesOf(kind).flatMap(([name, { read }]) => {
      const value = read(data);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * The name of the link that one works on, where that is told among its settings; null where none is.
 * It was looked up in the namespace where the link is now: after a move it can be the name of another one, or none.
 */
export function lowerNameOf(kind: LinkKindName, infoData: unknown): string | null {
  const { link } = Data.parse(infoData ?? {});
  return LINK_KINDS[kind].lower?.word === 'dev' && typeof link === 'string' ? link : null;
}

/** A link to be made. Names are arguments as iproute2 takes them. */
export interface NewLink {
  kind: LinkKindName;
  name: string;
  /** The link that it works on, in the same namespace. */
  lower?: string;
  attributes: Settings;
  mac?: string;
  mtu?: number;
  /** Packets that wait at most in the queue of the device. */
  txQueueLength?: number;
  index?: number;
}

function pair(word: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [word, String(value)];
}

function wordsOf(said: readonly Said[]): string[] {
  return said.flatMap(([attribute, value]) => attribute.words(value));
}

/**
 * The commands that make a link, each as its words after `ip` (ip-link(8), ip-tuntap(8)). Values that it has anyway are not said.
 * An index cannot be given to a TUN or TAP link.
 */
export function createCommands({ kind, name, lower, attributes, mac, mtu, txQueueLength, index }: NewLink): string[][] {
  const declaration = LINK_KINDS[kind];
  const said = entriesOf(kind).flatMap(([field, attribute]): Said[] => {
    const value = attributes[field];
    return value === undefined || value === attribute.usual || attribute.when === 'later' ? [] : [[attribute, value]];
  });
  const common = [...pair('txqueuelen', txQueueLength), ...pair('address', mac), ...pair('mtu', mtu)];
  if (declaration.tuntap) {
    const add = ['tuntap', 'add', 'dev', name, ...declaration.tuntap, ...wordsOf(said)];
    return common.length === 0 ? [add] : [add, ['link', 'set', 'dev', name, ...common]];
  }
  const before = declaration.lower?.word === 'link' ? pair('link', lower) : [];
  const after = declaration.lower?.word === 'dev' ? pair('dev', lower) : [];
  return [['link', 'add', ...before, 'name', name, ...common, ...pair('index', index), 'type', kind, ...wordsOf(said), ...after]];
}

/**
 * The words after `ip link set dev LINK` that turn the settings `from` into `to`; none when they are the same.
 * null: it takes a new link.
 */
export function changeWords(kind: LinkKindName, from: Settings, to: Settings): string[] | null {
  const changed = new Set(differences(kind, from, to));
  if (changed.size === 0) return [];
  const said: Said[] = [];
  for (const [field, attribute] of entriesOf(kind)) {
    const value = to[field] ?? attribute.usual;
    const isFixed = attribute.when === 'never' || attribute.fixedAt?.some((fixed) => fixed === value || fixed === from[field]);
    if (changed.has(attribute) && (isFixed || value === undefined)) return null;
    if (value !== undefined && (changed.has(attribute) || attribute.isRestated)) said.push([attribute, value]);
  }
  return ['type', kind, ...wordsOf(said)];
}

/** True when the link has to be down while `changeWords` are run. */
export function needsDown(kind: LinkKindName, from: Settings, to: Settings): boolean {
  return differences(kind, from, to).some(({ when }) => when === 'down');
}

/** The settings that differ. One that is not told of has its usual value. */
function differences(kind: LinkKindName, from: Settings, to: Settings): Attribute[] {
  return entriesOf(kind).flatMap(([field, attribute]) => ((from[field] ?? attribute.usual) === (to[field] ?? attribute.usual) ? [] : [attribute]));
}

/** False for a link that only the program can make that holds it. */
export function canBeMade(kind: LinkKindName, attributes: Settings): boolean {
  return entriesOf(kind).every(([field, { schema }]) => attributes[field] === undefined || schema.safeParse(attributes[field]).success);
}
