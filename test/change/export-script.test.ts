// The shell script of an export: a world is thrown away and made again by it, object by object, and a second run changes nothing.
import { expect, test } from '../support/fixture.js';
import { Sandbox } from '../support/sandbox.js';
import { dump, exportFrom, placeFiles, runScript } from './export-world.js';

/** A router between two hosts on a bridge, with something of every kind that is exported. */
const RICH = `
  ip netns add router; ip netns add h1; ip netns add h2
  ip -n router link set lo up
  ip -n router link add br0 type bridge stp_state 0 ageing_time 6000
  ip -n router link set br0 up
  for i in 1 2; do
    ip link add name eth0 netns h$i type veth peer name p$i netns router
    ip -n router link set p$i master br0 up
    ip -n h$i link set lo up
    ip -n h$i link set eth0 mtu 1400 up
    ip -n h$i address add 10.0.0.1$i/24 dev eth0
    ip -n h$i address add 2001:db8::1$i/64 dev eth0 nodad
    ip -n h$i route add default via 10.0.0.1
    ip -n h$i -6 route add default via 2001:db8::1 metric 512
  done
  ip -n router address add 10.0.0.1/24 dev br0
  ip -n router address add 10.0.0.2/24 dev br0
  ip -n router address add 2001:db8::1/64 dev br0 nodad
  ip -n router link set p1 type bridge_slave isolated on priority 8
  ip -n router link set dev br0 alias "it's \\$HOME; a 'bridge'"
  bridge -n router fdb replace 02:00:00:00:00:77 dev p1 master static
  ip -n router link property add dev br0 altname the-lab-bridge
  mkdir -p /etc/netns/router; printf 'nameserver 10.0.0.1\\n# $HOME\\n' > /etc/netns/router/resolv.conf
  ip -n router link add name up0 type veth peer name up1
  ip -n router link set up0 up; ip -n router link set up1 up
  ip -n router address add 192.0.2.1/30 dev up0
  ip -n router nexthop add id 7 via 192.0.2.2 dev up0
  ip -n router route add 198.51.100.0/24 nhid 7
  ip -n router route add blackhole 203.0.113.0/24
  ip -n router route add 10.9.0.0/16 via 192.0.2.2 table 100 mtu 1300
  ip -n router route add 10.8.0.0/16 nexthop via 192.0.2.2 weight 2 nexthop via 10.0.0.11
  ip -n router rule add from 10.0.0.11 table 100 priority 1000
  ip -n router -6 rule add fwmark 0x10 table 200 priority 1001
  ip -n router neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev up0 nud permanent
  ip -n router neighbour add proxy 10.0.0.99 dev br0
  ip -n router link add link br0 name mv0 address 02:00:00:00:00:aa type macvlan mode bridge
  ip -n router link add vx0 type vxlan id 42 dstport 4789 local 192.0.2.1 nolearning
  bridge -n router fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.2
  ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.up0.rp_filter=2 net.ipv4.ip_unprivileged_port_start=80
  ip netns exec router nft 'add table inet edge; add chain inet edge post { type nat hook postrouting priority 100; }; add rule inet edge post oifname "up0" masquerade comment "it costs $5"'
  tc -n router qdisc add dev up0 root handle 1: tbf rate 10mbit burst 32kb latency 50ms
  ip link add name cable0 type veth peer name cable1 netns h2
  ip link set cable0 up; ip address add 172.16.0.1/24 dev cable0
  ip -n h2 link set cable1 up; ip -n h2 address add 172.16.0.2/24 dev cable1
  ip route add 10.0.0.0/24 via 172.16.0.2`;

test('a whole world comes out the same in another machine, and a second run changes nothing', async ({ sandbox }) => {
  await placeFiles(sandbox, []);
  await sandbox.sh(RICH);
  const before = await dump(sandbox);
  const scripts = [];
  for (const namespace of ['router', 'h1', 'h2', 'host']) {
    const { files } = await exportFrom(sandbox, { namespace });
    expect(files.map(({ path, mode }) => `${path} ${mode}`)).toEqual([`/usr/local/sbin/netns-${namespace} 0755`]);
    scripts.push(...files);
  }
  await using other = await Sandbox.open();
  await placeFiles(other, []);
  for (const script of scripts) await runScript(other, script);
  expect(await dump(other)).toBe(before);
  expect(await other.ok(['cat', '/etc/netns/router/resolv.conf'])).toBe('nameserver 10.0.0.1\n# $HOME\n');
  const inner = await other.snapshotText();
  for (const script of scripts) await runScript(other, script);
  expect(await other.snapshotText()).toBe(inner);
  expect(await dump(other)).toBe(before);
}, 60_000);
