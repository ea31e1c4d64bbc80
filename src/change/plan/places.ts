// The namespaces of one change: each reference resolved to an open handle, for as long as the change takes.

import { lstatSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { NamespaceHandle } from '../../exec/handle.js';
import { heldNamespace } from '../../kernel/held.js';
import type { HeldNamespace, Kernel } from '../../kernel/kernel.js';
import { NAMES_DIRECTORY } from '../../kernel/sources/names.js';
import type { ResolvedNamespace } from '../../model/change.js';
import { NetnsError } from '../../model/errors.js';
import type { Held } from '../../model/held.js';
import { isPlainName } from '../../model/names.js';

/** How long a name may be in the making. */
const MAKING_ROUNDS = 5;
const MAKING_PAUSE_MS = 20;

/** By reference. */
export type Places = Map<string, HeldNamespace>;

/** Resolves a reference that is not among the places yet. */
export async function resolveInto(places: Places, kernel: Pick<Kernel, 'resolve'>, reference: string, held: Held, signal?: AbortSignal): Promise<void> {
  if (!places.has(reference)) places.set(reference, held.keep(await kernel.resolve(reference, signal)));
}

/** @throws NetnsError when the reference leads nowhere any more, or to another namespace than it did. */
export async function stillThere(place: HeldNamespace | undefined, kernel: Kernel, reference: string, signal?: AbortSignal): Promise<void> {
  using now = await kernel.resolve(reference, signal);
  if (now.inode !== place?.inode) {
    throw new NetnsError('NAMESPACE_VANISHED', `Another namespace took the place of ${now.reference} while the call waited.`, 'Call list_namespaces again.');
  }
}

/**
 * As `resolveInto`, but a namespace that is not there is no error. `ip netns add` makes the file of a name before it mounts the namespace
 * on it: what looks stale may be in the making.
 */
export async function resolvePerhaps(places: Places, kernel: Pick<Kernel, 'resolve'>, reference: string, held: Held, signal?: AbortSignal): Promise<void> {
  // Asked first: an error with near names is costly to make, and here it would only say that all is well.
  if (isPlainName(reference) && !lstatSync(`${NAMES_DIRECTORY}/${reference}`, { throwIfNoEntry: false })) return;
  for (let round = 0; ; round++) {
    try {
      return await resolveInto(places, kernel, reference, held, signal);
    } catch (error) {
      if (!(error instanceof NetnsError)) throw error;
      if (error.code === 'NAMESPACE_NOT_FOUND') return;
      if (error.code !== 'NOT_A_NAMESPACE' || round === MAKING_ROUNDS) throw error;
    }
    await setTimeout(MAKING_PAUSE_MS);
  }
}

/** A namespace that an operation of a list is going to make: until then there is only its name. */
export class PlannedNamespace implements HeldNamespace {
  readonly reference: string;
  readonly names: string[];
  readonly isHost = false;
  readonly owned = true;
  readonly entry: { name: string };
  /** What stands for its inode while there is none. */
  readonly placeholder: number;
  #made: HeldNamespace | null = null;

  /** @param order Tells it from others of the list. */
  constructor(name: string, order: number) {
    this.reference = name;
    this.names = [name];
    this.entry = { name };
    this.placeholder = -order;
  }

  /** It is there now. */
  become(made: HeldNamespace): void {
    this.#made = made;
  }

  get isPlanned(): boolean {
    return this.#made === null;
  }

  /** Negative while it is not there. */
  get inode(): number {
    return this.#made?.inode ?? this.placeholder;
  }

  get path(): string {
    return this.#there.path;
  }

  get handle(): NamespaceHandle {
    return this.#there.handle;
  }

  [Symbol.dispose](): void {
    this.#made?.[Symbol.dispose]();
  }

  get #there(): HeldNamespace {
    if (this.#made === null) throw new Error(`namespace ${this.reference} is not made yet`);
    return this.#made;
  }
}

/** Opens a namespace that `ip netns add` has just made. @throws NetnsError NAMESPACE_VANISHED. */
export function openMade(name: string): HeldNamespace {
  const file = `${NAMES_DIRECTORY}/${name}`;
  const inode = statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
  const handle = NamespaceHandle.open(file, new Set([inode]));
  return heldNamespace(handle, { reference: name, names: [name], entry: { name }, owned: true });
}

/** True while a namespace is not made yet, and there is only its name. */
export function isPlanned(place: ResolvedNamespace): boolean {
  return place instanceof PlannedNamespace && place.isPlanned;
}
