// The files for systemd-networkd and the units: judged by systemd's own programs, and carried out by the real networkd.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { PROGRAM_PATH, run } from '../../src/exec/run.js';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';
import { type ExportedFile, exportFrom, HOST_AND_NAMESPACE, placeFiles } from './export-world.js';

const NETWORKD = '/lib/systemd/systemd-networkd';

/** What has to be equal: told by iproute2 as JSON, without indices and what networkd may do in its own way. */
const LOOK = `
for n in '' ns1; do
  in=; [ -z "$n" ] || in="-n $n"
  ip $in -j -d address show; ip $in -j route show table all; ip $in -j rule show
  [ -z "$n" ] && nft list tables || ip netns exec $n nft list tables
done`;

const Address = z.looseObject({ family: z.string(), local: z.string(), prefixlen: z.number(), scope: z.string() });
const Link = z.looseObject({
  ifname: z.string(),
  mtu: z.number(),
  address: z.string(),
  flags: z.array(z.string()),
  master: z.string().optional(),
  ifalias: z.string().optional(),
  linkinfo: z.looseObject({ info_kind: z.string().optional() }).optional(),
  addr_info: z.array(Address),
});
const Route = z.looseObject({
  dst: z.string(),
  gateway: z.string().optional(),
  dev: z.string().optional(),
  table: z.string().optional(),
  protocol: z.string().optional(),
});

function seen(text: string): string[] {
  return text.split('\n').flatMap((line): string[] => {
    if (!line.startsWith('[')) return line === '' ? [] : [line];
    const rows: unknown[] = JSON.parse(line);
    const links = z.array(Link).safeParse(rows);
    if (links.success) {
      const told = links.data.map(({ ifname, mtu, address, flags, master, ifalias, linkinfo, addr_info }) => {
        const addresses = addr_info.map(({ local, prefixlen, scope }) => `${local}/${prefixlen} ${scope}`).sort();
        return `${ifname} ${linkinfo?.info_kind ?? ''} ${mtu} ${address} ${flags.includes('UP') ? 'up' : 'down'} ${master ?? ''} ${ifalias ?? ''} ${addresses.join(' ')}`;
      });
      return told.sort();
    }
    const routes = z.array(Route).safeParse(rows);
    const configured = routes.success ? routes.data.filter(({ protocol, table }) => protocol !== 'kernel' && table !== 'local') : [];
    if (routes.success) return configured.map(({ dst, gateway, dev, table }) => `${dst} ${gateway ?? ''} ${dev ?? ''} ${table ?? ''}`).sort();
    return z
      .array(z.looseObject({ priority: z.number(), src: z.string(), table: z.string().optional() }))
      .parse(rows)
      .map(({ priority, src, table }) => `${priority} ${src} ${table ?? ''}`);
  });
}

async function exported(sandbox: Sandbox): Promise<ExportedFile[]> {
  await sandbox.sh(HOST_AND_NAMESPACE);
  const [host, inner] = [
    await exportFrom(sandbox, { namespace: 'host', format: 'networkd' }),
    await exportFrom(sandbox, { namespace: 'ns1', format: 'networkd' }),
  ];
  expect(host.notes.join(' ')).toContain('systemctl enable netns-ns1.service netns-host-setup.service');
  const own = new Map([...host.files, ...inner.files].map((file) => [file.path, file]));
  return [...own.values()];
}

test('systemd-analyze finds nothing to complain of in the units', async ({ sandbox, skip }) => {
  skip(!existsSync('/usr/bin/systemd-analyze'), 'systemd-analyze is not here');
  const files = await exported(sandbox);
  await placeFiles(sandbox, files);
  const units = files.map(({ path }) => path).filter((path) => path.endsWith('.service'));
  expect(units.map((path) => basename(path)).sort()).toEqual(['netns-host-setup.service', 'netns-ns1-setup.service', 'netns-ns1.service']);
  const { exitCode, stdout, stderr } = await sandbox.run(['systemd-analyze', 'verify', '--man=no', ...units], { timeoutMs: 60_000 });
  const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('netns-'));
  expect(own.join('\n')).toBe('');
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
}, 60_000);

test('the real networkd and the units make the same network', async ({ sandbox, skip }) => {
  skip(process.getuid?.() !== 0 || !existsSync(NETWORKD), 'systemd-networkd takes the real root, and has to be here');
  const files = await exported(sandbox);
  const before = seen(await sandbox.sh(LOOK));
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-networkd-'));
  try {
    for (const { path, content, mode } of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), content, { mode: Number.parseInt(mode, 8) });
    }
    const starts = files
      .filter(({ path }) => path.endsWith('.service'))
      .sort((a, b) => Number(a.path.includes('setup')) - Number(b.path.includes('setup')))
      .flatMap(({ content }) =>
        [...content.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => (command.startsWith('/') ? join(folder, command) : command)),
      );
    const links = files.flatMap(({ path }) => (path.endsWith('.netdev') ? [basename(path).replace(/^\d+-(.*)\.netdev$/, '$1')] : []));
    await run(['chmod', '-R', 'a+rX', folder]);
    const script = `
      mount --make-rprivate /
      mount -t tmpfs tmpfs /run; mkdir -p /run/netns /run/systemd/network
      mount -t sysfs -o ro sysfs /sys
      ip link set lo up; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/default/dad_transmits
      cp ${join(folder, 'etc/systemd/network')}/* /run/systemd/network/
      SYSTEMD_LOG_TARGET=console ${NETWORKD} >/run/log 2>&1 &
      for link in ${links.join(' ')}; do n=0; until ip link show dev $link >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 100 ] || { cat /run/log >&2; exit 1; }; sleep 0.1; done; done
      set -e
      ${starts.join('\n')}
      set +e
      n=0; until ip rule show | grep -q 'lookup 100' && ip route show table 100 | grep -q default && ip address show dev mv0 | grep -q 10.6 ; do n=$((n+1)); [ $n -lt 100 ] || break; sleep 0.1; done
      sleep 1
      ${LOOK}
      cat /run/log >&2`;
    const { exitCode, stdout, stderr } = await run(['unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script], {
      timeoutMs: 60_000,
      env: { PATH: PROGRAM_PATH, LC_ALL: 'C' },
    });
    expect(exitCode, String(stderr)).toBe(0);
    expect(before).toEqual(
      expect.arrayContaining([expect.stringMatching(/^br0 bridge .* up .*the lab .*10\.5\.0\.1\/24 global/), '500 10.7.0.0 100', 'table inet inner']),
    );
    expect(seen(stdout.toString()), String(stderr)).toEqual(before);
    expect(String(stderr)).not.toMatch(/Unknown (key|section|lvalue)|Failed to parse|ignoring assignment|Invalid/i);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 90_000);
