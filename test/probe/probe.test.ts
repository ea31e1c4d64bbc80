// Probes against real listeners and real failures, with ping and without.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findProgram } from '../../src/exec/program.js';
import { ask, Drivers, isRoot, networkOf, ProbeOutcome } from '../support/exec-harness.js';
import { test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

let drivers: Drivers;
beforeAll(async () => {
  drivers = await Drivers.build();
});
afterAll(() => drivers[Symbol.dispose]());

/** `here` (10.0.0.1, fd00::1) and `there` (10.0.0.2, fd00::2), a TCP service on 80, UDP that answers on 53 and 7, UDP that is silent on 9. */
const WORLD = `
ip netns add here; ip netns add there
ip link add a0 netns here type veth peer name b0 netns there
ip -n here address add 10.0.0.1/24 dev a0; ip -n here address add fd00::1/64 dev a0 nodad; ip -n here link set a0 up; ip -n here link set lo up
ip -n there address add 10.0.0.2/24 dev b0; ip -n there address add fd00::2/64 dev b0 nodad; ip -n there link set b0 up; ip -n there link set lo up
ip -n there address add fe80::2/64 dev b0 nodad
ip -n here route add prohibit 10.9.0.0/24; ip -n here route add blackhole 10.8.0.0/24; ip -n here route add unreachable 10.7.0.0/24`;

const SERVICES = `
const net = require('node:net'), dgram = require('node:dgram');
net.createServer((socket) => socket.end()).listen(80, '::');
for (const port of [53, 7]) {
  const socket = dgram.createSocket({ type: 'udp6' });
  socket.on('message', (message, { port, address }) => socket.send(message, port, address));
  socket.bind(port);
}
dgram.createSocket({ type: 'udp6' }).bind(9, () => console.log('ready'));
`;

async function world(sandbox: Sandbox): Promise<void> {
  await sandbox.sh(WORLD);
  const services = await sandbox.start(['nsenter', '--net=/run/netns/there', process.execPath, '-e', SERVICES]);
  await once(services.process.stdout, 'data');
}

/** Probes from `here`, one after the other. */
function probe(sandbox: Sandbox, ...requests: Record<string, unknown>[]) {
  return ask(
    ProbeOutcome,
    drivers,
    sandbox,
    requests.map((request) => ({ namespace: '/run/netns/here', names: ['here'], ...request })),
  );
}

const yes = { reachable: true, sent: 1, received: 1, rtt_ms: expect.any(Number), error: null };
const no = (why: string) => ({ reachable: false, received: 0, rtt_ms: null, error: expect.stringContaining(why) });
const NO_PING = { searchPath: '/nowhere' };
const ICMP = { probe: 'icmp' };

describe('a service that is there', () => {
  test('answers to TCP and UDP, over both families, and by its link-local address', async ({ sandbox }) => {
    await world(sandbox);
    const answers = await probe(
      sandbox,
      { probe: 'tcp', to: '10.0.0.2', port: 80 },
      { probe: 'tcp', to: 'fd00::2', port: 80 },
      { probe: 'tcp', to: 'fe80::2%a0', port: 80 },
      { probe: 'udp', to: '10.0.0.2', port: 53 },
      { probe: 'udp', to: 'fd00::2', port: 7 },
      { probe: 'tcp', to: '10.0.0.2', port: 80, count: 3 },
    );
    for (const answer of answers.slice(0, 5)) expect(answer).toMatchObject(yes);
    expect(answers[5]).toMatchObject({ ...yes, sent: 3, received: 3 });
  });

  test('is told apart from a port where nothing listens, and from one that is silent', async ({ sandbox }) => {
    await world(sandbox);
    const [tcp, udp, silent] = await probe(
      sandbox,
      { probe: 'tcp', to: '10.0.0.2', port: 81 },
      { probe: 'udp', to: '10.0.0.2', port: 81 },
      { probe: 'udp', to: '10.0.0.2', port: 9, timeoutMs: 300 },
    );
    expect(tcp).toMatchObject({ ...no('Refused: nothing listens on tcp port 81'), sent: 1 });
    expect(udp).toMatchObject({ ...no('Refused: nothing listens on udp port 81'), sent: 1 });
    expect(silent).toMatchObject({ ...no('cannot be told apart'), sent: 1 });
  });
});

describe.each([
  { by: 'ping', path: {}, missing: findProgram('ping') === null ? 'ping is not installed' : '' },
  { by: 'the built-in prober', path: NO_PING, missing: '' },
])('ICMP by $by', ({ by, path, missing }) => {
  test.skipIf(missing !== '')(`reaches a host, both families${missing && ` (${missing})`}`, async ({ sandbox }) => {
    await world(sandbox);
    const answers = await probe(sandbox, { ...ICMP, to: '10.0.0.2', count: 2, ...path }, { ...ICMP, to: 'fd00::2', count: 2, ...path });
    for (const answer of answers) {
      expect(answer).toMatchObject({ ...yes, sent: 2, received: 2 });
      expect(answer).toMatchObject({ method: expect.stringContaining(by === 'ping' ? 'ICMP echo' : 'no ping that works here') });
    }
  });

  test.skipIf(missing !== '')(`says why it does not${missing && ` (${missing})`}`, async ({ sandbox }) => {
    await world(sandbox);
    const [noRoute, prohibited, blackhole, unreachable, noRoute6] = await probe(
      sandbox,
      { ...ICMP, to: '192.0.2.1', ...path },
      { ...ICMP, to: '10.9.0.1', ...path },
      { ...ICMP, to: '10.8.0.1', ...path },
      { ...ICMP, to: '10.7.0.1', ...path },
      { ...ICMP, to: '2001:db8::1', ...path },
    );
    expect(noRoute).toMatchObject(no('No route leads there'));
    expect(noRoute6).toMatchObject(no('No route leads there'));
    expect(prohibited).toMatchObject(no('"prohibit" route'));
    expect(blackhole).toMatchObject(no('"blackhole" route'));
    expect(unreachable).toMatchObject(no('Host unreachable'));
  });

  test.skipIf(missing !== '')(`says that the link of a link-local address is not there${missing && ` (${missing})`}`, async ({ sandbox }) => {
    await world(sandbox);
    const [icmp, tcp] = await probe(sandbox, { ...ICMP, to: 'fe80::2%nope', ...path }, { probe: 'tcp', to: 'fe80::2%nope', port: 80 });
    for (const answer of [icmp, tcp]) expect(answer).toMatchObject(no('No such link'));
  });

  test.skipIf(missing !== '')(`finds the end of a link that is down, and a filter, silent${missing && ` (${missing})`}`, async ({ sandbox }) => {
    await world(sandbox);
    await sandbox.sh('ip netns exec there nft "add table inet t; add chain inet t i { type filter hook input priority 0; policy drop; }"');
    const [filtered] = await probe(sandbox, { ...ICMP, to: '10.0.0.2', timeoutMs: 300, ...path });
    expect(filtered).toMatchObject({ ...no('No answer'), sent: 1 });
    await sandbox.sh('ip -n here link set a0 down');
    const [down] = await probe(sandbox, { ...ICMP, to: '10.0.0.2', timeoutMs: 300, ...path });
    expect(down).toMatchObject(no('No route leads there'));
  });
});

test('TCP says when the next hop does not answer, when a firewall refuses, and when it is silent', async ({ sandbox }) => {
  await world(sandbox);
  const script =
    'add table inet t; add chain inet t i { type filter hook input priority 0; }; add rule inet t i tcp dport 82 drop; add rule inet t i tcp dport 83 reject with icmpx admin-prohibited';
  await sandbox.sh(`ip netns exec there nft "${script}"`);
  const [nobody, dropped, refused] = await probe(
    sandbox,
    { probe: 'tcp', to: '10.0.0.99', port: 80, timeoutMs: 5_000 },
    { probe: 'tcp', to: '10.0.0.2', port: 82, timeoutMs: 300 },
    { probe: 'tcp', to: '10.0.0.2', port: 83, timeoutMs: 3_000 },
  );
  expect(nobody).toMatchObject(no('the next hop does not answer'));
  expect(dropped).toMatchObject(no('No answer in time'));
  expect(refused).toMatchObject(no('Host unreachable'));
});

test('probes of one call are sent 200 ms apart and wait side by side', async ({ sandbox }) => {
  await world(sandbox);
  const before = performance.now();
  const [answer] = await probe(sandbox, { probe: 'udp', to: '10.0.0.2', port: 9, count: 4, timeoutMs: 500 });
  expect(answer).toMatchObject({ sent: 4, received: 0 });
  expect(performance.now() - before).toBeLessThan(2_000);
});

test.skipIf(!isRoot)('a server that may not use ping does without', async ({ sandbox }) => {
  const stdin = JSON.stringify([{ namespace: '/proc/self/ns/net', probe: 'icmp', to: '127.0.0.1' }]);
  const stripped = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--securebits=+noroot', '--no-new-privs', ...drivers.exec];
  const result = await sandbox.run(stripped, { stdin });
  expect(JSON.parse(result.stdout.toString())).toMatchObject([{ result: { ...yes, method: expect.stringContaining('no ping that works here') } }]);
});

test.skipIf(!isRoot)('a server that is real root probes from the namespace as well', async ({ sandbox }) => {
  await sandbox.sh('ip address add 10.0.0.1/32 dev lo');
  const namespace = networkOf(sandbox);
  const answers = await ask(ProbeOutcome, drivers, null, [
    { namespace, probe: 'tcp', to: '10.0.0.1', port: 80 },
    { namespace, probe: 'icmp', to: '10.0.0.1' },
    { namespace, probe: 'icmp', to: '10.0.0.1', ...NO_PING },
  ]);
  expect(answers[0]).toMatchObject(no('nothing listens'));
  for (const answer of answers.slice(1)) expect(answer).toMatchObject(yes);
});
