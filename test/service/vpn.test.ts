// A VPN that does not leak: whatever an application attempts goes by the tunnel or not at all, by a capture of the uplink.
import { describe } from 'vitest';
import { findProgram } from '../../src/exec/program.js';
import { Session } from '../support/client.js';
import { test as base, expect } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';
import { until } from '../support/sandbox.js';
import { TUNNELS, type Tunnel } from '../support/tunnels.js';
import { ATTEMPTS, apply, attempt, captured, ENDPOINT, fetchPage, layUplink, SITE, TUNNEL } from '../support/vpn.js';

const NEEDED = ['tcpdump', 'dnsmasq', 'curl', 'ping', 'nft'];

/** Why a tunnel cannot be tried here; empty when it can. */
function obstacle({ needs }: Tunnel): string {
  const absent = [...needs, ...NEEDED].filter((program) => findProgram(program) === null);
  return absent.length > 0 ? ` (not installed: ${absent.join(', ')})` : process.getuid?.() === 0 ? '' : ' (needs root for /dev/net/tun)';
}

/** How long an attempt waits that is answered, and one that is not. */
const [PATIENT_MS, SHORT_MS] = [5_000, 700];
/** Addresses of `home` inside the tunnel. */
const INSIDE = TUNNEL.home.map((address) => address.replace(/\/.*/, ''));
const EVERYTHING = ['0.0.0.0/0', '::/0'];

async function open(sandbox: Sandbox, tunnel: Tunnel): Promise<Session> {
  await tunnel.prepare(sandbox);
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--toolsets', 'observe,change,exec'] });
  await layUplink(session);
  await raiseFar(sandbox, session, tunnel);
  return session;
}

async function raiseFar(sandbox: Sandbox, session: Session, tunnel: Tunnel): Promise<void> {
  await tunnel.start(sandbox, session, 'far');
  const [namespace, link] = ['far', tunnel.linkOf('far')];
  await apply(session, ...TUNNEL.far.map((address) => ({ op: 'add_address', namespace, link, address })), { op: 'set_link', namespace, link, up: true });
}

const far = { side: 'far', namespace: 'far', prefixes: EVERYTHING } as const;
const addressed = (namespace: string, link: string) => [
  ...TUNNEL.home.map((address) => ({ op: 'add_address', namespace, link, address })),
  { op: 'set_link', namespace, link, up: true },
];

async function untilAnswered(session: Session, from: string): Promise<void> {
  await until('the tunnel carries something', async () => (await session.call('check_reachability', { from, to: SITE.inet, count: 1 }))['reachable'], 20_000);
}

/** Everything is answered, and the uplink sees the tunnel alone. */
async function expectThroughTunnel(sandbox: Sandbox, session: Session, from: string): Promise<void> {
  // When its link is elsewhere, its carrier learns only within a second that it is up again.
  await untilAnswered(session, from);
  const plain = `host ${SITE.inet} or host ${SITE.inet6}`;
  const { result, leaked, tunnelled, counts } = await captured(sandbox, [plain], () => attempt(session, from, PATIENT_MS));
  expect(result).toEqual({ made: ATTEMPTS, answered: ATTEMPTS });
  expect({ leaked, plain: counts[plain] }).toEqual({ leaked: 0, plain: 0 });
  expect(tunnelled).toBeGreaterThanOrEqual(ATTEMPTS);
}

/** Nothing is answered, and nothing is on the uplink, unless it is the tunnel itself that tries on. */
async function expectNothing(sandbox: Sandbox, session: Session, from: string, { tunnelTries = false } = {}): Promise<void> {
  const { result, leaked, tunnelled } = await captured(sandbox, [], () => attempt(session, from, SHORT_MS));
  expect(result).toEqual({ made: ATTEMPTS, answered: 0 });
  expect({ leaked, tunnelTries: tunnelled > 0 }).toEqual({ leaked: 0, tunnelTries });
}

const CASES = TUNNELS.map((tunnel) => ({ ...{ title: `${tunnel.program}${obstacle(tunnel)}`, tunnel }, link: tunnel.linkOf('home') }));

describe.each(CASES)('$title', ({ tunnel, link }) => {
  const test = base.skipIf(obstacle(tunnel) !== '');

  test('a link that was moved to the application is its only way out, and its socket stays at home', { timeout: 120_000 }, async ({ sandbox }) => {
    const session = await open(sandbox, tunnel);
    await apply(session, { op: 'create_namespace', name: 'app' }, { op: 'set_link', namespace: 'app', link: 'lo', up: true });
    const raise = async () => {
      await tunnel.start(sandbox, session, 'home');
      await apply(
        session,
        { op: 'move_link', link, from: 'home', to: 'app' },
        ...addressed('app', link),
        ...EVERYTHING.map((destination) => ({ op: 'add_route', namespace: 'app', destination, device: link })),
      );
      await tunnel.join(session, { side: 'home', namespace: 'app', prefixes: INSIDE }, far);
    };
    await raise();
    await expectThroughTunnel(sandbox, session, 'app');
    expect(await fetchPage(session, 'app', SITE.inet)).toContain('You are ::ffff:10.9.0.2');

    const down = await apply(session, { op: 'set_link', namespace: 'app', link, up: false });
    await expectNothing(sandbox, session, 'app');
    await session.call('undo_change', { id: down });
    await expectThroughTunnel(sandbox, session, 'app');

    await session.call('stop_service', { namespace: 'far', service: 'vpn' });
    await expectNothing(sandbox, session, 'app', { tunnelTries: true });

    await session.call('stop_service', { namespace: 'home', service: 'vpn' });
    await expectNothing(sandbox, session, 'app');
    await raiseFar(sandbox, session, tunnel);
    await raise();
    await expectThroughTunnel(sandbox, session, 'app');
  });

  test('a kill switch keeps an application off the uplink of its own namespace', { timeout: 120_000 }, async ({ sandbox }) => {
    const session = await open(sandbox, tunnel);
    // The uplink leads there as well, so that without the kill switch all would go on in the open.
    const ways = (device: string, metric: number, inet?: string, inet6?: string) =>
      [inet, inet6].map((via, at) => ({ op: 'add_route', namespace: 'home', destination: EVERYTHING[at], device, metric, ...(via && { via }) }));
    const raise = async () => {
      await tunnel.start(sandbox, session, 'home');
      await apply(session, ...addressed('home', link), ...ways(link, 50));
      await tunnel.join(session, { side: 'home', namespace: 'home', prefixes: INSIDE }, far);
    };
    await apply(session, ...ways('up', 2_000, '192.0.2.2', '2001:db8::2'));
    await raise();
    await expectThroughTunnel(sandbox, session, 'home');
    await session.call('stop_service', { namespace: 'home', service: 'vpn' });
    const openly = await captured(sandbox, [], () => attempt(session, 'home', PATIENT_MS));
    expect(openly.result.answered).toBe(ATTEMPTS);
    expect(openly.leaked).toBeGreaterThanOrEqual(ATTEMPTS);

    const dropped = async () => {
      const ruleset = await sandbox.ok(['nsenter', '--net=/run/netns/home', 'nft', 'list', 'ruleset']);
      return [...ruleset.matchAll(/counter packets (\d+) bytes \d+ drop/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
    };
    await raise();
    await apply(session, { op: 'kill_switch', namespace: 'home', tunnel: link, endpoint: ENDPOINT });
    await expectThroughTunnel(sandbox, session, 'home');
    const dropsBefore = await dropped();

    await session.call('stop_service', { namespace: 'home', service: 'vpn' });
    await expectNothing(sandbox, session, 'home');
    const drops = await dropped();
    expect(drops - dropsBefore).toBeGreaterThanOrEqual(ATTEMPTS);
    await raise();
    await expectThroughTunnel(sandbox, session, 'home');

    const down = await apply(session, { op: 'set_link', namespace: 'home', link, up: false });
    await expectNothing(sandbox, session, 'home');
    expect((await dropped()) - drops).toBeGreaterThanOrEqual(ATTEMPTS);
    await session.call('undo_change', { id: down });
    await expectThroughTunnel(sandbox, session, 'home');
    await session.call('stop_service', { namespace: 'far', service: 'vpn' });
    await expectNothing(sandbox, session, 'home', { tunnelTries: true });
  });

  test('of two applications behind a router one goes by the tunnel or not at all, the other directly', { timeout: 120_000 }, async ({ sandbox }) => {
    const session = await open(sandbox, tunnel);
    const APPS = { a: ['10.1.0.2', 'fd01::2'], b: ['10.2.0.2', 'fd02::2'] } as const;
    const gate = (address: string) => address.replace(/2$/, '1');
    const whole = (address: string) => address.replace(/2$/, address.includes(':') ? '2/64' : '2/24');
    const net = (address: string) => address.replace(/2$/, address.includes(':') ? '/64' : '0/24');
    await tunnel.start(sandbox, session, 'home');
    await apply(
      session,
      ...['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'].map((key) => ({ op: 'set_sysctl', namespace: 'home', key, value: 1 })),
      ...addressed('home', link),
      ...Object.entries(APPS).flatMap(([name, addresses]) => [
        { op: 'create_namespace', name },
        { op: 'set_sysctl', namespace: name, key: 'net.ipv6.conf.default.accept_dad', value: 0 },
        {
          op: 'create_veth_pair',
          a: { name: 'eth0', namespace: name, addresses: addresses.map(whole), up: true },
          b: { name: `to-${name}`, namespace: 'home', addresses: addresses.map((address) => whole(address).replace('2/', '1/')), up: true },
        },
        ...addresses.map((address, at) => ({ op: 'add_route', namespace: name, destination: EVERYTHING[at], via: gate(address) })),
      ]),
      ...['192.0.2.2', '2001:db8::2'].map((via, at) => ({ op: 'add_route', namespace: 'home', destination: EVERYTHING[at], via })),
      // What comes from "a" knows the tunnel, and where there is none nothing else.
      ...EVERYTHING.flatMap((destination) => [
        { op: 'add_route', namespace: 'home', destination, device: link, table: 100, metric: 10 },
        { op: 'add_route', namespace: 'home', destination, type: 'unreachable', table: 100, metric: 1_000 },
      ]),
      ...['inet', 'inet6'].map((family) => ({ op: 'add_rule', namespace: 'home', family, iif: 'to-a', table: 100, priority: 100 })),
      ...APPS.a.map((address) => ({ op: 'add_route', namespace: 'far', destination: net(address), device: tunnel.linkOf('far') })),
      ...APPS.b.map((address, at) => ({ op: 'add_route', namespace: 'far', destination: net(address), via: ['192.0.2.1', '2001:db8::1'][at] })),
    );
    await tunnel.join(session, { side: 'home', namespace: 'home', prefixes: [...INSIDE, ...APPS.a.map(net)] }, far);
    const of = (name: keyof typeof APPS) => APPS[name].map((address) => `host ${address}`).join(' or ');
    const both = (patience: number) => () => Promise.all([attempt(session, 'a', patience), attempt(session, 'b', PATIENT_MS)]);
    const everything = { made: ATTEMPTS, answered: ATTEMPTS };
    await untilAnswered(session, 'a');

    const up = await captured(sandbox, [of('a'), of('b')], both(PATIENT_MS));
    expect(up.result).toEqual([everything, everything]);
    expect(up.counts[of('a')]).toBe(0);
    expect(up.counts[of('b')]).toBeGreaterThanOrEqual(2 * ATTEMPTS);
    expect(up.tunnelled).toBeGreaterThanOrEqual(ATTEMPTS);
    expect(await fetchPage(session, 'a', SITE.inet)).toContain('You are ::ffff:10.1.0.2');
    expect(await fetchPage(session, 'b', SITE.inet)).toContain('You are ::ffff:10.2.0.2');

    const down = await apply(session, { op: 'set_link', namespace: 'home', link, up: false });
    const without = await captured(sandbox, [of('a')], both(SHORT_MS));
    expect(without.result).toEqual([{ made: ATTEMPTS, answered: 0 }, everything]);
    expect(without.counts[of('a')]).toBe(0);
    await session.call('undo_change', { id: down });
    await untilAnswered(session, 'a');
  });
});
