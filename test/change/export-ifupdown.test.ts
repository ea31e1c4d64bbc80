// The scripts for ifupdown, run by the real ifup and ifdown of Debian in a sandbox with an /etc/network of its own.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { run } from '../../src/exec/run.js';
import { expect, test } from '../support/fixture.js';
import { Sandbox } from '../support/sandbox.js';
import { dump, exportFrom, HOST_AND_NAMESPACE, placeFiles } from './export-world.js';

let folder = '';
let isThere = false;

/** Unpacked, not installed: on this machine it would take over the network. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netns-mcp-ifupdown-'));
  await run(['chmod', '755', folder]);
  const download = await run(['sh', '-c', 'cd "$0" && apt-get download -q ifupdown', folder], { timeoutMs: 60_000 });
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb'));
  isThere = download.exitCode === 0 && deb !== undefined && (await run(['dpkg', '-x', join(folder, deb), folder])).exitCode === 0;
}, 90_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs ifup or ifdown; what they print is part of the answer. */
async function ifupdown(sandbox: Sandbox, program: 'ifup' | 'ifdown', ...args: string[]) {
  const { exitCode, stdout, stderr } = await sandbox.run([join(folder, 'sbin', program), ...args], { timeoutMs: 60_000 });
  return { exitCode, said: `${stdout}${stderr}` };
}

describe('ifupdown', () => {
  test('ifup makes it all with its interface, once more changes nothing, and ifdown takes it away', async ({ sandbox, skip }) => {
    skip(!isThere, 'Debian package ifupdown cannot be had');
    await sandbox.sh(HOST_AND_NAMESPACE);
    const before = await dump(sandbox);
    const { files, notes } = await exportFrom(sandbox, { namespace: 'host', format: 'ifupdown' });
    expect(files.map(({ path, mode }) => `${path} ${mode}`)).toEqual(['/etc/network/if-up.d/netns-host 0755', '/etc/network/if-down.d/netns-host 0755']);
    expect(notes).toContain('ifupdown runs it with interface lo.');
    const inner = await exportFrom(sandbox, { namespace: 'ns1', format: 'ifupdown' });

    await using other = await Sandbox.open();
    await placeFiles(other, [...files, ...inner.files]);
    const empty = await dump(other);
    await other.ok(['tee', '/etc/network/interfaces'], { stdin: 'auto lo\niface lo inet loopback\niface x0 inet manual\n' });
    expect((await other.ok(['run-parts', '--test', '/etc/network/if-up.d'])).trim().split('\n')).toContain('/etc/network/if-up.d/netns-host');

    // Another interface is none of its business.
    await other.sh('ip link add name x0 type veth peer name x1');
    expect(await ifupdown(other, 'ifup', 'x0')).toMatchObject({ exitCode: 0 });
    expect(await other.ok(['ip', 'netns', 'list'])).toBe('');
    await other.sh('ip link delete x0');

    const up = await ifupdown(other, 'ifup', '-a');
    expect(up.exitCode, up.said).toBe(0);
    expect(await dump(other)).toBe(before);
    const again = await ifupdown(other, 'ifup', '--force', 'lo');
    expect(again.exitCode, again.said).toBe(0);
    expect(await dump(other)).toBe(before);

    const down = await ifupdown(other, 'ifdown', 'lo');
    expect(down.exitCode, down.said).toBe(0);
    await other.sh('ip link set lo up');
    const masked = (text: string) => text.replace(/^.*(accept_dad|dad_transmits).*\n/gm, '');
    expect(masked(await dump(other))).toBe(masked(empty));
    const twice = await other.run(['/etc/network/if-down.d/netns-host'], { env: { IFACE: 'lo' } });
    expect(twice.exitCode, String(twice.stderr)).toBe(0);
  }, 120_000);

  test('waits for the one interface of the host that it stands on, or for the one that it is told', async ({ sandbox }) => {
    await sandbox.sh(`
      ip link add name nic type veth peer name wire; ip link set nic up; ip netns add cell
      ip link add link nic name mv0 netns cell type macvlan mode bridge`);
    const { files } = await exportFrom(sandbox, { namespace: 'cell', format: 'ifupdown' });
    expect(files[0]?.content).toContain(`[ "$\{IFACE:-}" = nic ] || exit 0`);
    expect(files[0]?.content).toContain("need '' nic");
    const told = await exportFrom(sandbox, { namespace: 'cell', format: 'ifupdown', interface: 'br-lan' });
    expect(told.files[1]?.content).toContain(`[ "$\{IFACE:-}" = br-lan ] || exit 0`);
  });
});
