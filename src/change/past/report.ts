// The three-way report of a change: what was asked, what was so before, and what is so now, as the kernel was read back.
import type { AlteredObject } from '../../model/change.js';
import type { Captured, CapturedObject, CapturedPlace } from '../restore/captured.js';
import { captureName, sameIn } from '../restore/captured.js';
import { changed, type Difference, differingFacts, kindOfObject } from '../restore/compare.js';

/** Longest text of one fact: a whole ruleset is not told here. */
const MOST_OF_A_FACT = 120;

function objectAt(place: CapturedPlace | undefined, { kind, key }: Difference): CapturedObject | undefined {
  return place?.objects.find((object) => object.kind === kind && object.key === key);
}

function factsText(object: CapturedObject, names: readonly string[]): string {
  const facts = Object.entries(kindOfObject(object.kind).facts(object.value) ?? {});
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

function isNoise(difference: Difference, old: CapturedObject | undefined, now: CapturedObject | undefined, all: readonly Difference[]): boolean {
  const object = now ?? old;
  if (difference.kind === 'namespace' || difference.kind === 'link' || !object) return false;
  const kind = kindOfObject(object.kind);
  const carriers = kind.links(object.value);
  if (object.kind === 'route' && kind.isDerived?.(object.value, {})) {
    return all.some(({ namespace, kind: other, key }) => {
      const isOnIt = carriers.some((name) => (other === 'link' ? key === name : other === 'address' && key.startsWith(`${name} `)));
      return namespace === difference.namespace && isOnIt;
    });
  }
  if (old && now) return false;
  const comesOrGoes = all.some(({ namespace, kind: other, key }) => {
    const isHere = namespace === difference.namespace;
    return isHere && (other === 'namespace' || (other === 'link' && carriers.includes(key)));
  });
  return comesOrGoes && (ALONG.includes(object.kind) || LINK_LOCAL.test(object.key));
}

/** Every object that a change altered, before and now. */
export function alteredObjects(before: Captured, after: Captured): AlteredObject[] {
  const all = changed(before, after);
  return all.flatMap((difference): AlteredObject[] => {
    const was = before.places.find((place) => captureName(place) === difference.namespace);
    const is = was && sameIn(after, was);
    const object = difference.kind === 'namespace' ? difference.what : `${difference.what} in ${difference.namespace}`;
    if (difference.kind === 'namespace') return [{ object, before: was?.existed ? 'there' : null, now: is?.existed ? 'there' : null }];
    const [old, now] = [objectAt(was, difference), objectAt(is, difference)];
    if (isNoise(difference, old, now, all)) return [];
    if (!old || !now) return [{ object, before: old ? 'there' : null, now: now ? 'there' : null }];
    const names = differingFacts(old, now);
    return [{ object, before: factsText(old, names), now: factsText(now, names) }];
  });
}

/** Whether these are there or not can be foreseen exactly; routes and what the kernel makes by itself cannot. */
const FORESEEN = ['link', 'address', 'rule', 'vlan', 'firewall'];

/** What came out otherwise than it was foreseen: objects that should be there and are not, or the other way round. */
export function differences(foreseen: Captured, after: Captured): string[] {
  return changed(foreseen, after).flatMap((difference) => {
    if (!FORESEEN.includes(difference.kind) || (difference.kind === 'address' && LINK_LOCAL.test(difference.key))) return [];
    const shall = foreseen.places.find((place) => captureName(place) === difference.namespace);
    const is = shall && sameIn(after, shall);
    const [wanted, now] = [objectAt(shall, difference), objectAt(is, difference)];
    if (wanted && now) return [];
    return [`${difference.what} in ${difference.namespace} ${now ? 'is there' : 'is not there'}`];
  });
}
