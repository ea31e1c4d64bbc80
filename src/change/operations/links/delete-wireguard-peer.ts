// delete_wireguard_peer
import { z } from 'zod';
import { PublicKey } from '../../../model/keys.js';
import { ALREADY_SO, defineOperation } from '../../operation.js';
import { deviceOf, foreseeDevice, ON_TUNNEL, WIREGUARD_OPERATION, wgSet } from '../../parts/links/wireguard.js';

/** Takes a peer from a wireguard link. Equivalent to: wg set LINK peer KEY remove (wg(8)). */
export const deleteWireguardPeer = defineOperation({
  ...WIREGUARD_OPERATION,
  name: 'delete_wireguard_peer',
  title: 'Delete a wireguard peer',
  description: 'Takes a peer from a wireguard link.',
  input: z.strictObject({ ...ON_TUNNEL, public_key: PublicKey.describe('Of the peer') }),
  namespaces: ({ namespace }) => [namespace],
  plan(input, world) {
    const device = deviceOf(input, world);
    if (!device.peers.some(({ public_key }) => public_key === input.public_key)) return ALREADY_SO;
    return { steps: [wgSet(input, world, [device.device, 'peer', input.public_key, 'remove'])], loses: [], undoable: true };
  },
  foresee(input, foreseen) {
    const device = deviceOf(input, foreseen);
    foreseeDevice(input, foreseen, { ...device, peers: device.peers.filter(({ public_key }) => public_key !== input.public_key) });
  },
});
