// A namespace of which only a handle is at hand, as one that was resolved.
import type { NamespaceHandle } from '../exec/handle.js';
import { hostInode } from './discover.js';
import type { HeldNamespace } from './kernel.js';

/** What is known of it besides: how it was asked for, its names, how a person enters it, whether this server made it. */
export type Known = Pick<HeldNamespace, 'reference' | 'names' | 'entry' | 'owned'>;

/** A namespace by its open handle. Disposing it closes the handle. */
export function heldNamespace(handle: NamespaceHandle, known: Known): HeldNamespace {
  const { inode, path } = handle;
  return { ...known, inode, isHost: inode === hostInode(), path, handle, [Symbol.dispose]: () => handle[Symbol.dispose]() };
}
