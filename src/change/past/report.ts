// The three-way report of a change: what was asked, what was so before, and what is so now, as the kernel was read back.
import type { AlteredObject } from '../../model/change.js';
import { carriersOf } from '../objects/object.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { type Captured, type CapturedObject, captureName, sameIn } from '../restore/captured.js';
import { type Altered, changed, differingFacts } from '../restore/compare.js';

/** Longest text of one fact: a whole ruleset is not told here. */
const MOST_OF_A_FACT = 120;

function factsText(object: CapturedObject, names: readonly string[]): string {
  const facts = Object.entries(OBJECT_KINDS[object.kind].facts(object.value) ?? {});
  return names
    .map((name) => {
      const value: unknown = facts.find(([fact]) => fact === name)?.[1];
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return `${name} ${text === undefined ? 'none' : text.length > MOST_OF_A_FACT ? `${text.slice(0, MOST_OF_A_FACT)}…` : text}`;
    })
    .join(', ');
}

/** The kernel makes it of the MAC, a moment after the link has come up. */
const LINK_LOCAL = / fe80:/;

/** What comes and goes with its link, or its namespace, as the kernel makes it: to tell it besides would only hide the rest. */
const ALONG = ['offload', 'sysctl', 'fdb', 'port'];

/** What of the objects on which others hang came, went or was altered: by it is told what only follows. */
class Carriers {
  /** Namespaces that came or went. */
  readonly namespaces = new Set<string>();
  readonly #links = new Set<string>();
  readonly #addressed = new Set<string>();

  constructor(all: readonly Altered[]) {
    for (const { namespace, kind, key } of all) {
      if (kind === 'namespace') this.namespaces.add(namespace);
      if (kind === 'link') this.#links.add(idIn(namespace, key));
      if (kind === 'address') this.#addressed.add(idIn(namespace, key.split(' ', 1)[0] ?? ''));
    }
  }

  hasLink(namespace: string, names: readonly string[]): boolean {
    return names.some((name) => this.#links.has(idIn(namespace, name)));
  }

  hasAddress(namespace: string, names: readonly string[]): boolean {
    return names.some((name) => this.#addressed.has(idIn(namespace, name)));
  }
}

const idIn = (namespace: string, link: string) => `${namespace} ${link}`;

/** True for what says nothing that the rest does not say. */
function isNoise({ kind: what, namespace, was, is }: Altered, carriers: Carriers): boolean {
  const object = is ?? was;
  if (what === 'namespace' || what === 'link' || !object) return false;
  const kind = OBJECT_KINDS[object.kind];
  const names = carriersOf(kind, object.value);
  if (object.kind === 'route' && kind.isDerived?.(object.value, {})) return carriers.hasLink(namespace, names) || carriers.hasAddress(namespace, names);
  if (was && is) return false;
  const isAlong = ALONG.includes(object.kind) || LINK_LOCAL.test(object.key);
  return isAlong && (carriers.namespaces.has(namespace) || carriers.hasLink(namespace, names));
}

/** Without what comes and goes with a namespace that came or went: hundreds of objects that would only be left out later. */
function withoutAlong(captured: Captured, other: Captured): Captured {
  return {
    places: captured.places.map((place) =>
      place.existed === sameIn(other, place)?.existed ? place : { ...place, objects: place.objects.filter(({ kind }) => !ALONG.includes(kind)) },
    ),
  };
}

/** Every object that a change altered, before and now. */
export function alteredObjects(before: Captured, after: Captured): AlteredObject[] {
  const all = changed(withoutAlong(before, after), withoutAlong(after, before));
  const carriers = new Carriers(all);
  const existed = new Map(before.places.map((place) => [captureName(place), place.existed]));
  return all.flatMap((altered): AlteredObject[] => {
    const { kind, namespace, what, was, is } = altered;
    const [then, now] = kind === 'namespace' ? [existed.get(namespace), !existed.get(namespace)] : [was !== undefined, is !== undefined];
    if (isNoise(altered, carriers)) return [];
    const object = kind === 'namespace' ? what : `${what} in ${namespace}`;
    if (!was || !is) return [{ object, before: then ? 'there' : null, now: now ? 'there' : null }];
    const names = differingFacts(was, is);
    return [{ object, before: factsText(was, names), now: factsText(is, names) }];
  });
}

/** Whether these are there or not can be foreseen exactly; routes and what the kernel makes by itself cannot. */
const FORESEEN: readonly CapturedObject['kind'][] = ['link', 'address', 'rule', 'vlan', 'firewall'];

/** True for an object of a kind that is foreseen exactly, and that the kernel does not make by itself. */
export function isForeseeable({ kind, key }: Pick<CapturedObject, 'kind' | 'key'>): boolean {
  return FORESEEN.includes(kind) && !(kind === 'address' && LINK_LOCAL.test(key));
}

function foreseeable({ places }: Captured): Captured {
  return { places: places.map((place) => ({ ...place, objects: place.objects.filter(({ kind }) => FORESEEN.includes(kind)) })) };
}

/** What came out otherwise than it was foreseen: objects that should be there and are not, or the other way round. */
export function differences(foreseen: Captured, after: Captured): string[] {
  return changed(foreseeable(foreseen), foreseeable(after)).flatMap(({ kind, key, namespace, what, was, is }) => {
    if (kind === 'namespace' || (was && is) || (kind === 'address' && LINK_LOCAL.test(key))) return [];
    return [`${what} in ${namespace} ${is ? 'is there' : 'is not there'}`];
  });
}
