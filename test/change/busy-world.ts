// A host and three namespaces that hold objects of every kind, and a list of twenty operations that touches them all.
import type { Wanted } from '../support/rooms.js';

/** Links of the same names in each namespace, so that a random operation finds something to work on. `$1`: how to get in, `$2`: a number of its own. */
const FURNISHED = `
furnish() {
  $1 ip link add name p0 address 02:00:00:0$2:00:01 type veth peer name p1 address 02:00:00:0$2:00:02
  $1 ip link add name br0 address 02:00:00:0$2:00:03 type bridge stp_state 0; $1 ip link set dev br0 addrgenmode none
  $1 ip link set dev lo up; $1 ip link set dev p1 up; $1 ip link set dev p0 up alias 'first end' mtu 1450; $1 ip link set dev br0 up
  $1 ip link property add dev p0 altname uplink
  $1 ip address add 10.$2.0.1/24 dev p0; $1 ip address add 10.$2.0.7/24 dev p0; $1 ip address add 10.$2.1.1/24 dev p0 label p0:x metric 40
  $1 ip address add fd00:$2::1/64 dev p0; $1 ip address add 172.16.$2.1 peer 172.16.$2.2/32 dev p0
  $1 ip route add 10.200.0.0/16 via 10.$2.0.9 metric 5; $1 ip route add 10.201.0.0/16 nexthop via 10.$2.0.9 nexthop via 10.$2.1.9 weight 3
  $1 ip route add blackhole 10.202.0.0/16; $1 ip -6 route add fd0e::/64 via fd00:$2::9; $1 ip route add 10.203.0.0/16 dev p0 table 100
  $1 ip rule add from 10.9.0.0/16 lookup 100 priority 1000; $1 ip -6 rule add from fd09::/64 lookup 100 priority 1000
  $1 ip neigh add 10.$2.0.20 lladdr 02:00:00:00:00:99 dev p0 nud permanent; $1 ip neigh add proxy 10.$2.0.21 dev p0
  $1 ip nexthop add id 1 via 10.$2.0.9 dev p0; $1 ip route add 10.204.0.0/16 nhid 1
  $1 bridge fdb add 02:00:00:00:00:88 dev br0 self permanent
  $1 nft 'table inet theirs { chain input { type filter hook input priority 10; policy accept; tcp dport 9 counter drop; }; }'
}`;

/** Lines for a shell that make the world: `host`, `n1` and `n2` are furnished, and each has a veth to the host's bridge; `n3` is reached from `n2`. */
export const BUSY_WORLD = `${FURNISHED}
for n in n1 n2 n3; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0; done
furnish '' 1
furnish 'ip netns exec n1' 2
furnish 'ip netns exec n2' 3
for i in 1 2; do
  ip link add name v$i address 02:00:00:01:0$i:01 type veth peer name eth0 address 02:00:00:01:0$i:02 netns n$i
  ip link set dev v$i master br0 up
  ip -n n$i link set dev eth0 up
  ip -n n$i address add 10.50.0.$i/24 dev eth0
done
ip address add 10.50.0.254/24 dev br0
ip -n n3 link set dev lo up
ip -n n3 link add name up0 address 02:00:00:01:03:01 type veth peer name down0 address 02:00:00:01:03:02 netns n2
ip -n n3 link set dev up0 up; ip -n n2 link set dev down0 up
ip -n n3 address add 10.60.0.3/24 dev up0; ip -n n2 address add 10.60.0.2/24 dev down0
ip -n n3 route add default via 10.60.0.2; ip -n n3 rule add from 10.8.0.0/16 lookup 100 priority 900
ip netns exec n3 nft 'table ip kept { chain c { counter; }; }'
ip netns exec n3 sysctl -qw net.ipv4.ip_forward=1`;

/** Twenty operations over all namespaces and kinds of objects; after each of them the next can still be made. */
export const TWENTY: readonly Wanted[] = [
  { op: 'create_namespace', input: { name: 'made' } },
  {
    op: 'create_veth_pair',
    input: {
      a: { name: 'va', addresses: ['10.70.0.1/24'], up: true, mac: '02:00:00:07:00:01' },
      b: { name: 'vb', namespace: 'made', addresses: ['10.70.0.2/24'], up: true, mac: '02:00:00:07:00:02' },
    },
  },
  { op: 'add_route', input: { namespace: 'made', destination: '10.71.0.0/16', via: '10.70.0.1' } },
  { op: 'set_sysctl', input: { namespace: 'n1', key: 'net.ipv4.ip_forward', value: 1 } },
  { op: 'add_address', input: { namespace: 'n1', link: 'eth0', address: 'fd50::1/64' } },
  { op: 'add_rule', input: { namespace: 'n1', from: '10.72.0.0/16', table: 100, priority: 720 } },
  { op: 'add_neighbour', input: { namespace: 'n1', link: 'p0', address: '10.2.0.22', mac: '02:00:00:00:00:77' } },
  { op: 'allow', input: { namespace: 'n1', hook: 'input', protocol: 'tcp', ports: [22] } },
  { op: 'masquerade', input: { namespace: 'host', out_link: 'p0' } },
  { op: 'set_link', input: { namespace: 'host', link: 'p0', mtu: 1400, alias: 'other words' } },
  { op: 'set_link', input: { namespace: 'n2', link: 'p0', up: false } },
  { op: 'set_link', input: { namespace: 'n1', link: 'p1', bridge: 'br0' } },
  { op: 'move_link', input: { link: 'p1', to: 'n2', new_name: 'moved' } },
  { op: 'delete_link', input: { namespace: 'n2', link: 'br0' } },
  { op: 'delete_route', input: { namespace: 'n1', destination: '10.201.0.0/16' } },
  { op: 'replace_route', input: { namespace: 'n1', destination: '10.200.0.0/16', metric: 5, via: '10.2.1.9' } },
  { op: 'delete_address', input: { namespace: 'host', link: 'br0', address: '10.50.0.254/24' } },
  { op: 'add_nexthop', input: { namespace: 'n1', id: 7, via: '10.2.0.8' } },
  { op: 'delete_namespace', input: { namespace: 'n3', force: true } },
  { op: 'delete_link', input: { namespace: 'host', link: 'v2' } },
];
