// The reading side of the house as one object.
import type { NamespaceHandle } from '../exec/handle.js';
import type { ResolvedNamespace } from '../model/change.js';
import type { Section, Snapshot } from '../model/snapshot.js';

/** A resolved namespace with the handle that keeps it; dispose it when the call is done. */
export interface HeldNamespace extends ResolvedNamespace, Disposable {
  handle: NamespaceHandle;
}

export interface SnapshotRequest {
  /** Handles of the namespaces to read; every namespace on the host when absent. */
  namespaces?: readonly HeldNamespace[];
  sections: readonly Section[];
  signal?: AbortSignal | undefined;
}

export interface Kernel {
  /** Opens the namespace that a reference points at. @throws NetnsError with near names. */
  resolve(reference: string, signal?: AbortSignal): Promise<HeldNamespace>;
  snapshot(request: SnapshotRequest): Promise<Snapshot>;
}
