// The configuration of a wireguard link (wg(8)): keys, port, peers. It goes with its link. Keys travel by standard input alone.
import { createHash } from 'node:crypto';
import { WireguardDevice } from '../../model/objects.js';
import { defineObject, type Site, type Words } from './object.js';

/** A link has a configuration of wireguard when the kernel or wireguard-go made it; the latter's is a TUN. */
const KINDS = ['wireguard', 'tun'];

/** Tells that a secret is another one, and nothing else of it. */
function fingerprint(secret: string | null): string | null {
  return secret === null ? null : createHash('sha256').update(`netns-mcp ${secret}`).digest('hex').slice(0, 16);
}

/** A whole configuration in the form of wg(8). */
function wireguardText({ private_key, listen_port, fwmark, peers }: WireguardDevice): string {
  const line = (name: string, value: string | number | null) => (value === null || value === '' ? [] : [`${name} = ${value}`]);
  const own = ['[Interface]', ...line('PrivateKey', private_key), ...line('ListenPort', listen_port), ...line('FwMark', fwmark)];
  const others = peers.flatMap((peer) => [
    ...['[Peer]', `PublicKey = ${peer.public_key}`],
    ...line('PresharedKey', peer.preshared_key),
    ...line('Endpoint', peer.endpoint),
    ...line('AllowedIPs', peer.allowed_ips.join(', ')),
    ...line('PersistentKeepalive', peer.keepalive_s),
  ]);
  return `${[...own, ...others].join('\n')}\n`;
}

/** The words that make a link's configuration this one; sessions of peers that stay as they are go on. */
function configure(device: WireguardDevice): Words[] {
  return [{ program: 'wg', args: ['syncconf', device.device, '/dev/stdin'], stdin: wireguardText(device), isSecret: true }];
}

/** The devices of a namespace: wg(8) shows those of wireguard-go in other namespaces as well. */
export function devicesIn({ state }: Pick<Site, 'state'>): WireguardDevice[] {
  return (state.wireguard ?? []).filter(({ device }) => state.links?.some(({ name, kind }) => name === device && KINDS.includes(kind)));
}

export const wireguardKind = defineObject<WireguardDevice>({
  name: 'wireguard',
  section: 'wireguard',
  schema: WireguardDevice,
  of: (state) => devicesIn({ state }),
  key: ({ device }) => device,
  links: ({ device }) => [device],
  // The public key tells which private one there is.
  facts: ({ public_key, listen_port, fwmark, peers }) => ({
    ...{ public_key, listen_port, fwmark },
    // Where a peer was last heard from is learnt.
    peers: peers
      .map(({ public_key, preshared_key, allowed_ips, keepalive_s }) => ({
        ...{ public_key, keepalive_s, preshared: fingerprint(preshared_key), allowed_ips: allowed_ips.toSorted() },
      }))
      .toSorted((a, b) => (a.public_key < b.public_key ? -1 : 1)),
  }),
  tell: ({ device, peers }) => `wireguard settings of ${device} (${peers.length === 1 ? '1 peer' : `${peers.length} peers`})`,
  add: configure,
  remove: () => [],
  change: (_, to) => configure(to),
});
