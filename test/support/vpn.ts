// A site behind a tunnel, built by the server's own calls: its wires, its services, what an application attempts, and a capture of the uplink.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../../src/exec/run.js';
import type { Session } from './client.js';
import { expect } from './fixture.js';
import type { Sandbox } from './sandbox.js';
import { until } from './sandbox.js';

/** What applications want to reach: addresses on the loopback of the namespace `far`. */
export const SITE = { inet: '198.51.100.1', inet6: '2001:db8:51::1' } as const;
/** The uplink, `up` at both of its ends. */
const UPLINK = {
  home: { addresses: ['192.0.2.1/24', '2001:db8::1/64'], mac: '02:00:00:00:00:01' },
  far: { addresses: ['192.0.2.2/24', '2001:db8::2/64'], mac: '02:00:00:00:00:02' },
} as const;
/** Of the tunnel's own packets. */
export const PORTS = { home: 51_821, far: 51_820 } as const;
export const ENDPOINT = { address: '192.0.2.2', port: PORTS.far } as const;
/** Inside the tunnel. */
export const TUNNEL = { home: ['10.9.0.2/24', 'fd09::2/64'], far: ['10.9.0.1/24', 'fd09::1/64'] } as const;
export type Side = keyof typeof UPLINK;

/** Several operations as one change; its id. */
export async function apply(session: Session, ...changes: Record<string, unknown>[]): Promise<string> {
  const { change } = z.object({ change: z.object({ id: z.string() }) }).parse(await session.call('apply_changes', { changes }));
  return change.id;
}

/** `home` and `far` at two ends of an uplink. Nothing is sent on it but what somebody asks for: no ARP, no router solicitations, no detection of duplicates. */
export async function layUplink(session: Session): Promise<void> {
  const sides = ['home', 'far'] as const;
  const end = (side: Side) => ({ name: 'up', namespace: side, up: true, ...UPLINK[side], addresses: [...UPLINK[side].addresses] });
  const quiet = { 'net.ipv6.conf.default.accept_dad': 0, 'net.ipv6.conf.default.router_solicitations': 0, 'net.ipv4.conf.all.rp_filter': 0 };
  const neighbours = (side: Side, other: Side) =>
    UPLINK[other].addresses.map((address) => ({ op: 'add_neighbour', namespace: side, link: 'up', address: address.split('/')[0], mac: UPLINK[other].mac }));
  await apply(
    session,
    ...sides.flatMap((namespace) => [
      { op: 'create_namespace', name: namespace },
      ...Object.entries(quiet).map(([key, value]) => ({ op: 'set_sysctl', namespace, key, value })),
      { op: 'set_link', namespace, link: 'lo', up: true },
    ]),
    { op: 'create_veth_pair', a: end('home'), b: end('far') },
    ...neighbours('home', 'far'),
    ...neighbours('far', 'home'),
    ...[`${SITE.inet}/32`, `${SITE.inet6}/128`].map((address) => ({ op: 'add_address', namespace: 'far', link: 'lo', address })),
  );
  const services = { web: ['web-server', '--address', '::', '--says', 'far', '80'], names: ['dnsmasq', '--no-resolv', '--no-hosts', '--cache-size', '0'] };
  await session.call('start_service', { namespace: 'far', name: 'web', command: services.web, ready_port: 80, ready_within_ms: 20_000 });
  await session.call('start_service', { namespace: 'far', name: 'names', command: services.names, ready_port: 53, ready_within_ms: 20_000 });
}

const Probed = z.object({ reachable: z.boolean(), sent: z.number(), error: z.string().nullable() });

/** What an application may try: ICMP, TCP, DNS, and UDP to a port where nobody listens. */
const KINDS = [{ protocol: 'icmp' }, { protocol: 'tcp', port: 80 }, { protocol: 'udp', port: 53 }, { protocol: 'udp', port: 9 }] as const;
export const ATTEMPTS = KINDS.length * Object.keys(SITE).length;

/** Attempts of all kinds from a namespace, IPv4 and IPv6: how many were made, and how many were answered, be it with a refusal of the far side. */
export async function attempt(session: Session, from: string, timeout_ms: number): Promise<{ made: number; answered: number }> {
  const all = Object.values(SITE).flatMap((to) => KINDS.map((kind) => ({ from, to, count: 1, timeout_ms, ...kind })));
  const results = await Promise.all(all.map(async (probe) => Probed.parse(await session.call('check_reachability', probe))));
  return { made: results.length, answered: results.filter(({ reachable, error }) => reachable || error?.startsWith('Refused')).length };
}

/** The page of the site, as curl fetches it from a namespace: it tells who asked. */
export async function fetchPage(session: Session, namespace: string, address: string): Promise<string> {
  const { stdout } = z
    .object({ stdout: z.string() })
    .parse(await session.call('exec_in_namespace', { namespace, command: ['curl', '-m', '5', `http://${address}/`] }));
  return stdout;
}

const LEAVING = `ether src ${UPLINK.home.mac}`;
/** Of the tunnel, either way. */
const OF_TUNNEL = `(udp and host 192.0.2.1 and host 192.0.2.2 and port ${PORTS.home} and port ${PORTS.far})`;
/** The kernel's own on the link: multicast listeners, neighbours. */
const OF_LINK = '(ip6 and (src net fe80::/10 or src host ::))';
/** To the far end of the tunnel, when it sends to this one, and there is none any more. */
const OF_NO_SOCKET = '(icmp and dst host 192.0.2.2 and icmp[icmptype] == icmp-unreach)';
const LAST_PORT = 40_000;

/** What was on the uplink meanwhile, counted. */
export interface Counted<T> {
  result: T;
  /** Frames that left `home` and are none of the tunnel's. */
  leaked: number;
  /** Packets of the tunnel that left `home`. */
  tunnelled: number;
  /** Frames of both directions that fit each of the filters that were given. */
  counts: Record<string, number>;
}

/**
 * Captures on the uplink of `home`, from its beginning to its end, what is sent while something is done.
 * From outside the sandbox: inside, tcpdump cannot change its groups, and gives up.
 * @param filters Further counts, in the words of pcap-filter(7).
 */
export async function captured<T>(sandbox: Sandbox, filters: readonly string[], act: () => Promise<T>): Promise<Counted<T>> {
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-capture-'));
  const file = join(folder, 'up.pcap');
  await using anchor = await sandbox.start(['sleep', 'infinity']);
  const tcpdump = ['tcpdump', '-i', 'up', '-nn', '-U', '--immediate-mode', '-Z', 'root', '-w', file];
  const [program, ...args] = ['setpriv', '--pdeathsig', 'KILL', 'nsenter', `--net=/proc/${anchor.pid}/root/run/netns/home`, ...tcpdump] as const;
  const capture = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(capture, 'close');
  let said = '';
  capture.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const count = async (filter: string) => {
    const { exitCode, stdout, stderr } = await run(['tcpdump', '-nn', '-r', file, filter]);
    expect(exitCode, String(stderr)).toBe(0);
    return stdout.toString().split('\n').filter(Boolean).length;
  };
  try {
    await until('tcpdump listens', () => said.includes('listening on up'));
    const result = await act();
    // What comes last in the capture: all that was sent before it is there as well, and the capture is alive.
    const send = `const s = require('dgram').createSocket('udp4'); s.bind(() => { s.setBroadcast(true); s.send('end', ${LAST_PORT}, '192.0.2.255', () => s.close()); });`;
    await sandbox.ok(['nsenter', '--net=/run/netns/far', process.execPath, '-e', send]);
    await until('the end is captured', async () => (await count(`udp dst port ${LAST_PORT}`)) === 1);
    const leaked = await count(`${LEAVING} and not ${OF_TUNNEL} and not ${OF_LINK} and not ${OF_NO_SOCKET}`);
    const named = await Promise.all(filters.map(async (filter) => [filter, await count(filter)] as const));
    return { result, leaked, tunnelled: await count(`${LEAVING} and ${OF_TUNNEL}`), counts: Object.fromEntries(named) };
  } finally {
    capture.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
