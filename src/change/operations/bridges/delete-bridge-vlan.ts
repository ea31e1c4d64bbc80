// delete_bridge_vlan
import { z } from 'zod';
import { vlanCommand } from '../../objects/vlan.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { BridgeVlanInput, isRange, runsOf, vlanLink, vlansNamed, vlansOf, vlanText } from '../../parts/bridges/bridge-vlan.js';

/** Takes a port out of VLANs. Equivalent to: bridge vlan delete dev PORT vid VLAN (bridge(8)). */
export const deleteBridgeVlan = defineOperation({
  name: 'delete_bridge_vlan',
  title: 'Take a VLAN from a bridge port',
  description: 'Takes a bridge port, or the bridge itself, out of a VLAN or a range.',
  action: 'bridge.set',
  destroys: false,
  input: BridgeVlanInput.refine(isRange, { message: 'it comes before vlan', path: ['last_vlan'] }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'vlans'],
  subjects: ({ namespace, link }, world) => [linkAt(world, namespace, link)],
  plan(input, world) {
    const { namespace } = input;
    const { name } = vlanLink(world, input);
    const known = vlansNamed(world, input);
    if (known.length === 0) return ALREADY_SO;
    return {
      // The kernel stops at the first of a range that is not there.
      steps: runsOf(known.map(({ vlan }) => vlan)).map((run) => {
        const { args } = vlanCommand('delete', { device: name, pvid: false, untagged: false }, run, world.links(namespace));
        return step(world.at(namespace), args, { program: 'bridge' });
      }),
      loses: known.map((vlan) => `VLAN ${vlanText(vlan)}`),
      undoable: true,
    };
  },
  foresee(input, foreseen) {
    const gone = vlansNamed(foreseen, input);
    foreseen.drop(input.namespace, 'vlans', (known) => gone.includes(known));
  },
  result: { vlans_left: z.array(z.string()) },
  show: (input, world) => ({ vlans_left: vlansOf(world, input).map(vlanText) }),
  tell: ({ vlans_left }, { namespace, link }) =>
    vlans_left.length === 0 ? `${namespace}: ${link} is in no VLAN.` : `${namespace}: ${link} is still in VLAN ${vlans_left.join(', ')}`,
});
