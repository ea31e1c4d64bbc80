// A world whose objects can be put, exchanged and dropped: what a list of operations leaves of it. Pure.
import type { HeldNamespace } from '../../kernel/kernel.js';
import type { OwnedLinks } from '../../kernel/marks.js';
import type { NamespaceState } from '../../model/snapshot.js';
import type { PlannedNamespace } from './places.js';
import { World } from './world.js';

type Lists = { [Name in keyof NamespaceState]-?: NonNullable<NamespaceState[Name]> extends (infer Item)[] ? Item : never };
/** Sections that are lists. */
type ListName = { [Name in keyof Lists]: [Lists[Name]] extends [never] ? never : Name }[keyof Lists];

/** A world in the making, with all that was ever in it. */
export class Draft extends World {
  /** By name, the namespaces that operations of the list may make. */
  readonly planned: ReadonlyMap<string, PlannedNamespace>;
  protected readonly marked: (place: HeldNamespace) => OwnedLinks;
  /** By inode what was ever put there, by section. */
  readonly #ever = new Map<number, NamespaceState>();

  /** @param marked Links that bear this server's mark. */
  constructor(
    places: ReadonlyMap<string, HeldNamespace>,
    states: ReadonlyMap<number, NamespaceState>,
    planned: ReadonlyMap<string, PlannedNamespace>,
    marked: (place: HeldNamespace) => OwnedLinks = () => new Set(),
  ) {
    super(new Map(places), new Map(states));
    this.planned = planned;
    this.marked = marked;
  }

  /** By reference, the namespaces that there will be. */
  all(): ReadonlyMap<string, HeldNamespace> {
    return this.places;
  }

  /** What each will hold, by inode: of those that have been made meanwhile by the one that they have now. */
  allStates(): ReadonlyMap<number, NamespaceState> {
    const made = [...this.planned.values()].map(({ inode, placeholder }) => [inode, this.states.get(placeholder) ?? {}] as const);
    return new Map([...this.states, ...made]);
  }

  /** A namespace that turns out to be touched, as it was read. */
  admit(reference: string, place: HeldNamespace, state: NamespaceState): void {
    this.places.set(reference, place);
    this.states.set(place.inode, { ...state, ...this.states.get(place.inode) });
  }

  /** One more object of a section. @param at Its place among the others: the last when nothing is said. */
  put<Name extends ListName>(reference: string, section: Name, item: Lists[Name], at = this.list(reference, section).length): void {
    this.write(reference, section, this.list(reference, section).toSpliced(at, 0, item));
    const { inode } = this.at(reference);
    const ever = this.#ever.get(inode) ?? {};
    const known = (ever[section] ?? []) as Lists[Name][];
    known.push(item);
    this.#ever.set(inode, { ...ever, [section]: known });
  }

  /** All that there is at any moment while the list is carried out: also what one operation puts there and a later one takes away. */
  everThere(): ReadonlyMap<number, NamespaceState> {
    return new Map([...this.states].map(([inode, state]) => [inode, joined(state, this.#ever.get(inode) ?? {})]));
  }

  /** One object of a section becomes another, in its place. */
  exchange<Name extends ListName>(reference: string, section: Name, known: Lists[Name], item: Lists[Name]): void {
    this.write(
      reference,
      section,
      this.list(reference, section).map((each) => (each === known ? item : each)),
    );
  }

  /** Those of a section for which `goes` says so go. */
  drop<Name extends ListName>(reference: string, section: Name, goes: (item: Lists[Name]) => boolean): void {
    const list = this.list(reference, section);
    const kept = list.filter((item) => !goes(item));
    if (kept.length < list.length) this.write(reference, section, kept);
  }

  /** One key or name of a section that is a record. */
  set(reference: string, section: 'sysctls' | 'files', key: string, value: string | null): void {
    const { inode } = this.at(reference);
    const state = this.states.get(inode) ?? {};
    const { [key]: _, ...others } = state[section] ?? {};
    this.states.set(inode, { ...state, [section]: value === null ? others : { ...others, [key]: value } });
  }

  protected list<Name extends ListName>(reference: string, section: Name): Lists[Name][] {
    return (this.state(reference)[section] ?? []) as Lists[Name][];
  }

  protected write<Name extends ListName>(reference: string, section: Name, list: Lists[Name][]): void {
    const { inode } = this.at(reference);
    this.states.set(inode, { ...this.states.get(inode), [section]: list });
  }
}

/** Two states; lists of the same section follow one another. */
function joined(state: NamespaceState, more: NamespaceState): NamespaceState {
  const lists = Object.entries(more).map(([section, items]) => [section, [...((state[section as ListName] ?? []) as unknown[]), ...(items as unknown[])]]);
  return { ...state, ...Object.fromEntries(lists) };
}
