// create_namespace
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { NewNamespaceName } from '../../../model/names.js';
import { ALREADY_SO, defineOperation, namespaceNamed, step } from '../../operation.js';
import { ShownNamespace, shownNamespace } from '../../parts/inputs.js';

/** Makes a named network namespace. Equivalent to: ip netns add NAME (ip-netns(8)). */
export const createNamespace = defineOperation({
  name: 'create_namespace',
  title: 'Create a namespace',
  description: 'Makes a named network namespace. It starts with only a loopback link, which is down.',
  action: 'namespace.create',
  destroys: false,
  input: z.strictObject({ name: NewNamespaceName }),
  namespaces: () => ['host'],
  runsIn: () => ['host'],
  perhaps: ({ name }) => [name],
  makes: ({ name }) => [name],
  needs: [],
  subjects: ({ name }, world) => [namespaceNamed(world, name)],
  plan({ name }, world) {
    const existing = world.find(name);
    if (existing?.owned) return ALREADY_SO;
    if (existing) {
      const what = existing.isHost ? 'it is the host itself' : 'somebody else made it';
      return fail('NAMESPACE_EXISTS', `A namespace "${name}" is already there, and ${what}.`, 'Choose another name, or inspect_namespace to see what it is.', {
        inode: existing.inode,
      });
    }
    return {
      steps: [step(world.at('host'), ['netns', 'add', name], { makes: name })],
      loses: [],
      undoable: true,
      made: { namespaces: [name] },
      touches: [{ namespace: name, whole: true }],
    };
  },
  foresee: ({ name }, foreseen) => foreseen.addNamespace(name),
  result: { namespace: ShownNamespace.nullable() },
  show: ({ name }, world) => ({ namespace: shownNamespace(world, name) }),
  tell: ({ namespace }, { name }) => (namespace ? `Namespace ${name} is inode ${namespace.inode}.` : `Namespace ${name} is not there yet.`),
});
