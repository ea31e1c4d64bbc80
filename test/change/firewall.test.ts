// What the operations on this server's own table do to real packets, and what they leave alone.
import { describe } from 'vitest';
import { Match } from '../../src/change/parts/firewall/firewall-match.js';
import { expect, test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';

/** client (10.1.0.2, fd01::2) – gw (10.1.0.1, 10.2.0.1, fd01::1, fd02::1) – server (10.2.0.2, fd02::2); only the client has a route to all. */
const NETWORK = `
for ns in client gw server; do ip netns add $ns; ip -n $ns link set lo up; done
ip -n client link add eth0 type veth peer name inner netns gw
ip -n server link add eth0 type veth peer name outer netns gw
ip -n client address add 10.1.0.2/24 dev eth0; ip -n client address add fd01::2/64 dev eth0 nodad
ip -n gw address add 10.1.0.1/24 dev inner; ip -n gw address add fd01::1/64 dev inner nodad
ip -n gw address add 10.2.0.1/24 dev outer; ip -n gw address add fd02::1/64 dev outer nodad
ip -n server address add 10.2.0.2/24 dev eth0; ip -n server address add fd02::2/64 dev eth0 nodad
for where in 'client eth0' 'gw inner' 'gw outer' 'server eth0'; do ip -n \${where% *} link set \${where#* } up; done
ip -n client route add default via 10.1.0.1; ip -n client route add default via fd01::1
ip netns exec gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for to in fd01::2 fd02::2; do for try in $(seq 30); do ip netns exec gw ping -c 1 -W 0.2 $to > /run/ping && break; done; done`;

/** Answers each connection with the address that it comes from. */
const SERVER = "require('net').createServer((s) => s.end(s.remoteAddress)).listen(Number(process.argv[1]), '::', () => console.log('listening'))";
const CLIENT = `
const socket = require('net').connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 400 });
socket.on('data', (data) => { console.log(String(data).replace('::ffff:', '')); process.exit(0); });
socket.on('timeout', () => { console.log('timeout'); process.exit(0); });
socket.on('error', ({ code }) => { console.log(code); process.exit(0); });`;

const inside = (namespace: string, ...argv: string[]) => ['ip', 'netns', 'exec', namespace, ...argv];

async function listen(sandbox: Sandbox, namespace: string, port: number): Promise<void> {
  const { process: started } = await sandbox.start(inside(namespace, process.execPath, '-e', SERVER, String(port)));
  await new Promise((resolve) => started.stdout.once('data', resolve));
}

/** What comes of a TCP connection: the address that the server saw, or why there was none. */
async function connect(sandbox: Sandbox, namespace: string, host: string, port: number): Promise<string> {
  return (await sandbox.ok(inside(namespace, process.execPath, '-e', CLIENT, host, String(port)))).trim();
}

async function pings(sandbox: Sandbox, namespace: string, to: string): Promise<boolean> {
  return (await sandbox.run(inside(namespace, 'ping', '-c', '1', '-W', '1', to))).exitCode === 0;
}

const ruleset = (sandbox: Sandbox, namespace: string) => sandbox.ok(inside(namespace, 'nft', '-s', 'list', 'ruleset'));
const own = async (sandbox: Sandbox, namespace: string) => (await ruleset(sandbox, namespace)).match(/^table inet netns_mcp \{.*?^\}\n/ms)?.[0] ?? '';

const FOREIGN = `table inet theirs {
	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 9 counter drop comment "netns_mcp"
	}
}
table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
	}
}
`;

describe('NAT', () => {
  test('masquerade: answers find back to a client of which the server knows no route', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    await listen(sandbox, 'server', 80);
    expect(await connect(sandbox, 'client', '10.2.0.2', 80)).toBe('timeout');
    const { shown } = await rooms.change('masquerade', { namespace: 'gw', out_link: 'outer' });
    expect(shown).toMatchObject({ rule: { chain: 'postrouting', rules: ['oifname "outer" masquerade'], position: 1 }, notes: [] });
    expect(await connect(sandbox, 'client', '10.2.0.2', 80)).toBe('10.2.0.1');
    expect(await connect(sandbox, 'client', 'fd02::2', 80)).toBe('fd02::1');
  });

  test('masquerade of a source leaves others as they are, and a namespace that does not forward is told', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${NETWORK}; ip -n server route add default via 10.2.0.1; ip -n client address add 10.1.0.3/24 dev eth0`);
    await listen(sandbox, 'server', 80);
    await rooms.change('masquerade', { namespace: 'gw', source: '10.1.0.3/32' });
    expect(await connect(sandbox, 'client', '10.2.0.2', 80)).toBe('10.1.0.2');
    await sandbox.sh(
      'ip -n client address delete 10.1.0.2/24 dev eth0; ip -n client address replace 10.1.0.3/24 dev eth0; ip -n client route replace default via 10.1.0.1',
    );
    expect(await connect(sandbox, 'client', '10.2.0.2', 80)).toBe('10.2.0.1');
    const { told } = await rooms.change('masquerade', { namespace: 'client' });
    expect(told).toContain('net.ipv4.ip_forward is 0');
  });

  test('forward_port: from outside to a host behind, both families, and one target for each port', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    await listen(sandbox, 'client', 80);
    await rooms.change('forward_port', { namespace: 'gw', in_link: 'outer', port: 8080, to_address: '10.1.0.2', to_port: 80 });
    const { shown } = await rooms.change('forward_port', { namespace: 'gw', in_link: 'outer', port: 8080, to_address: 'fd01::2', to_port: 80 });
    expect(await connect(sandbox, 'server', '10.2.0.1', 8080)).toBe('10.2.0.2');
    expect(await connect(sandbox, 'server', 'fd02::1', 8080)).toBe('fd02::2');
    expect(await connect(sandbox, 'server', '10.2.0.1', 8081)).toBe('ECONNREFUSED');
    const again = { namespace: 'gw', in_link: 'outer', port: 8080, to_address: 'fd01::9' };
    expect(await rooms.fails('forward_port', again)).toMatchObject({ code: 'OBJECT_EXISTS', hint: expect.stringContaining('remove_firewall_rule') });
    const { id } = (shown as { rule: { id: string } }).rule;
    await rooms.change('remove_firewall_rule', { namespace: 'gw', rule: id });
    expect((await rooms.change('forward_port', again)).change.changed).toBe(true);
  });
});

describe('filtering', () => {
  test('drop is silent, reject tells, and an allow counts only before them', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    await listen(sandbox, 'gw', 80);
    const at = { namespace: 'gw', hook: 'input', protocol: 'tcp' };
    await rooms.change('drop', { ...at, ports: [80] });
    expect(await connect(sandbox, 'client', '10.1.0.1', 80)).toBe('timeout');
    await rooms.change('allow', { ...at, source: '10.1.0.0/24' });
    expect(await connect(sandbox, 'client', '10.1.0.1', 80)).toBe('timeout');
    const { shown } = await rooms.change('allow', { ...at, source: '10.1.0.0/24', at: 'first' });
    expect(shown).toMatchObject({ rule: { position: 1, rules: ['ip saddr 10.1.0.0/24 meta l4proto tcp accept'] } });
    expect(await connect(sandbox, 'client', '10.1.0.1', 80)).toBe('10.1.0.2');
    expect(await connect(sandbox, 'client', 'fd01::1', 80)).toBe('timeout');
    await rooms.change('reject', { ...at, ports: [80], source: 'fd01::/64', at: 'first' });
    expect(await connect(sandbox, 'client', 'fd01::1', 80)).toBe('ECONNREFUSED');
    expect((await own(sandbox, 'gw')).match(/comment "(\w+)-/g)).toEqual(['comment "reject-', 'comment "allow-', 'comment "drop-']);
  });

  test('what another table drops stays dropped, and is told', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    await sandbox.ok(inside('gw', 'nft', '-f', '-'), { stdin: FOREIGN });
    await listen(sandbox, 'gw', 9);
    const { shown } = await rooms.change('allow', { namespace: 'gw', hook: 'input' });
    expect(shown).toMatchObject({ notes: [expect.stringContaining('inet theirs')] });
    expect(await connect(sandbox, 'client', '10.1.0.1', 9)).toBe('timeout');
  });

  test('forward, output, states, ranges, and protocols without ports', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${NETWORK}; ip -n server route add default via 10.2.0.1`);
    await listen(sandbox, 'server', 5000);
    await rooms.changeList([
      { op: 'allow', input: { namespace: 'gw', hook: 'forward', states: ['related', 'established'] } },
      { op: 'allow', input: { namespace: 'gw', hook: 'forward', protocol: 'tcp', ports: [22, '4000-5000'], in_link: 'inner', out_link: 'outer' } },
      { op: 'drop', input: { namespace: 'gw', hook: 'forward' } },
      { op: 'reject', input: { namespace: 'client', hook: 'output', protocol: 'icmp', destination: '10.1.0.0/24' } },
    ]);
    expect(await connect(sandbox, 'client', '10.2.0.2', 5000)).toBe('10.1.0.2');
    expect(await pings(sandbox, 'client', '10.2.0.2')).toBe(false);
    expect(await pings(sandbox, 'client', '10.1.0.1')).toBe(false);
    expect(await pings(sandbox, 'gw', '10.1.0.2')).toBe(false);
    expect(await pings(sandbox, 'gw', '10.2.0.2')).toBe(true);
  });

  test.each([
    { hook: 'input', out_link: 'inner' },
    { hook: 'output', in_link: 'inner' },
    { hook: 'input', protocol: 'icmp', ports: [1] },
    { hook: 'input', protocol: 'icmp', source: 'fd00::/8' },
    { hook: 'input', source: '10.0.0.0/8', destination: 'fd00::/8' },
    { hook: 'input', source: 'default' },
    { hook: 'input', ports: ['20-10'] },
    { hook: 'input', ports: ['80 accept'] },
  ])('refused: %j', (input) => {
    expect(Match.safeParse({ namespace: 'gw', ...input }).success).toBe(false);
  });
});

/** Each operation once, so that all of them can be tried for what holds for each. */
const EACH = [
  { op: 'masquerade', input: { namespace: 'gw', out_link: 'outer', source: '10.1.0.0/24' } },
  { op: 'forward_port', input: { namespace: 'gw', port: 8080, to_address: 'fd01::2', protocol: 'udp' } },
  { op: 'allow', input: { namespace: 'gw', hook: 'input', ports: [53, '1000-2000'], states: ['new'] } },
  { op: 'drop', input: { namespace: 'gw', hook: 'forward', protocol: 'icmpv6' } },
  { op: 'reject', input: { namespace: 'gw', hook: 'output', destination: '10.9.0.0/16', out_link: 'outer' } },
  {
    op: 'kill_switch',
    input: { namespace: 'gw', tunnel: 'tun7', endpoint: { address: 'fd02::2', port: 51820 }, allow_destinations: ['10.1.0.0/24'], allow_link_local: true },
  },
];

describe('each operation', () => {
  test('a second call changes nothing, the commands shown do the same by hand, and tables of others stay as they were', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    await sandbox.ok(inside('gw', 'nft', '-f', '-'), { stdin: FOREIGN });
    const before = await ruleset(sandbox, 'gw');
    for (const { op, input } of EACH) {
      const { foreseen } = await rooms.dryRun(op, input);
      expect(await ruleset(sandbox, 'gw'), op).toBe(before);
      const { change, shown } = await rooms.change(op, input);
      expect(change.commands, op).toEqual(foreseen.commands);
      const made = await ruleset(sandbox, 'gw');
      expect(made.replace(/^table inet netns_mcp \{.*?^\}\n/ms, ''), op).toBe(before);
      expect((await rooms.change(op, input)).change.changed, op).toBe(false);
      expect(await ruleset(sandbox, 'gw'), op).toBe(made);

      const { rule } = shown as { rule: { id: string } };
      const removed = await rooms.change('remove_firewall_rule', { namespace: 'gw', rule: rule.id });
      expect(await ruleset(sandbox, 'gw'), op).toBe(before);
      expect((await rooms.change('remove_firewall_rule', { namespace: 'gw', rule: rule.id })).change.changed).toBe(false);
      for (const command of foreseen.commands ?? []) await sandbox.ok(command);
      expect(await ruleset(sandbox, 'gw'), op).toBe(made);
      for (const command of removed.change.commands ?? []) await sandbox.ok(command);
      expect(await ruleset(sandbox, 'gw'), op).toBe(before);
    }
  });

  test('all in one list are foreseen as they come to be, and undone', async ({ sandbox, rooms }) => {
    await sandbox.sh(NETWORK);
    const before = await ruleset(sandbox, 'gw');
    const { change, outcomes } = await rooms.changeList([...EACH, ...EACH]);
    expect(outcomes.map(({ changed }) => changed)).toEqual([...EACH.map(() => true), ...EACH.map(() => false)]);
    expect(await own(sandbox, 'gw')).not.toBe('');
    await rooms.undo(change.id);
    expect(await ruleset(sandbox, 'gw')).toBe(before);
  });

  test('one rule of a chain goes, the others keep their order, and undo brings it back to its place', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add gw');
    for (const port of [1, 2, 3]) await rooms.change('drop', { namespace: 'gw', hook: 'input', ports: [port] });
    const before = await ruleset(sandbox, 'gw');
    const [, second = ''] = [...before.matchAll(/comment "(.*)"/g)].map(([, id]) => id);
    const { change, shown } = await rooms.change('remove_firewall_rule', { namespace: 'gw', rule: second });
    expect((await ruleset(sandbox, 'gw')).match(/dport \d/g)).toEqual(['dport 1', 'dport 3']);
    expect(shown).toMatchObject({ rule: null, left: [expect.stringMatching(/^drop-/), expect.stringMatching(/^drop-/)] });
    await rooms.undo(change.id);
    expect(await ruleset(sandbox, 'gw')).toBe(before);
  });

  test('in a namespace that the same list makes', async ({ sandbox, rooms }) => {
    await rooms.changeList([
      { op: 'create_namespace', input: { name: 'ns1' } },
      { op: 'drop', input: { namespace: 'ns1', hook: 'input', ports: [22] } },
    ]);
    expect(await own(sandbox, 'ns1')).toContain('dport 22 counter drop comment "drop-');
  });

  test('what somebody has put into the table by hand stays there', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add gw');
    const { shown } = await rooms.change('drop', { namespace: 'gw', hook: 'input', ports: [1] });
    await sandbox.ok(inside('gw', 'nft', '-f', '-'), {
      stdin: 'add rule inet netns_mcp input tcp dport 7 accept\nadd set inet netns_mcp mine { type ipv4_addr; }\n',
    });
    await rooms.change('allow', { namespace: 'gw', hook: 'input', ports: [2], at: 'first' });
    await rooms.change('remove_firewall_rule', { namespace: 'gw', rule: (shown as { rule: { id: string } }).rule.id });
    expect((await own(sandbox, 'gw')).match(/dport \d|set mine/g)).toEqual(['set mine', 'dport 2', 'dport 7']);
  });

  test('links that are not there, and names that nft would read as something else', async ({ sandbox, rooms }) => {
    await sandbox.sh("ip netns add gw; ip -n gw link add 'e*' type veth peer name 'a\"b'");
    expect(await rooms.fails('drop', { namespace: 'gw', hook: 'input', in_link: 'eth7' })).toMatchObject({ code: 'LINK_NOT_FOUND' });
    for (const in_link of ['e*', 'a"b']) {
      expect(await rooms.fails('drop', { namespace: 'gw', hook: 'input', in_link }), in_link).toMatchObject({
        code: 'INVALID_INPUT',
        hint: expect.stringContaining('new_name'),
      });
    }
  });
});

describe('kill_switch', () => {
  /** The client reaches the world by a tunnel (vxlan) to the gateway; without it, its default route leads by the uplink. */
  const TUNNEL = `${NETWORK}
    ip -n client link add tun0 type vxlan id 7 remote 10.1.0.1 dstport 4789 dev eth0; ip -n gw link add tun0 type vxlan id 7 remote 10.1.0.2 dstport 4789 dev inner
    ip -n client address add 10.7.0.2/24 dev tun0; ip -n gw address add 10.7.0.1/24 dev tun0; ip -n client link set tun0 up; ip -n gw link set tun0 up
    ip -n client route add 10.2.0.0/24 via 10.7.0.1; ip -n gw route add 10.1.0.2/32 dev inner; ip -n server route add default via 10.2.0.1; ip -n server route add default via fd02::1
    ip netns exec gw nft 'add table netdev seen; add chain netdev seen early { type filter hook ingress device "inner" priority -500; }'
    ip netns exec gw nft 'add rule netdev seen early meta protocol arp accept; add rule netdev seen early udp dport 4789 counter accept comment "tunnel"; add rule netdev seen early counter comment "others"'`;

  async function seen(sandbox: Sandbox, what: string): Promise<number> {
    const text = await sandbox.ok(inside('gw', 'nft', 'list', 'table', 'netdev', 'seen'));
    return Number(new RegExp(`counter packets (\\d+) .*"${what}"`).exec(text)?.[1]);
  }

  /** All that an application might try. */
  async function tryAll(sandbox: Sandbox): Promise<void> {
    const udp =
      "const s = require('dgram').createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4'); s.on('error', () => process.exit(0)); s.send('x', 53, process.argv[1], () => s.close())";
    await Promise.all([
      ...['10.2.0.2', '10.1.0.1', 'fd02::2', 'fd01::1', 'ff02::1%eth0', '224.0.0.251'].map((to) => pings(sandbox, 'client', to)),
      ...['10.2.0.2', 'fd02::2', '10.1.0.1'].map((to) => connect(sandbox, 'client', to, 80)),
      ...['10.2.0.2', 'fd02::2', '10.1.0.1', '10.1.0.255'].map((to) => sandbox.run(inside('client', process.execPath, '-e', udp, to))),
    ]);
  }

  test('nothing leaves by the uplink but the tunnel, while it is up, when it is down, and when it is gone', async ({ sandbox, rooms }) => {
    await sandbox.sh(TUNNEL);
    const input = { namespace: 'client', tunnel: 'tun0', endpoint: { address: '10.1.0.1', port: 4789 } };
    await rooms.change('allow', { namespace: 'client', hook: 'output', at: 'first' });
    await rooms.change('kill_switch', input);
    await until('the first pings through the tunnel', () => pings(sandbox, 'client', '10.2.0.2'));
    const others = await seen(sandbox, 'others');
    await tryAll(sandbox);
    expect(await seen(sandbox, 'tunnel')).toBeGreaterThan(0);
    expect(await seen(sandbox, 'others')).toBe(others);

    await sandbox.sh('ip -n client link set tun0 down');
    const tunnel = await seen(sandbox, 'tunnel');
    await tryAll(sandbox);
    await sandbox.sh('ip -n client link delete tun0');
    await tryAll(sandbox);
    expect(await seen(sandbox, 'others')).toBe(others);
    expect(await seen(sandbox, 'tunnel')).toBe(tunnel);

    const { rule } = (await rooms.change('kill_switch', input)).shown as { rule: { id: string } };
    const { change } = await rooms.change('remove_firewall_rule', { namespace: 'client', rule: rule.id });
    expect(change.loses).toEqual([expect.stringContaining('kill switch')]);
    await tryAll(sandbox);
    expect(await seen(sandbox, 'others'), 'the same packets do leave without it').toBeGreaterThan(others);
  });

  test('what is forwarded does not leave either, and a mark that sends packets another way is no way out', async ({ sandbox, rooms }) => {
    await sandbox.sh(`${NETWORK}
      ip -n server route add default via 10.2.0.1; ip -n gw rule add fwmark 7 lookup 7; ip -n gw route add 10.9.0.0/24 dev inner; ip -n gw route add 10.9.0.0/24 via 10.2.0.2 dev outer table 7
      ip netns exec gw nft 'add table ip m; add chain ip m o { type route hook output priority mangle; }; add rule ip m o ip daddr 10.9.0.0/24 meta mark set 7'
      ip netns exec server nft 'add table ip seen; add chain ip seen p { type filter hook prerouting priority raw; }; add rule ip seen p ip daddr 10.9.0.0/24 counter'`);
    expect(await pings(sandbox, 'client', '10.2.0.2')).toBe(true);
    const count = async () => /packets (\d+)/.exec(await sandbox.ok(inside('server', 'nft', 'list', 'table', 'ip', 'seen')))?.[1];
    await pings(sandbox, 'gw', '10.9.0.1');
    const before = await count();
    expect(before).not.toBe('0');
    await rooms.change('kill_switch', { namespace: 'gw', tunnel: 'inner' });
    expect(await pings(sandbox, 'client', '10.2.0.2')).toBe(false);
    await pings(sandbox, 'gw', '10.9.0.1');
    expect(await count()).toBe(before);
    expect(await pings(sandbox, 'gw', '10.1.0.2')).toBe(true);
  });

  test('an IPv6 endpoint is found by its neighbours; a network behind the gateway is let through where asked; a second one is refused', async ({
    sandbox,
    rooms,
  }) => {
    await sandbox.sh(NETWORK);
    const { told } = await rooms.change('kill_switch', {
      namespace: 'gw',
      tunnel: 'tun7',
      endpoint: { address: 'fd02::2' },
      allow_destinations: ['10.1.0.0/24'],
    });
    expect(told).toContain('no link tun7 yet');
    expect(await pings(sandbox, 'gw', 'fd02::2')).toBe(true);
    expect(await pings(sandbox, 'client', '10.1.0.1')).toBe(true);
    expect(await pings(sandbox, 'gw', '10.2.0.2')).toBe(false);
    expect(await rooms.fails('kill_switch', { namespace: 'gw', tunnel: 'tun8' })).toMatchObject({ code: 'OBJECT_EXISTS' });
  });
});
