// The programs of the list of services, run for real: each does its work as it is confined, from the words that its grammar lets through.
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findProgram } from '../../src/exec/program.js';
import { isRoot, networkOf } from '../support/exec-harness.js';
import { test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { ServiceDriver } from '../support/services.js';

let driver: ServiceDriver;
beforeAll(async () => {
  driver = await ServiceDriver.build();
});
afterAll(() => driver[Symbol.dispose]());

const SERVERS = [{ server: 'a server in a sandbox', inside: true }, ...(isRoot ? [{ server: 'a server that is real root', inside: false }] : [])];

/** The programs that are not here, for the name of a test that is skipped. */
function missing(...programs: string[]): string {
  const absent = programs.filter((program) => findProgram(program) === null);
  return absent.length === 0 ? '' : ` (not installed: ${absent.join(', ')})`;
}

const here = ['iperf3', 'dnsmasq', 'dig'];

describe.each(SERVERS)('$server', ({ inside }) => {
  const open = async (sandbox: Sandbox) => ({
    services: inside ? await driver.open(sandbox) : await driver.openOutside(sandbox),
    namespace: inside ? '/proc/self/ns/net' : networkOf(sandbox),
  });

  test.skipIf(missing(...here) !== '')(`iperf3 measures, and dnsmasq answers and hands out addresses${missing(...here)}`, async ({ sandbox }) => {
    await sandbox.sh(`
      ip netns add far; ip link add near0 type veth peer name far0 netns far
      ip address add 10.0.0.1/24 dev near0; ip link set near0 up; ip -n far address add 10.0.0.2/24 dev far0; ip -n far link set far0 up`);
    const { services, namespace } = await open(sandbox);
    const iperf = await services.start({ namespace, name: 'iperf', command: ['iperf3', '-s', '-p', '5201'], port: 5201 });
    const names = ['--no-resolv', '--no-hosts', '--address', '/web.test/10.0.0.9', '--log-queries'];
    const leases = ['--dhcp-range', '10.0.0.100,10.0.0.110,1h', '--log-dhcp', '--interface', 'near0', '--bind-interfaces'];
    const dns = await services.start({ namespace, name: 'dns', command: ['dnsmasq', ...names, ...leases], port: 53, text: 'DHCP, IP range' });
    const inFar = ['nsenter', '--net=/run/netns/far'];
    await sandbox.ok([...inFar, 'iperf3', '-c', '10.0.0.1', '-t', '1']);
    expect((await sandbox.ok([...inFar, 'dig', '+short', '@10.0.0.1', 'web.test'])).trim()).toBe('10.0.0.9');
    await until('both have told it', async () => (await services.log(dns.id)).text.includes('query[A] web.test from 10.0.0.2'));
    expect((await services.log(iperf.id)).text).toContain('Accepted connection from 10.0.0.2');
    for (const { id } of [iperf, dns]) await services.stop(id);
    expect((await services.list()).map(({ state }) => state).filter((state) => state === 'running')).toEqual([]);
  });
});

/** Files below /etc that only this sandbox sees. */
const OWN_ETC = 'mkdir /run/upper /run/work; mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc';

test.skipIf(missing('bird') !== '')(`bird runs a protocol of its configuration${missing('bird')}`, async ({ sandbox }) => {
  await sandbox.sh(`${OWN_ETC}; ip netns add r; ip -n r link set lo up; mkdir -p /etc/netns/r`);
  const configuration =
    'router id 10.0.0.1; protocol device {} protocol kernel { ipv4 { export all; }; } protocol static { ipv4; route 10.9.0.0/16 blackhole; }\n';
  await sandbox.ok(['tee', '/etc/netns/r/bird.conf'], { stdin: configuration });
  const services = await driver.open(sandbox);
  await services.start({ namespace: 'r', name: 'bird', command: ['bird', '-c', '/etc/netns/r/bird.conf'] });
  await until('its route is there', async () => (await sandbox.routes('r')).some((line) => line.startsWith('blackhole 10.9.0.0/16 proto bird')));
});

const noTun =
  findProgram('wireguard-go') === null || findProgram('wg') === null ? missing('wireguard-go', 'wg') : isRoot ? '' : ' (needs root for /dev/net/tun)';

test.skipIf(noTun !== '')(`wireguard-go makes its link, which wg finds, and takes it along${noTun}`, async ({ sandbox }) => {
  await sandbox.sh('ip netns add a');
  const services = await driver.open(sandbox);
  const { id } = await services.start({ namespace: 'a', name: 'wg', command: ['wireguard-go', 'wg7'] });
  const isThere = async () => (await sandbox.run(['ip', '-n', 'a', 'link', 'show', 'wg7'])).exitCode === 0;
  await until('the link is there', isThere);
  expect(await sandbox.ok(['wg', 'show', 'wg7', 'listen-port'])).toMatch(/^\d+\n$/);
  await services.stop(id);
  await until('the link is gone', async () => !(await isThere()));
});

const noVpn = missing('openvpn', 'ping') || (isRoot ? '' : ' (needs root for /dev/net/tun)');

test.skipIf(noVpn !== '')(`openvpn carries a tunnel, and runs no scripts${noVpn}`, async ({ sandbox }) => {
  await sandbox.sh(`${OWN_ETC}
    for n in a b; do ip netns add $n; ip -n $n link set lo up; mkdir -p /etc/netns/$n; done
    ip link add a0 netns a type veth peer name b0 netns b
    ip -n a address add 10.0.0.1/24 dev a0; ip -n b address add 10.0.0.2/24 dev b0; ip -n a link set a0 up; ip -n b link set b0 up
    openvpn --genkey secret /etc/netns/a/key; cp /etc/netns/a/key /etc/netns/b/key; chmod 600 /etc/netns/*/key`);
  const services = await driver.open(sandbox);
  const ends = [
    ['a', '10.0.0.2', '10.1.0.1', '10.1.0.2'],
    ['b', '10.0.0.1', '10.1.0.2', '10.1.0.1'],
  ] as const;
  await Promise.all(
    ends.map(([namespace, remote, own, other]) =>
      services.start({
        namespace,
        name: 'vpn',
        command: [
          ...['openvpn', '--dev', 'tun0', '--proto', 'udp', '--remote', remote, '--ifconfig', own, other],
          ...['--secret', `/etc/netns/${namespace}/key`, '--cipher', 'AES-256-CBC', '--verb', '3'],
        ],
        text: 'Initialization Sequence Completed',
        within_ms: 20_000,
      }),
    ),
  );
  await sandbox.ok(['nsenter', '--net=/run/netns/a', 'ping', '-c', '1', '-W', '3', '10.1.0.2']);
});
