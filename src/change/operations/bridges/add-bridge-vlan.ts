// add_bridge_vlan
import { z } from 'zod';
import { vlanCommand } from '../../objects/vlan.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { BridgeVlanInput, isRange, runsOf, vlanLink, vlansNamed, vlansOf, vlanText } from '../../parts/bridges/bridge-vlan.js';

/** Makes a port a member of VLANs. Equivalent to: bridge vlan add dev PORT vid VLAN pvid untagged (bridge(8)). */
export const addBridgeVlan = defineOperation({
  name: 'add_bridge_vlan',
  title: 'Add a VLAN to a bridge port',
  description: 'Makes a bridge port, or the bridge itself, a member of a VLAN or a range. Counts once the bridge has vlan_filtering.',
  action: 'bridge.set',
  destroys: false,
  input: z
    .strictObject({
      ...BridgeVlanInput.shape,
      pvid: z.boolean().default(false).describe('Untagged frames that come in belong to it'),
      untagged: z.boolean().default(false).describe('Frames leave without a tag'),
    })
    .refine(isRange, { message: 'it comes before vlan', path: ['last_vlan'] })
    .refine(({ pvid, last_vlan }) => !pvid || last_vlan === undefined, { message: 'only one VLAN can be it', path: ['pvid'] }),
  namespaces: ({ namespace }) => [namespace],
  needs: ['links', 'vlans'],
  subjects: ({ namespace, link }, world) => [linkAt(world, namespace, link)],
  plan(input, world) {
    const { namespace, vlan, last_vlan = vlan, pvid, untagged } = input;
    const { name } = vlanLink(world, input);
    const known = vlansNamed(world, input);
    const same = known.filter((other) => other.pvid === pvid && other.untagged === untagged).map((other) => other.vlan);
    const wanted = Array.from({ length: last_vlan - vlan + 1 }, (_, i) => vlan + i).filter((number) => !same.includes(number));
    if (wanted.length === 0) return ALREADY_SO;
    const formerly = pvid ? vlansOf(world, input).filter((other) => other.pvid && other.vlan !== vlan) : [];
    return {
      steps: runsOf(wanted).map((run) => {
        const { args } = vlanCommand('add', { device: name, pvid, untagged }, run, world.links(namespace));
        return step(world.at(namespace), args, { program: 'bridge' });
      }),
      loses: [
        ...known.filter((other) => !same.includes(other.vlan)).map((other) => `how it was a member: ${vlanText(other)}`),
        ...formerly.map((other) => `that VLAN ${other.vlan} is the one of untagged frames`),
      ],
      undoable: true,
    };
  },
  foresee(input, foreseen) {
    const { namespace, link, vlan, last_vlan = vlan, pvid, untagged } = input;
    const { name: device } = foreseen.link(namespace, link);
    const others = vlansOf(foreseen, input).filter((known) => known.vlan < vlan || known.vlan > last_vlan);
    foreseen.drop(namespace, 'vlans', (known) => known.device === device);
    for (const other of others) foreseen.put(namespace, 'vlans', pvid ? { ...other, pvid: false } : other);
    for (let number = vlan; number <= last_vlan; number++) foreseen.put(namespace, 'vlans', { device, vlan: number, pvid, untagged });
  },
  result: { vlans: z.array(z.string()) },
  show: (input, world) => ({ vlans: vlansNamed(world, input).map(vlanText) }),
  tell: ({ vlans }, { namespace, link }) =>
    vlans.length === 0 ? `${namespace}: ${link} is in none of them.` : `${namespace}: ${link} is in VLAN ${vlans.join(', ')}`,
});
