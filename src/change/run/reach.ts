// How far a change reaches: what it may alter, and what is read of that before and after it.
import type { ResolvedNamespace } from '../../model/change.js';
import type { LinkSubject } from '../../model/policy.js';
import { type NamespaceState, SECTIONS, type Section } from '../../model/snapshot.js';
import type { Touch } from '../operation.js';
import { type Planned, type PlannedOperation, referencesIn, sectionsByPlace } from '../plan/planning.js';

/** What the operations that do something may alter. */
export function touchesOf(operations: readonly PlannedOperation[]): Touch[] {
  return operations.flatMap(({ decided, judged: { subjects } }): Touch[] => {
    if (decided.steps.length === 0) return [];
    if (decided.gone?.livesOn) return [{ namespace: decided.gone.namespace, name: true }];
    const isLeft = (subject: LinkSubject) =>
      decided.leaves?.some(({ namespace, link }) => namespace === subject.namespace.reference && (link === subject.name || link === `index:${subject.index}`));
    const links = subjects.flatMap((subject) =>
      subject.kind === 'link' && !isLeft(subject) ? [{ namespace: subject.namespace.reference, link: subject.name }] : [],
    );
    const namespaces = [...(decided.made?.namespaces ?? []), ...(decided.gone ? [decided.gone.namespace] : [])];
    return [...links, ...(decided.touches ?? []), ...namespaces.map((namespace): Touch => ({ namespace, whole: true }))];
  });
}

/** The sections that are read back of each namespace, by any reference to it. */
export function sectionsReadBack({ operations, foreseen, places }: Planned): (place: Pick<ResolvedNamespace, 'inode'>) => Section[] {
  const referencesOf = (each: PlannedOperation) => {
    const subjects = each.judged.subjects.flatMap((subject) =>
      subject.kind === 'link' ? [subject.namespace.reference] : subject.kind === 'namespace' ? [subject.reference] : [],
    );
    return [...referencesIn(each), ...subjects, ...(each.decided.touches ?? []).map(({ namespace }) => namespace)];
  };
  const done = operations.filter(({ decided }) => decided.steps.length > 0);
  return sectionsByPlace(done, referencesOf, (reference) => foreseen.find(reference) ?? places.get(reference));
}

/** What is read back later, of what was read: of the host more is read before, for the links that are protected. */
export function onlyOf(state: NamespaceState, sections: readonly Section[]): NamespaceState {
  const kept = { ...state };
  for (const section of SECTIONS) if (section !== 'links' && !sections.includes(section)) delete kept[section];
  return kept;
}

/** Of what was foreseen the sections that were read back. */
export function likeRead(foreseen: ReadonlyMap<number, NamespaceState>, read: ReadonlyMap<number, NamespaceState>): Map<number, NamespaceState> {
  return new Map(
    [...foreseen].map(([inode, state]) => {
      const known = read.get(inode) ?? {};
      return [inode, Object.fromEntries(Object.entries(state).filter(([section]) => section in known))];
    }),
  );
}
