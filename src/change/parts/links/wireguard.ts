// What the operations on wireguard links share (wg(8)). Private and preshared keys go in by standard input and never come out.
import { z } from 'zod';
import { placeName } from '../../../model/change.js';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Section, WireguardDevice, WireguardPeer } from '../../../model/snapshot.js';
import { devicesIn } from '../../objects/wireguard.js';
import { linkAt, step } from '../../operation.js';
import type { Foreseen } from '../../plan/foreseen.js';
import type { World } from '../../plan/world.js';
import { InNamespace } from '../inputs.js';

export const ON_TUNNEL = { namespace: InNamespace, link: LinkReference };
export interface OnTunnel {
  namespace: string;
  link: string;
}

/** The configuration of a link. @throws NetnsError LINK_KIND_MISMATCH, COMMAND_MISSING. */
export function deviceOf({ namespace, link }: OnTunnel, world: World): WireguardDevice {
  const found = world.link(namespace, link);
  const device = devicesIn({ state: world.state(namespace) }).find((each) => each.device === found.name);
  if (device) return device;
  // What an earlier operation of the same list made has no keys yet.
  if (found.kind === 'wireguard' && found.index < 0)
    return { device: found.name, private_key: null, public_key: null, listen_port: null, fwmark: null, peers: [] };
  const where = `Link ${found.name} in ${placeName(world.at(namespace))}`;
  if (found.kind === 'wireguard')
    return fail('COMMAND_MISSING', `${where} cannot be configured: wg is not installed.`, 'Install it: apt install wireguard-tools.');
  return fail('LINK_KIND_MISMATCH', `${where} (${found.kind}) is no wireguard link.`, 'Make one with create_link, kind wireguard; where the kernel has none, start wireguard-go.', { kind: found.kind }); // biome-ignore format: one thought
}

/** One call of `wg set`; a secret goes in where `/dev/stdin` stands. */
export function wgSet({ namespace }: OnTunnel, world: World, args: string[], secret?: string) {
  return step(world.at(namespace), ['set', ...args], { program: 'wg', ...(secret === undefined ? {} : { stdin: `${secret}\n`, isSecret: true }) });
}

/** Puts a changed configuration in the place of the old one. */
export function foreseeDevice({ namespace }: OnTunnel, foreseen: Foreseen, device: WireguardDevice): void {
  foreseen.drop(namespace, 'wireguard', (each) => each.device === device.device);
  foreseen.put(namespace, 'wireguard', device);
}

/** A peer without what it may keep to itself. */
const ShownPeer = z.strictObject({
  public_key: z.string(),
  endpoint: z.string().nullable(),
  allowed_ips: z.array(z.string()),
  keepalive_s: z.number().nullable(),
  has_preshared_key: z.boolean(),
});

function shownPeer({ preshared_key, ...peer }: WireguardPeer): z.input<typeof ShownPeer> {
  return { ...peer, has_preshared_key: preshared_key !== null };
}

const ShownDevice = z.strictObject({
  public_key: z.string().nullable(),
  listen_port: z.number().nullable(),
  fwmark: z.number().nullable(),
  peers: z.array(ShownPeer),
});

/** What is the same in all operations on a wireguard link. */
export const WIREGUARD_OPERATION = {
  action: 'tunnel.key',
  destroys: false,
  needs: ['links', 'wireguard'] as const satisfies readonly Section[],
  subjects: ({ namespace, link }: OnTunnel, world: World) => [linkAt(world, namespace, link)],
  result: { wireguard: ShownDevice.nullable() },
  show: (on: OnTunnel, world: World) => {
    const found = world.find(on.namespace) && world.findLink(on.namespace, on.link);
    const device = found && devicesIn({ state: world.state(on.namespace) }).find((each) => each.device === found.name);
    if (!device) return { wireguard: null };
    const { public_key, listen_port, fwmark, peers } = device;
    return { wireguard: { public_key, listen_port, fwmark, peers: peers.map(shownPeer) } };
  },
  tell: ({ wireguard }: { wireguard: z.output<typeof ShownDevice> | null }, { namespace, link }: OnTunnel) => {
    if (!wireguard) return `${namespace}: ${link} has no wireguard settings.`;
    const { public_key, listen_port, peers } = wireguard;
    const told = peers.map((peer) => `${peer.public_key} (${peer.allowed_ips.join(', ') || 'no addresses'})`);
    return `${namespace}: ${link} has the public key ${public_key ?? 'none'}, port ${listen_port ?? 'of chance'}, ${told.length === 0 ? 'no peer' : `peers ${told.join(', ')}`}.`;
  },
} as const;
