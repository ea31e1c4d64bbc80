// What a policy lets be seen.
import type { View } from '../kernel/view.js';
import type { Policy } from '../policy/policy.js';

/** The view of a policy: namespaces that may not be listed are not there. */
export function viewOf(policy: Policy): View {
  return {
    isVisible: (subject) => policy.decide({ action: 'namespace.list', subjects: [subject] }).effect !== 'deny',
    redacts: policy.redacts,
  };
}
