// The kinds of tunnels that carry an application over the uplink of vpn.ts: how an end of each is started, and how two ends come to trust each other.
import { z } from 'zod';
import type { Session } from './client.js';
import type { Sandbox } from './sandbox.js';
import { until } from './sandbox.js';
import { apply, ENDPOINT, PORTS, type Side } from './vpn.js';

/** An end of the tunnel, in the namespace where its link is now. */
export interface End {
  side: Side;
  namespace: string;
  /** Prefixes of its own, for the other end. */
  prefixes: readonly string[];
}

export interface Tunnel {
  /** The service that carries it. */
  program: string;
  /** Programs that it takes. */
  needs: readonly string[];
  linkOf(side: Side): string;
  /** What has to be there before the server starts. */
  prepare(sandbox: Sandbox): Promise<void>;
  /** Starts one end in its side's namespace: there its socket stays. Its link has no addresses and is down. */
  start(sandbox: Sandbox, session: Session, side: Side): Promise<void>;
  /** Each end lets in what is the other's. */
  join(session: Session, home: End, far: End): Promise<void>;
}

const wireguardOf = (side: Side) => `wg-${side}`;

const WIREGUARD: Tunnel = {
  program: 'wireguard-go',
  needs: ['wireguard-go', 'wg'],
  linkOf: wireguardOf,
  async prepare() {},
  async start(sandbox, session, side) {
    const link = wireguardOf(side);
    await session.call('start_service', { namespace: side, name: 'vpn', command: ['wireguard-go', link], ready_within_ms: 20_000 });
    await until(`${link} answers`, async () => (await sandbox.run(['test', '-S', `/run/wireguard/${link}.sock`])).exitCode === 0);
  },
  async join(session, home, far) {
    const Keyed = z.object({ wireguard: z.object({ public_key: z.string() }) });
    const key = async ({ side, namespace }: End) =>
      Keyed.parse(await session.call('set_wireguard', { namespace, link: wireguardOf(side), listen_port: PORTS[side] })).wireguard.public_key;
    const keys = { home: await key(home), far: await key(far) };
    const peer = (end: End, other: End) => ({
      ...{ op: 'set_wireguard_peer', namespace: end.namespace, link: wireguardOf(end.side), public_key: keys[other.side], allowed_ips: other.prefixes },
      ...(end.side === 'home' ? { endpoint: `${ENDPOINT.address}:${ENDPOINT.port}` } : {}),
    });
    await apply(session, peer(home, far), peer(far, home));
  },
};

const OPENVPN_ENDS = { home: { link: 'tun1', remote: ENDPOINT.address, peer: 'far' }, far: { link: 'tun2', remote: '192.0.2.1', peer: 'home' } } as const;

const OPENVPN: Tunnel = {
  program: 'openvpn',
  needs: ['openvpn'],
  linkOf: (side) => OPENVPN_ENDS[side].link,
  /** Both ends have the same key, in files below an /etc that only this sandbox sees. */
  async prepare(sandbox) {
    await sandbox.sh(`mkdir /run/upper /run/work; mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc
      mkdir -p /etc/netns/home /etc/netns/far; openvpn --genkey secret /etc/netns/home/key; cp /etc/netns/home/key /etc/netns/far/key
      chmod 600 /etc/netns/*/key`);
  },
  async start(_, session, side) {
    const { link, remote, peer } = OPENVPN_ENDS[side];
    const ports = ['--lport', String(PORTS[side]), '--rport', String(PORTS[peer])];
    const key = ['--secret', `/etc/netns/${side}/key`, '--cipher', 'AES-256-CBC'];
    await session.call('start_service', {
      ...{ namespace: side, name: 'vpn', command: ['openvpn', '--dev', link, '--proto', 'udp', '--remote', remote, ...ports, ...key, '--verb', '3'] },
      ...{ ready_text: `TUN/TAP device ${link} opened`, ready_within_ms: 20_000 },
    });
  },
  async join() {},
};

export const TUNNELS: readonly Tunnel[] = [WIREGUARD, OPENVPN];
