// Completion of arguments in resource addresses and prompts: what exists and may be seen.
import { foundSubject } from '../../kernel/view.js';
import { namespaceSubject } from '../../model/change.js';
import type { Namespace } from '../../model/snapshot.js';
import { READY_POLICIES } from '../../policy/ready.js';
import type { Front } from '../front.js';

/** Most values that a completion may hold (MCP, completion/complete). */
const MOST_VALUES = 100;

function starting(known: Iterable<string>, typed: string): string[] {
  return [...new Set(known)].filter((value) => value.startsWith(typed)).slice(0, MOST_VALUES);
}

/** References of the namespaces that may be listed: a name where there is one, else the inode. */
export async function completeNamespaces(front: Front, typed: string): Promise<string[]> {
  const { kernel } = await front.services();
  // Nobody is asked for a mere completion.
  const mayBeTold = (namespace: Namespace) => front.policy.decide({ action: 'namespace.list', subjects: [foundSubject(namespace)] }).effect === 'allow';
  const namespaces = (await kernel.survey([])).namespaces.filter(mayBeTold);
  return starting(['host', ...namespaces.flatMap(({ kind, names, inode }) => (kind === 'host' ? [] : names.length > 0 ? names : [`inode:${inode}`]))], typed);
}

/** Names of the links in a namespace. */
export async function completeLinks(front: Front, reference: string, typed: string): Promise<string[]> {
  const { kernel, policy } = await front.services();
  try {
    using place = await kernel.resolve(reference);
    if (policy.decide({ action: 'namespace.read', subjects: [namespaceSubject(place)] }).effect !== 'allow') return [];
    const { state } = await kernel.read(place, ['links']);
    return starting(
      (state.links ?? []).map(({ name }) => name),
      typed,
    );
  } catch {
    // Half-typed: nothing to offer.
    return [];
  }
}

/** Names of the ready policies. */
export function completePolicies(typed: string): string[] {
  return starting(Object.keys(READY_POLICIES), typed);
}
