// set_wireguard_peer
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { networkOf, parseIp, parsePrefix, prefixText } from '../../../model/ip.js';
import { newPresharedKey, PublicKey } from '../../../model/keys.js';
import type { Subject } from '../../../model/policy.js';
import type { WireguardDevice, WireguardPeer } from '../../../model/snapshot.js';
import { ALREADY_SO, defineOperation, linkAt } from '../../operation.js';
import { Destination } from '../../parts/inputs.js';
import { deviceOf, foreseeDevice, ON_TUNNEL, WIREGUARD_OPERATION, wgSet } from '../../parts/links/wireguard.js';
import type { World } from '../../plan/world.js';

/** `ADDRESS:PORT` as wg(8) prints it. A name would be looked up in the host's namespace. */
const Endpoint = z.string().max(64).transform((text, context) => {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const ip = parseIp(bracketed ?? plain ?? '');
  if (ip && Number(port) < 65_536 && (ip.family === 'inet6') === (bracketed !== undefined)) return bracketed === undefined ? `${ip.address}:${port}` : `[${ip.address}]:${port}`;
  context.addIssue({ code: 'custom', message: 'not ADDRESS:PORT, such as 192.0.2.1:51820 or [2001:db8::1]:51820' });
  return z.NEVER;
}); // biome-ignore format: one thought

/** The address of an endpoint, without its port. */
function hostOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

const AllowedIp = Destination.transform((text, context) => {
  const prefix = parsePrefix(text);
  if (prefix) return prefixText(networkOf(prefix));
  context.addIssue({ code: 'custom', message: 'say 0.0.0.0/0 or ::/0' });
  return z.NEVER;
});

const Input = z.strictObject({
  ...ON_TUNNEL,
  public_key: PublicKey.describe('Of the peer'),
  allowed_ips: z.array(AllowedIp).max(256).optional().describe('All prefixes behind it; as they are when left out'),
  endpoint: Endpoint.optional().describe('ADDRESS:PORT'),
  keepalive_s: z.number().int().min(0).max(65_535).optional().describe('0: none'),
  preshared_with: z.strictObject(ON_TUNNEL).optional().describe("The peer's own link, on this host: both get a new preshared key"),
});
type Input = z.output<typeof Input>;

const NEW: Omit<WireguardPeer, 'public_key'> = { preshared_key: null, endpoint: null, allowed_ips: [], keepalive_s: null };

function peerIn({ peers }: WireguardDevice, public_key: string): WireguardPeer {
  return peers.find((peer) => peer.public_key === public_key) ?? { public_key, ...NEW };
}

const isSameList = (a: readonly string[], b: readonly string[]) => a.toSorted().join() === b.toSorted().join();

/** What of the settings is not so yet, as words of wg(8). */
function wordsFor({ allowed_ips, endpoint, keepalive_s }: Input, peer: WireguardPeer): string[] {
  return [
    ...(endpoint === undefined || endpoint === peer.endpoint ? [] : ['endpoint', endpoint]),
    ...(keepalive_s === undefined || keepalive_s === (peer.keepalive_s ?? 0) ? [] : ['persistent-keepalive', String(keepalive_s)]),
    ...(allowed_ips === undefined || isSameList(allowed_ips, peer.allowed_ips) ? [] : ['allowed-ips', allowed_ips.join(',')]),
  ];
}

/** The other end, where both are to share a key: its configuration, and that of this link as a peer of it. */
function otherEnd({ preshared_with, public_key }: Input, device: WireguardDevice, world: World) {
  if (!preshared_with) return null;
  const other = deviceOf(preshared_with, world);
  if (other.public_key !== public_key) {
    return fail('INVALID_INPUT', `Link ${other.device} has another public key than the peer.`, 'Name the link that has this public key; set_wireguard shows it.', { public_key: other.public_key }); // biome-ignore format: one thought
  }
  if (device.public_key === null) return fail('INVALID_INPUT', `Link ${device.device} has no key yet.`, 'Call set_wireguard for it first.');
  return { on: preshared_with, device: other, peer: peerIn(other, device.public_key) };
}

/** A prefix belongs to one peer: it leaves the one that had it. */
function withPeer(device: WireguardDevice, peer: WireguardPeer): WireguardDevice {
  const others = device.peers.filter(({ public_key }) => public_key !== peer.public_key);
  return { ...device, peers: [...others.map((other) => ({ ...other, allowed_ips: other.allowed_ips.filter((ip) => !peer.allowed_ips.includes(ip)) })), peer] };
}

/** Adds a peer to a wireguard link, or changes it. Equivalent to: wg set LINK peer KEY endpoint ADDRESS:PORT allowed-ips PREFIX,… (wg(8)). */
export const setWireguardPeer = defineOperation({
  ...WIREGUARD_OPERATION,
  name: 'set_wireguard_peer',
  title: 'Set a wireguard peer',
  description: 'Adds a peer to a wireguard link, or changes it: what is left out stays. Routes to its prefixes are added with add_route.',
  input: Input,
  namespaces: ({ namespace, preshared_with }) => [namespace, ...(preshared_with ? [preshared_with.namespace] : [])],
  subjects: ({ namespace, link, preshared_with, endpoint, allowed_ips = [] }, world) => [
    linkAt(world, namespace, link),
    ...[...(endpoint === undefined ? [] : [hostOf(endpoint)]), ...allowed_ips].map((address): Subject => ({ kind: 'address', address })),
    ...(preshared_with ? [linkAt(world, preshared_with.namespace, preshared_with.link)] : []),
  ],
  plan(input, world) {
    const device = deviceOf(input, world);
    const peer = peerIn(device, input.public_key);
    const other = otherEnd(input, device, world);
    const words = wordsFor(input, peer);
    const isKeyMade = other !== null && (peer.preshared_key === null || peer.preshared_key !== other.peer.preshared_key);
    const isNew = !device.peers.includes(peer);
    if (words.length === 0 && !isKeyMade && !isNew) return ALREADY_SO;
    const key = isKeyMade ? newPresharedKey() : undefined;
    const keyWords = key === undefined ? [] : ['preshared-key', '/dev/stdin'];
    const taken = device.peers.flatMap(({ public_key, allowed_ips }) =>
      public_key === input.public_key ? [] : allowed_ips.filter((ip) => input.allowed_ips?.includes(ip)).map((ip) => `${ip} of peer ${public_key}`),
    );
    return {
      steps: [
        wgSet(input, world, [device.device, 'peer', input.public_key, ...keyWords, ...words], key),
        ...(other && key !== undefined ? [wgSet(other.on, world, [other.device.device, 'peer', other.peer.public_key, ...keyWords], key)] : []),
      ],
      loses: taken,
      undoable: true,
    };
  },
  foresee(input, foreseen, { steps }) {
    const device = deviceOf(input, foreseen);
    const other = otherEnd(input, device, foreseen);
    const peer = peerIn(device, input.public_key);
    const key = steps[0]?.stdin?.trim();
    const { endpoint = peer.endpoint, allowed_ips = peer.allowed_ips, keepalive_s = peer.keepalive_s } = input;
    const preshared_key = key ?? peer.preshared_key;
    foreseeDevice(input, foreseen, withPeer(device, { ...peer, endpoint, allowed_ips, keepalive_s: keepalive_s || null, preshared_key }));
    if (other && key !== undefined) foreseeDevice(other.on, foreseen, withPeer(deviceOf(other.on, foreseen), { ...other.peer, preshared_key: key }));
  },
});
