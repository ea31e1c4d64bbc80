// What an export says of kinds of links that this kernel may lack, and of secrets: from worlds that are written down here.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { exportWorld } from '../../src/change/export/formats.js';
import { addressSection } from '../../src/change/export/networkd/words.js';
import { linesOf } from '../../src/change/export/shell.js';
import type { ExportedWorld } from '../../src/change/export/world.js';
import type { LinkObject } from '../../src/change/objects/link.js';
import type { CapturedPlace } from '../../src/change/restore/captured.js';
import { run } from '../../src/exec/run.js';

const NAME = { label: 'host', about: 'the host' };
const INODE = 1;
let index = 1;

function link(name: string, kind: string, more: Partial<LinkObject> = {}): LinkObject {
  index++;
  return {
    ...{
      index,
      name,
      altnames: [],
      kind,
      up: true,
      operstate: 'UP',
      flags: ['BROADCAST', 'MULTICAST', 'UP'],
      mtu: 1500,
      mac: null,
      peer_index: null,
      peer: null,
    },
    ...{ link_netnsid: null, master: null, alias: null, qdisc: null, group: 'default', netns_immutable: null, tx_queue_len: 1000, addr_gen_mode: 'eui64' },
    ...{ attributes: {}, port: null, other: null },
    ...more,
  };
}

function hostWith(links: readonly LinkObject[]): ExportedWorld {
  const place: CapturedPlace = {
    ...{ references: ['host'], inode: INODE, born: null, names: ['host'], is_host: true, entry: { path: '/proc/self/ns/net' }, existed: true },
    scope: { whole: true, links: [], objects: [], sections: null },
    objects: links.map((value) => ({ kind: 'link', key: value.name, value })),
  };
  const plain = links.map(({ other: _, ...each }) => each);
  return {
    places: [{ name: 'host', isHost: true, isMade: false, isOwn: false, state: { links: plain } }],
    shall: { places: [place] },
    there: { places: [{ ...place, objects: [] }] },
    states: new Map([[INODE, { links: [] }]]),
    notes: [],
  };
}

const on = (name: string) => ({ other: { inode: INODE, name } });
const KINDS: readonly [LinkObject, netdev: string[]][] = [
  [link('d0', 'dummy', { mtu: 9000 }), ['Kind=dummy', 'MTUBytes=9000']],
  [link('vrf1', 'vrf', { attributes: { table: 100 } }), ['Kind=vrf', '[VRF]', 'Table=100']],
  [
    link('bond0', 'bond', { attributes: { mode: '802.3ad', miimon_ms: 100, lacp_rate: 'fast' } }),
    ['[Bond]', 'Mode=802.3ad', 'MIIMonitorSec=100ms', 'LACPTransmitRate=fast'],
  ],
  [
    link('vlan5', 'vlan', { attributes: { id: 5, protocol: '802.1ad', reorder_hdr: false }, ...on('d0') }),
    ['[VLAN]', 'Id=5', 'Protocol=802.1ad', 'ReorderHeader=no'],
  ],
  [link('ipv0', 'ipvlan', { attributes: { mode: 'l3s', flag: 'private' }, ...on('d0') }), ['[IPVLAN]', 'Mode=L3S', 'Flags=private']],
  [link('gnv0', 'geneve', { attributes: { id: 7, remote: '192.0.2.9' } }), ['[GENEVE]', 'Id=7', 'Remote=192.0.2.9']],
  [
    link('br9', 'bridge', {
      attributes: {
        ...{
          stp_state: true,
          priority: 4096,
          forward_delay_s: 4,
          hello_time_s: 1,
          max_age_s: 10,
          ageing_time_s: 60.5,
          group_fwd_mask: 8,
          vlan_filtering: true,
        },
        ...{
          vlan_default_pvid: 7,
          vlan_protocol: '802.1ad',
          mcast_querier: true,
          mcast_snooping: false,
          mcast_igmp_version: 3,
          mcast_startup_query_interval_s: 31.24,
        },
      },
    }),
    ['STP=yes', 'AgeingTimeSec=60.5', 'DefaultPVID=7', 'VLANProtocol=802.1ad', 'MulticastSnooping=no'],
  ],
  [
    link('bond1', 'bond', {
      attributes: {
        ...{ mode: 'active-backup', miimon_ms: 100, updelay_ms: 200, downdelay_ms: 200, primary_reselect: 'better', fail_over_mac: 'active' },
        ...{ all_slaves_active: true, resend_igmp: 2, num_grat_arp: 3, packets_per_slave: 2, xmit_hash_policy: 'layer3+4', min_links: 1 },
      },
    }),
    ['PrimaryReselectPolicy=better', 'FailOverMACPolicy=active', 'TransmitHashPolicy=layer3+4'],
  ],
  [
    link('vx9', 'vxlan', { attributes: { id: 9, group: '239.1.1.1', local: '192.0.2.1', dstport: 4789, learning: false, ageing_s: 60 }, ...on('d0') }),
    ['VNI=9', 'Group=239.1.1.1', 'MacLearning=no', 'FDBAgeingSec=60'],
  ],
  [link('mvt0', 'macvtap', { attributes: { mode: 'private' }, ...on('d0') }), ['[MACVTAP]', 'Mode=private']],
  [link('mvl0', 'macvlan', { attributes: { mode: 'vepa', bcqueuelen: 500 }, ...on('d0') }), ['Mode=vepa', 'BroadcastMulticastQueueLength=500']],
  [link('tap0', 'tap', { attributes: { user: 'root', pi: true, vnet_hdr: true, multi_queue: true, persist: true } }), ['[Tap]', 'User=root', 'VNetHeader=yes']],
  [link('ifb9', 'ifb'), ['Kind=ifb']],
  [link('wg0', 'wireguard'), ['Kind=wireguard', '[WireGuard]', 'PrivateKeyFile=/etc/systemd/network/wg0.key']],
];

test.for(KINDS.map(([wanted, says]) => [wanted.kind, wanted, says] as const))('networkd is told of %s', ([, wanted, says]) => {
  const { files } = exportWorld(
    hostWith([link('d0', 'dummy'), ...(wanted.name === 'd0' ? [] : [wanted])].map((each) => (each.name === wanted.name ? wanted : each))),
    'networkd',
    NAME,
    null,
  );
  const netdev = files.find(({ path }) => path.endsWith(`/25-${wanted.name}.netdev`));
  for (const line of says) expect(netdev?.content.split('\n')).toContain(line);
  const above = wanted.other && files.find(({ path }) => path.endsWith(`/25-${wanted.other?.name}.network`));
  if (above) expect(above.content).toMatch(new RegExp(`^(VLAN|IPVLAN|VXLAN|MACVTAP|MACVLAN)=${wanted.name}$`, 'm'));
  expect(files.filter(({ path }) => path.endsWith('.service'))).toEqual([]);
});

test('what networkd has no words for is made by the script, and left alone by networkd', () => {
  const { files, notes } = exportWorld(
    hostWith([link('b0', 'bridge', { attributes: { mcast_hash_max: 512 } }), link('p0', 'dummy', { master: 'b0' })]),
    'networkd',
    NAME,
    null,
  );
  expect(files.map(({ path }) => basename(path)).sort()).toEqual(['25-b0.network', '25-p0.network', 'netns-host-setup', 'netns-host-setup.service']);
  expect(files.find(({ path }) => path.endsWith('25-b0.network'))?.content).toContain('Unmanaged=yes');
  expect(files.find(({ path }) => path.endsWith('-setup'))?.content).toContain('ip link set dev p0 master b0');
  expect(notes.join(' ')).toContain('no words for all of b0, p0');
});

test('networkd reads every key of it', async ({ skip }) => {
  skip(process.getuid?.() !== 0 || !existsSync('/lib/systemd/systemd-networkd'), 'systemd-networkd takes the real root, and has to be here');
  const d0 = KINDS[0]?.[0];
  const { files } = exportWorld(hostWith([...(d0 ? [d0] : []), ...KINDS.slice(1).map(([each]) => each)]), 'networkd', NAME, null);
  const folder = mkdtempSync(join(tmpdir(), 'netns-mcp-networkd-'));
  try {
    for (const { path, content } of files) writeFileSync(join(folder, basename(path)), content);
    writeFileSync(join(folder, '26-wrong.netdev'), '[NetDev]\nName=w0\nKind=dummy\nNoSuchKey=1\n');
    await run(['chmod', '-R', 'a+rX', folder]);
    const script = `
      mount --make-rprivate /; mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/network; mount -t sysfs -o ro sysfs /sys
      cp ${folder}/* /run/systemd/network/
      SYSTEMD_LOG_TARGET=console /lib/systemd/systemd-networkd >/run/log 2>&1 &
      n=0; until grep -q 'Enumeration completed' /run/log; do n=$((n+1)); [ $n -lt 100 ] || break; sleep 0.1; done; cat /run/log`;
    const { stdout } = await run(['unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script], { timeoutMs: 30_000 });
    const complaints = stdout
      .toString()
      .split('\n')
      .filter((line) => /network\/\S+:\d+:/.test(line));
    // It does complain of what it does not know.
    expect([...new Set(complaints)]).toEqual([expect.stringContaining('26-wrong.netdev:4')]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

test('a label that would end its line is no matter for networkd', () => {
  const address = {
    ...{ link: 'd0', link_index: 1, family: 'inet', address: '192.0.2.1/24', peer: null, broadcast: null, scope: 'global', flags: ['permanent'] },
    ...{ metric: null, valid_lft_s: null, preferred_lft_s: null },
  };
  expect(addressSection({ ...address, label: 'd0:one' })).toEqual(['[Address]', 'Address=192.0.2.1/24', 'Label=d0:one']);
  expect(addressSection({ ...address, label: 'd0:\n[Match]' })).toBeNull();
});

test('a secret is not written', () => {
  expect(linesOf({ place: 0, program: 'wg', args: ['syncconf', 'wg0', '/dev/stdin'], stdin: 'PrivateKey = x', isSecret: true, about: [] }, [])).toEqual([]);
});
