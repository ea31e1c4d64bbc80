// Subjects and rules in words. What a caller may not know is said by a closure that knows what the policy hides.
import type { Action } from '../../model/actions.js';
import type { NamespaceSubject } from '../../model/policy.js';
import { visible } from '../../model/text.js';
import { SUBJECT_KINDS } from '../patterns/actions.js';
import type { NamespacePattern } from '../patterns/namespaces.js';
import type { Rule, Tuple } from '../rule.js';

/** True for a namespace that the policy does not let be listed. */
export type Hides = (namespace: NamespaceSubject) => boolean;

const LONGEST = 80;
const MOST_LISTED = 8;

/** A name of unknown origin, on one line and not too long. */
function shown(name: string): string {
  const text = visible(name);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** By the caller's own words alone: whatever else it is called is not said. */
function namespaceWords({ reference, is_host }: NamespaceSubject, hidden: boolean): string {
  if (hidden || !is_host) return `namespace ${shown(reference)}`;
  return reference === 'host' ? 'host' : `namespace ${shown(reference)}, which is the host's own`;
}

/** `link.delete on link eth0 in host: eth0 carries the default route`. */
export function tupleWords({ action, place, command, address, path }: Tuple, hides: Hides): string {
  const namespace = place?.kind === 'link' ? place.namespace : place;
  const hidden = namespace !== null && hides(namespace);
  const link = place?.kind === 'link' ? place : null;
  return [
    action,
    ...(command ? [`of ${shown(command.argv.join(' '))}`] : []),
    ...(link ? [hidden ? 'on a link' : `on link ${shown(link.name)}`] : []),
    ...(namespace ? [`in ${namespaceWords(namespace, hidden)}`] : []),
    ...(address ? [`with address ${shown(address)}`] : []),
    ...(path ? [`with path ${shown(path)}`] : []),
    ...(link?.protected_because && !hidden ? [`(protected: ${shown(link.protected_because)})`] : []),
  ].join(' ');
}

/** A sentence of a rule, with what it was applied to. */
export function reasonWords({ reason }: Rule, what: string): string {
  return `${reason.replace(/[.\s]+$/, '')}: ${what}.`;
}

const KEYWORDS = { all: 'any namespace', host: 'host', owned: 'namespaces that this server made', other: 'namespaces of others' } as const;

function patternWords(pattern: NamespacePattern): string {
  if (pattern.by === 'name') return `namespaces called ${shown(pattern.glob)}`;
  if (pattern.by === 'lab') return `namespaces of lab ${shown(pattern.glob)}`;
  if (pattern.by === 'container') return `namespaces of container ${shown(pattern.glob)}`;
  return KEYWORDS[pattern.by];
}

/** True when a pattern would tell of namespaces that are hidden: those that it is made for, be they ours or not, may not be listed. */
function tellsHidden(pattern: NamespacePattern, hides: Hides): boolean {
  if (!('glob' in pattern)) return false;
  const sample = pattern.glob.replace(/\*/g, '').replace(/\?/g, 'x');
  const base = { kind: 'namespace', reference: sample, inode: 1, names: pattern.by === 'name' ? [sample] : [], is_host: false } as const;
  const known = { lab: pattern.by === 'lab' ? sample : null, container: pattern.by === 'container' ? sample : null };
  return [true, false].some((owned) => hides({ ...base, ...known, names: [...base.names], owned }));
}

/** The namespaces of a rule; null when all that could be said is hidden. */
function placesWords({ namespaces }: Rule, hides: Hides): string | null {
  if (namespaces === null) return KEYWORDS.all;
  const told = (patterns: readonly NamespacePattern[]) => patterns.filter((pattern) => !tellsHidden(pattern, hides)).map(patternWords);
  const [positive, negative] = [told(namespaces.positive), told(namespaces.negative)];
  if (namespaces.positive.length > 0 && positive.length === 0) return null;
  const but = negative.length > 0 ? ` but not ${negative.join(' or ')}` : '';
  const withheld = negative.length < namespaces.negative.length ? ', with exceptions' : '';
  return `${positive.length > 0 ? positive.join(' or ') : KEYWORDS.all}${but}${withheld}`;
}

/** What a rule covers of some actions, in a phrase; null when that would tell what is hidden. */
export function scopeWords(rule: Rule, actions: readonly Action[], texts: readonly string[], hides: Hides): string | null {
  const places = placesWords(rule, hides);
  if (places === null) return null;
  const list = ({ texts: all }: { texts: readonly string[] }) =>
    [...all.slice(0, MOST_LISTED).map(shown), ...(all.length > MOST_LISTED ? [`${all.length - MOST_LISTED} more`] : [])].join(', ');
  const hasPlace = rule.namespaces !== null || actions.some((action) => SUBJECT_KINDS[action].always.includes('namespace'));
  return [
    texts.join(', '),
    ...(rule.commands ? [`of ${list(rule.commands)}`] : []),
    ...(rule.links ? [`on links ${list(rule.links)}`] : []),
    ...(rule.protected ? ['on protected links'] : []),
    ...(hasPlace ? [`in ${places}`] : []),
    ...(rule.addresses ? [`with addresses ${list(rule.addresses)}`] : []),
    ...(rule.paths ? [`with paths ${list(rule.paths)}`] : []),
  ].join(' ');
}
