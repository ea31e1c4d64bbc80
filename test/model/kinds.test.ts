// The table of kinds of links, without a kernel: what a caller may write, and the words that come of it.
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../src/model/kinds/settings.js';
import { kindOf, LINK_KINDS, LinkKindName } from '../../src/model/kinds/table.js';
import { attributesOf, canBeMade, changeWords, createCommands, needsDown } from '../../src/model/kinds/words.js';
import { SAMPLES } from './kind-samples.js';

const KINDS = LinkKindName.options;

/** The settings of input that has to be right. */
function settingsOf(kind: LinkKindName, raw: Record<string, unknown>) {
  const { settings, problems } = { problems: undefined, settings: undefined, ...parseSettings(kind, raw) };
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

function commandLine(kind: LinkKindName, raw: Record<string, unknown>, lower?: string): string {
  const commands = createCommands({ kind, name: 'x', attributes: settingsOf(kind, raw), ...(lower === undefined ? {} : { lower }) });
  return commands.map((words) => words.join(' ')).join('; ');
}

describe.each(KINDS)('%s', (kind) => {
  const { attributes, shorthands = {} } = LINK_KINDS[kind];

  test('has a sample with an unusual value of each of its settings', () => {
    const told = SAMPLES[kind].full.flatMap((sample) => Object.entries(sample).filter(([field, value]) => value !== attributes[field]?.usual));
    const missing = Object.entries(attributes).filter(([field, { when }]) => when !== 'later' && field !== 'persist' && !told.some(([name]) => name === field));
    expect(missing.map(([field]) => field)).toEqual([]);
  });

  test('accepts its samples, and says each of their settings', () => {
    for (const sample of [SAMPLES[kind].bare, ...SAMPLES[kind].full]) {
      const settings = settingsOf(kind, sample);
      expect(settings).toMatchObject(sample);
      expect(canBeMade(kind, settings)).toBe(true);
    }
  });

  test('has usual and standard values that a caller could write', () => {
    for (const [field, { schema, usual, standard }] of Object.entries(attributes)) {
      for (const value of [usual, standard]) {
        if (value !== undefined && field !== 'ad_actor_system') expect(schema.safeParse(value), field).toMatchObject({ success: true, data: value });
      }
    }
  });

  test('has shorthands for settings that it has', () => {
    for (const { stands } of Object.values(shorthands)) expect(Object.keys(attributes)).toEqual(expect.arrayContaining([...stands]));
  });

  test('never lets a value be taken for another word', () => {
    const words = Object.values(attributes).flatMap(({ schema }) => ['-x', 'a b', 'x;y', 'x\ny', ''].map((value) => schema.safeParse(value).success));
    expect(words).not.toContain(true);
  });
});

describe('what a caller writes', () => {
  test.for<[LinkKindName, Record<string, unknown>, string | undefined, string]>([
    ['bridge', { vlan_filtering: true }, undefined, 'link add name x type bridge vlan_filtering 1'],
    ['bridge', { ageing_time_s: 0.05, forward_delay_s: 4 }, undefined, 'link add name x type bridge forward_delay 400 ageing_time 5'],
    ['vlan', { id: 5 }, 'eth0', 'link add link eth0 name x type vlan id 5'],
    ['macvlan', {}, 'eth0', 'link add link eth0 name x type macvlan mode bridge'],
    ['vxlan', { id: 42, remote: '2001:DB8::2' }, 'eth0', 'link add name x type vxlan id 42 remote 2001:db8::2 dstport 4789 dev eth0'],
    ['vrf', { table: 10 }, undefined, 'link add name x type vrf table 10'],
    ['bond', {}, undefined, 'link add name x type bond mode active-backup miimon 100'],
    [
      'bond',
      { arp_interval_ms: 100, arp_ip_target: '192.0.2.1, 192.0.2.2' },
      undefined,
      'link add name x type bond mode active-backup arp_interval 100 arp_ip_target 192.0.2.1,192.0.2.2',
    ],
    ['gre', { key: 7, csum: true, tos: 16 }, undefined, 'link add name x type gre tos 0x10 ikey 7 okey 7 icsum ocsum'],
    ['gre', { external: true }, undefined, 'link add name x type gre external'],
    ['tap', { user: 'nobody' }, undefined, 'tuntap add dev x mode tap user nobody'],
    ['netkit', { peer: 'y' }, undefined, 'link add name x type netkit peer forward name y'],
    ['ipvlan', { mode: 'l2', flag: 'private' }, 'eth0', 'link add link eth0 name x type ipvlan mode l2 private'],
  ])('%s %j', ([kind, raw, lower, line]) => {
    expect(commandLine(kind, raw, lower)).toBe(line);
  });

  test.for<[LinkKindName, Record<string, unknown>, string, RegExp]>([
    ['vlan', {}, 'id', /needs it/],
    ['vxlan', {}, 'id', /needs it, or external/],
    ['bridge', { vlan_filter: true }, 'vlan_filter', /did you mean vlan_filtering/],
    ['bridge', { ageing_time: 300 }, 'ageing_time', /did you mean ageing_time_s/],
    ['dummy', { mode: 'x' }, 'mode', /it has none/],
    ['vrf', { id: 10, table: 1 }, 'id', /it has table/],
    ['bond', { mode: 'lacp' }, 'mode', /802\.3ad/],
    ['gre', { remote: '2001:db8::1' }, 'remote', /an IPv4 address/],
    ['vxlan', { id: 1, ttl: 'x' }, 'ttl', /1 to 255, auto or inherit/],
    ['ip6tnl', { tclass: 'x' }, 'tclass', /0 to 255, or inherit/],
    ['vxlan', { id: 1, remote: '239.0.0.1' }, 'remote', /unicast/],
    ['vxlan', { id: 1, group: '192.0.2.1' }, 'group', /multicast/],
    ['vlan', { id: 4095 }, 'id', /4094/],
    ['vlan', { id: '5' }, 'id', /number/],
  ])('%s refuses %j', ([kind, raw, field, message]) => {
    const { problems = [] } = parseSettings(kind, raw);
    expect(problems.map((problem) => problem.field)).toContain(field);
    expect(problems.find((problem) => problem.field === field)?.message).toMatch(message);
  });
});

test('a link that is made with everything around it', () => {
  const common = { name: 'x', mac: '02:00:00:00:00:01', mtu: 1400, txQueueLength: 500, index: 9 };
  expect(createCommands({ kind: 'dummy', attributes: {}, ...common })).toEqual([
    ['link', 'add', 'name', 'x', 'txqueuelen', '500', 'address', '02:00:00:00:00:01', 'mtu', '1400', 'index', '9', 'type', 'dummy'],
  ]);
  expect(createCommands({ kind: 'tap', attributes: {}, ...common })).toEqual([
    ['tuntap', 'add', 'dev', 'x', 'mode', 'tap'],
    ['link', 'set', 'dev', 'x', 'txqueuelen', '500', 'address', '02:00:00:00:00:01', 'mtu', '1400'],
  ]);
});

describe('changes', () => {
  test('say what differs, and nothing when nothing does', () => {
    expect(changeWords('bridge', { stp_state: false }, { stp_state: false })).toEqual([]);
    expect(changeWords('bridge', {}, { stp_state: false })).toEqual([]);
    expect(changeWords('bridge', { stp_state: true, priority: 1 }, { priority: 1 })).toEqual(['type', 'bridge', 'stp_state', '0']);
    expect(changeWords('gre', { ikey: 7 }, { ikey: 'none', remote: '192.0.2.1' })).toEqual(['type', 'gre', 'remote', '192.0.2.1', 'noikey']);
  });

  test('say again what would be lost', () => {
    expect(changeWords('geneve', { id: 5, ttl: 'auto' }, { id: 5, ttl: 9 })).toEqual(['type', 'geneve', 'id', '5', 'ttl', '9']);
    expect(changeWords('ipvlan', { mode: 'l3', flag: 'private' }, { mode: 'l2', flag: 'private' })).toEqual(['type', 'ipvlan', 'mode', 'l2', 'private']);
  });

  test('are none where it takes a new link', () => {
    expect(changeWords('vlan', { id: 5 }, { id: 6 })).toBeNull();
    expect(changeWords('macvlan', { mode: 'bridge' }, { mode: 'passthru' })).toBeNull();
    expect(changeWords('vxlan', { id: 5, local: '192.0.2.1' }, { id: 5 })).toBeNull();
  });

  test('tell when the link has to be down', () => {
    expect(needsDown('bond', { lacp_rate: 'slow' }, { lacp_rate: 'fast' })).toBe(true);
    expect(needsDown('bond', { miimon_ms: 1 }, { miimon_ms: 2 })).toBe(false);
  });

  test('bring what needs ports later', () => {
    expect(createCommands({ kind: 'bond', name: 'x', attributes: { mode: 'active-backup', primary: 'eth0' } })[0]?.join(' ')).not.toContain('primary');
    expect(changeWords('bond', {}, { primary: 'eth0' })).toEqual(['type', 'bond', 'primary', 'eth0']);
  });
});

describe('what the kernel shows', () => {
  test('a kind is known by its name, TUN and TAP by their mode', () => {
    expect(kindOf('bridge')).toBe('bridge');
    expect(kindOf('tun', { type: 'tap' })).toBe('tap');
    expect(kindOf('tun', { type: 'tun' })).toBe('tun');
    expect(kindOf('veth')).toBeNull();
    expect(kindOf('toString')).toBeNull();
  });

  test.for([null, undefined, 5, 'x', [], {}])('nothing is read out of %j', (data) => {
    expect(attributesOf('vrf', data)).toEqual({});
  });

  test('a link that a program holds cannot be made', () => {
    expect(canBeMade('tun', attributesOf('tun', { type: 'tun', persist: false }))).toBe(false);
    expect(canBeMade('tun', attributesOf('tun', { type: 'tun', persist: true }))).toBe(true);
  });
});
