// What the kernel that a test runs on has: a test that needs a kind which it lacks is skipped by name.
import { run } from '../../src/exec/run.js';

/** A command that works only where the kernel has the kind, in a network namespace that has nothing but a link d0. */
const PROBES = {
  bond: ['ip', 'link', 'add', 'x0', 'type', 'bond'],
  bridge: ['ip', 'link', 'add', 'x0', 'type', 'bridge'],
  bridge_vlan_filtering: ['ip', 'link', 'add', 'x0', 'type', 'bridge', 'vlan_filtering', '1'],
  dummy: ['ip', 'link', 'add', 'x0', 'type', 'dummy'],
  geneve: ['ip', 'link', 'add', 'x0', 'type', 'geneve', 'id', '4', 'remote', '10.0.0.1'],
  gre: ['ip', 'link', 'add', 'x0', 'type', 'gre', 'remote', '10.0.0.2'],
  gretap: ['ip', 'link', 'add', 'x0', 'type', 'gretap', 'remote', '10.0.0.2'],
  ifb: ['ip', 'link', 'add', 'x0', 'type', 'ifb'],
  ip6gre: ['ip', 'link', 'add', 'x0', 'type', 'ip6gre', 'remote', 'fd00::2', 'local', 'fd00::1'],
  ip6tnl: ['ip', 'link', 'add', 'x0', 'type', 'ip6tnl', 'remote', 'fd00::2', 'local', 'fd00::1'],
  ipip: ['ip', 'link', 'add', 'x0', 'type', 'ipip', 'remote', '10.0.0.2'],
  ipvlan: ['ip', 'link', 'add', 'x0', 'link', 'd0', 'type', 'ipvlan'],
  macvlan: ['ip', 'link', 'add', 'x0', 'link', 'd0', 'type', 'macvlan'],
  macvtap: ['ip', 'link', 'add', 'x0', 'link', 'd0', 'type', 'macvtap'],
  netkit: ['ip', 'link', 'add', 'x0', 'type', 'netkit'],
  sit: ['ip', 'link', 'add', 'x0', 'type', 'sit', 'remote', '10.0.0.2'],
  tun: ['ip', 'tuntap', 'add', 'x0', 'mode', 'tun'],
  veth: ['ip', 'link', 'add', 'x0', 'type', 'veth'],
  vlan: ['ip', 'link', 'add', 'x0', 'link', 'd0', 'type', 'vlan', 'id', '5'],
  vrf: ['ip', 'link', 'add', 'x0', 'type', 'vrf', 'table', '10'],
  vti: ['ip', 'link', 'add', 'x0', 'type', 'vti', 'remote', '10.0.0.2', 'local', '10.0.0.1', 'key', '5'],
  vxlan: ['ip', 'link', 'add', 'x0', 'type', 'vxlan', 'id', '4', 'dstport', '4789'],
  wireguard: ['ip', 'link', 'add', 'x0', 'type', 'wireguard'],
  cake: ['tc', 'qdisc', 'add', 'dev', 'd0', 'root', 'cake'],
  fq_codel: ['tc', 'qdisc', 'add', 'dev', 'd0', 'root', 'fq_codel'],
  htb: ['tc', 'qdisc', 'add', 'dev', 'd0', 'root', 'htb'],
  ingress: ['tc', 'qdisc', 'add', 'dev', 'd0', 'ingress'],
  netem: ['tc', 'qdisc', 'add', 'dev', 'd0', 'root', 'netem', 'delay', '10ms'],
  tbf: ['tc', 'qdisc', 'add', 'dev', 'd0', 'root', 'tbf', 'rate', '1mbit', 'burst', '10k', 'latency', '50ms'],
  nft: ['nft', 'add', 'table', 'inet', 'x'],
} as const satisfies Record<string, readonly string[]>;
export type Kind = keyof typeof PROBES;

const seen = new Map<Kind, Promise<string | null>>();

async function look(kind: Kind): Promise<string | null> {
  const script = 'ip link add d0 type dummy 2>/dev/null || ip link add d0 type ifb; "$@"';
  const { exitCode, stderr } = await run(['unshare', '--user', '--map-root-user', '--net', 'sh', '-c', script, 'sh', ...PROBES[kind]]);
  return exitCode === 0 ? null : `this kernel has no ${kind}: ${stderr.toString().trim().split('\n').at(-1)}`;
}

/** Why a kind cannot be made on this kernel; null when it can. Tried once, in a network namespace that nothing stays of. */
export function lacks(kind: Kind): Promise<string | null> {
  const known = seen.get(kind) ?? look(kind);
  seen.set(kind, known);
  return known;
}

/** Skips the test when the kernel lacks one of the kinds: `test('…', async ({ skip, sandbox }) => { await needs(skip, 'vlan'); … })`. */
export async function needs(skip: (note: string) => never, ...kinds: readonly Kind[]): Promise<void> {
  for (const kind of kinds) {
    const reason = await lacks(kind);
    if (reason !== null) skip(reason);
  }
}
