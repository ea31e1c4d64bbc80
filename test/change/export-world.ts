// Exports from inside a sandbox, and what a test needs to run what came out in another.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';
import { bundleDriver } from '../support/bundle.js';
import { ALLOW_ALL, policyFile } from '../support/policy.js';
import type { Sandbox } from '../support/sandbox.js';

const _here = dirname(fileURLToPath(import.meta.url));
const Outcome = z.union([
  z.object({ ok: z.literal(true), output: z.record(z.string(), z.unknown()), text: z.string() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string(), hint: z.string() }), text: z.string() }),
]);
export type Outcome = z.infer<typeof Outcome>;

const Files = z.array(z.object({ path: z.string(), mode: z.string(), content: z.string() }));
const Exported = z.object({ files: Files, notes: z.array(z.string()) });
export type Exported = z.infer<typeof Exported>;
export type ExportedFile = z.infer<typeof Files>[number];

/** Calls of one server. @param rules Of a policy, or the name of a ready one. */
export async function calls(sandbox: Sandbox, rules: string, ...asked: [tool: string, args: Record<string, unknown>][]): Promise<Outcome[]> {
  const policy = /^[a-z]+$/.test(rules) ? rules : await policyFile(sandbox, rules);
  const stdin = JSON.stringify({ policy, calls: asked.map(([tool, args]) => ({ tool, args })) });
  return z
    .array(Outcome)
    .parse(
      JSON.parse(await sandbox.ok([process.execPath, '--enable-source-maps', await bundleDriver(join(import.meta.dirname, 'export-driver.ts'))], { stdin })),
    );
}

/** The files of an outcome that has to be good. */
export function exportedIn(outcome: Outcome | undefined): Exported {
  expect(outcome?.ok, outcome?.text).toBe(true);
  return Exported.parse(outcome?.ok ? outcome.output : null);
}

/** One export, where everything is allowed. */
export async function exportFrom(sandbox: Sandbox, args: Record<string, unknown>): Promise<Exported> {
  const [outcome] = await calls(sandbox, ALLOW_ALL, ['export_changes', args]);
  return exportedIn(outcome);
}

/** Runs a script of the export by the shell that Debian runs such with; all of it must succeed. */
export async function runScript(sandbox: Sandbox, { content }: ExportedFile, environment: Record<string, string> = {}): Promise<void> {
  const result = await sandbox.run(['dash', '-s'], { stdin: content, env: environment });
  expect(result.exitCode, `${result.stderr}\n${content}`).toBe(0);
}

/** Links in the order of their names: their indices are nobody's to give. */
function inOrderOfNames(text: string): string {
  const sections = text.split(/^(?=== )/m).map((section) => {
    const [head = '', ...links] = section.split(/^(?=N: )/m);
    return [head, ...links.sort()].join('');
  });
  return sections.join('');
}

/** Everything that can be seen of the network, told by other means than the server's: of objects beyond links, addresses, routes and rules, too. */
export async function dump(sandbox: Sandbox): Promise<string> {
  const more = await sandbox.ok(['sh', '-c', MORE]);
  return `${inOrderOfNames(await sandbox.snapshotText({ masked: true }))}\n${more}`;
}

const MORE = `
for name in $(ip netns list | cut -d' ' -f1 | sort); do
  echo "== $name"
  ip -n "$name" nexthop show
  ip -n "$name" neighbour show proxy
  bridge -n "$name" -d fdb show | grep -Ev '33:33|01:00:5e|master [^ ]+ permanent' | sort
  bridge -n "$name" -d link show | sed 's/^[0-9]*: //; s/@[^ :]*//; s/state [a-z]* //' | sort
  tc -n "$name" qdisc show | sort
  tc -n "$name" class show dev lo
  ip netns exec "$name" nft -s list ruleset
  ip netns exec "$name" grep -rs '' /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_unprivileged_port_start | grep -v stable_secret | sort
done
ip nexthop show
nft -s list ruleset`;

/** Gives a sandbox folders of its own for configuration, and writes files there as they say. */
export async function placeFiles(sandbox: Sandbox, files: readonly ExportedFile[]): Promise<void> {
  await sandbox.sh(`
    mkdir -p /run/etc
    cp -a /etc/. /run/etc/ 2>/dev/null || :
    mount --bind /run/etc /etc
    mount -t tmpfs tmpfs /usr/local/sbin
    rm -rf /etc/network /etc/systemd/network /etc/systemd/system
    mkdir -p /etc/network/if-pre-up.d /etc/network/if-up.d /etc/network/if-down.d /etc/network/if-post-down.d /etc/systemd/network /etc/systemd/system`);
  for (const { path, mode, content } of files) {
    await sandbox.ok(['tee', path], { stdin: content });
    await sandbox.ok(['chmod', mode, path]);
  }
}

/** A host with a bridge, what stands on it, a rule, a table, and a namespace on a cable. */
export const HOST_AND_NAMESPACE = `
  ip netns add ns1; ip -n ns1 link set lo up
  ip link add br0 type bridge forward_delay 200
  ip link add name v0 type veth peer name v1; ip link set v0 master br0 up; ip link set v1 up
  ip link set br0 up alias 'the lab'; ip address add 10.5.0.1/24 dev br0; ip address add 2001:db8:5::1/64 dev br0 nodad
  ip link add link v1 name mv0 type macvlan mode bridge; ip link set mv0 up; ip address add 10.6.0.1/24 dev mv0
  ip link add vx0 mtu 1400 type vxlan id 9 dstport 4789 local 10.5.0.1; ip link set vx0 up
  ip link add name c0 type veth peer name c1 netns ns1
  ip link set c0 up; ip address add 10.7.0.1/24 dev c0; ip -n ns1 link set c1 up
  ip -n ns1 address add 10.7.0.2/24 dev c1; ip -n ns1 route add default via 10.7.0.1
  ip route add 10.8.0.0/16 via 10.7.0.2; ip route add default via 10.7.0.2 table 100
  ip rule add from 10.7.0.0/24 table 100 priority 500
  nft add table inet lab; ip netns exec ns1 nft add table inet inner`;
