// The namespaces of one change: each reference resolved to an open handle, for as long as the change takes.
import { setTimeout } from 'node:timers/promises';
import type { HeldNamespace, Kernel } from '../kernel/kernel.js';
import { NetnsError } from '../model/errors.js';
import type { Held } from '../model/held.js';

/** How long a name may be in the making. */
const MAKING_ROUNDS = 5;
const MAKING_PAUSE_MS = 20;

/** By reference. */
export type Places = Map<string, HeldNamespace>;

/** Resolves a reference that is not among the places yet. */
export async function resolveInto(places: Places, kernel: Kernel, reference: string, held: Held, signal?: AbortSignal): Promise<void> {
  if (!places.has(reference)) places.set(reference, held.keep(await kernel.resolve(reference, signal)));
}

/** @throws NetnsError when the reference leads nowhere any more, or to another namespace than it did. */
export async function stillThere(place: HeldNamespace | undefined, kernel: Kernel, reference: string, signal: AbortSignal): Promise<void> {
  using now = await kernel.resolve(reference, signal);
  if (now.inode !== place?.inode) {
    throw new NetnsError('NAMESPACE_VANISHED', `Another namespace took the place of ${now.reference} while the call waited.`, 'Call list_namespaces again.');
  }
}

/**
 * As `resolveInto`, but a namespace that is not there is no error. `ip netns add` makes the file of a name before it mounts the namespace
 * on it: what looks stale may be in the making.
 */
export async function resolvePerhaps(places: Places, kernel: Kernel, reference: string, held: Held, signal?: AbortSignal): Promise<void> {
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
