// Everything of every namespace of a sandbox as plain tools show it: independent of what is tested, to compare before and after.
import { expect } from 'vitest';
import type { Sandbox } from './sandbox.js';

/** What `snapshotText` leaves out; run inside each namespace. */
const MORE = String.raw`
ip nexthop show
ip neigh show proxy
ip -6 neigh show proxy
bridge -d fdb show | grep -E ' (permanent|static)' | grep -v -E '^(33:33|01:00)' | sort
bridge vlan show
tc qdisc show | grep -v -E ' (noqueue|noop) ' | sed 's/ refcnt [0-9]*//; s/ direct_packets_stat [0-9]*//'
tc class show
nft -s list ruleset
grep -rsH '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range \
  /proc/sys/net/ipv4/tcp_syncookies /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf | grep -v stable_secret | sort`;

/** The order of links is that of their making, and numbers are given anew to what is made anew: both say nothing about the network. */
function withoutOrder(text: string): string {
  const plain = text.replace(/^\d+: (?=.*<)/gm, 'N: ').replace(/@if\d+/g, '@ifN').replace(/link-netnsid \d+/g, 'link-netnsid N').replace(/port_id \S+ port_no \S+ designated_port \d+/g, 'port N'); // biome-ignore format: one thought
  const sorted = (rows: string[]) => rows.sort().join('');
  return plain
    .replace(/(?:^N: .*\n(?: .*\n)*)+/gm, (links) => sorted(links.split(/^(?=N: )/m)))
    .replace(/(?:^\S+ dev .* PERMANENT.*\n)+/gm, (neighbours) => sorted(neighbours.split(/(?<=\n)/)));
}

/** All links, addresses, routes, rules, neighbours, next hops, forwarding entries, VLANs, qdiscs, rulesets and sysctls, once the kernel has settled. */
export async function dump(sandbox: Sandbox): Promise<string> {
  const look = withoutOrder(await sandbox.snapshotText());
  const script = `look() { ${MORE}
}
export -f look; echo '== host'; look
for name in /run/netns/*; do [ -e "$name" ] || continue; echo "== $name"; nsenter --net="$name" bash -c look; done
find /run/netns -type f | sort; find /etc/netns -mindepth 1 | sort`;
  return `${look}\n${await sandbox.ok(['bash', '-c', script])}`;
}

/** Lines that only one of two dumps has, each under the command that printed it: of thousands the few that matter. */
function differing(before: string, now: string): string[] {
  const lines = (text: string) => {
    let head = '';
    return text.split('\n').map((line) => {
      if (line.startsWith('== ')) head = line.slice(3);
      return `${head}: ${line}`;
    });
  };
  const [was, is] = [lines(before), lines(now)];
  const [wasSet, isSet] = [new Set(was), new Set(is)];
  const found = [...was.filter((line) => !isSet.has(line)).map((line) => `- ${line}`), ...is.filter((line) => !wasSet.has(line)).map((line) => `+ ${line}`)];
  // The same lines in another order.
  return found.length === 0 && before !== now ? [...was.filter((line, at) => line !== is[at]).map((line) => `moved ${line}`)] : found;
}

/** Fails with all lines in which two dumps differ. */
export function expectSame(now: string, before: string, what = ''): void {
  const lines = differing(before, now);
  expect(lines, `${what}\n${lines.join('\n')}\n`).toEqual([]);
}
