// The reading side of the house as one object.
import type { NamespaceHandle } from '../exec/handle.js';
import type { ResolvedNamespace } from '../model/change.js';
import type { Namespace, NamespaceState, Section, Snapshot, Unread } from '../model/snapshot.js';

/** A resolved namespace with the handle that keeps it; dispose it when the call is done. */
export interface HeldNamespace extends ResolvedNamespace, Disposable {
  handle: NamespaceHandle;
}

/** A namespace's id as somebody else knows it. */
export interface GivenId {
  /** The namespace that has given the id. */
  in: { inode: number; names: string[] };
  nsid: number;
}

/** Reads the kernel. Nothing in it changes anything. */
export interface Kernel {
  /** Opens the namespace that a reference points at. @throws NetnsError with near names. */
  resolve(reference: string, signal?: AbortSignal): Promise<HeldNamespace>;
  /** Opens many references by one look at the names: for as long as it takes to open them. */
  withNames(): Pick<Kernel, 'resolve'>;
  /** Reads sections of one namespace. */
  read(place: HeldNamespace, sections: readonly Section[], signal?: AbortSignal): Promise<{ state: NamespaceState; unread: Unread[] }>;
  /**
   * Every namespace of the host, with the sections asked for of each.
   * @param choose Inodes of those whose sections are read, when not all are.
   */
  survey(sections: readonly Section[], signal?: AbortSignal, choose?: (all: readonly Namespace[]) => readonly number[]): Promise<Snapshot>;
  /** Ids that `relativeTo` has given, by inode; and every namespace that has given `target` an id. */
  idsGivenBy(relativeTo: HeldNamespace, signal?: AbortSignal): Promise<ReadonlyMap<number, number>>;
  idsOf(target: HeldNamespace, signal?: AbortSignal): Promise<{ ids: GivenId[]; unread: Unread[] }>;
}
