// Which namespaces a policy lets be seen.
import type { NamespaceSubject } from '../model/policy.js';
import type { Namespace, Snapshot } from '../model/snapshot.js';
import type { Policy } from '../policy/policy.js';

/** A namespace of a Snapshot as the policy sees it. */
function subjectOf({ inode, names, kind, owner }: Namespace): NamespaceSubject {
  return {
    kind: 'namespace',
    reference: names[0] ?? `inode:${inode}`,
    inode,
    names,
    is_host: kind === 'host',
    owned: owner?.engine === 'netns-mcp',
    lab: null,
    container: null,
  };
}

/** The namespaces of a Snapshot that may be listed. */
export function listable({ namespaces }: Snapshot, policy: Policy): Namespace[] {
  return namespaces.filter((namespace) => policy.decide({ action: 'namespace.list', subjects: [subjectOf(namespace)] }).effect === 'allow');
}
