// Tables of nftables: how a listing is taken apart, what of a table has to be the same, and that its text loads again.
import { describe } from 'vitest';
import { firewallKind } from '../../src/change/objects/firewall.js';
import { parseLegacyTables, parseRuleset, RULESET_COMMAND } from '../../src/kernel/sections/firewall.js';
import { readsFiles, statementsOf, tableBlock } from '../../src/model/nftables.js';
import { expect, test } from '../support/fixture.js';

const RICH = `table ip rich {
	flags dormant;
	comment "a } # { comment"
	set learnt {
		type ipv4_addr
		size 65535
		flags dynamic,timeout
		timeout 1h
		elements = { 10.0.0.1 timeout 1h expires 30m }
	}

	set timed {
		type ipv4_addr
		flags timeout
		elements = { 10.0.0.2 timeout 2h expires 30m, 10.0.0.3 }
	}

	set pairs {
		type ipv4_addr . inet_service
		elements = { 10.0.0.9 . 80, 10.0.0.1 . 90 }
	}

	map verdicts {
		type inet_service : verdict
		elements = { 22 : accept, 23 : drop }
	}

	counter hits {
		packets 3 bytes 4
	}

	chain extra {
		ip saddr 10.0.0.1 counter packets 3 bytes 4 log prefix "x { y" drop comment "include"
		tcp dport vmap @verdicts
	}

	chain entry {
		type filter hook input priority -5; policy drop;
		jump extra
	}
}
table inet plain {
}
`;

/** Asking the kernel for its `filter` makes it (xt_find_table_lock, net/netfilter/x_tables.c), as `iptables-legacy -L` does: IPT_SO_GET_INFO is 64. */
const ASK_FOR_FILTER = `
import ctypes, socket
asked = ctypes.create_string_buffer(b'filter', 84)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
exit(ctypes.CDLL(None).getsockopt(raw.fileno(), 0, 64, asked, ctypes.byref(ctypes.c_uint(84))) != 0)`;

describe('text', () => {
  test('statements end at line feeds and semicolons outside braces; comments and strings say nothing', () => {
    const found = statementsOf('# table ip x {\ndefine a = { 1,\n 2 } ; table ip t { chain c { log prefix "} ; {" # }\n } }\nadd rule ip t c \\\n drop');
    expect(found.map(({ bare, line }) => [line, bare])).toEqual([
      [2, 'define a = { 1, 2 }'],
      [3, 'table ip t { chain c { log prefix "" } }'],
      [5, 'add rule ip t c drop'],
    ]);
    expect(found.map((statement) => tableBlock(statement)?.name ?? null)).toEqual([null, 't', null]);
  });

  test.each([
    ['include "/etc/passwd"', true],
    ['table ip t { include "/etc/passwd" }', true],
    ['table ip t { comment "x"include "/etc/passwd" }', true],
    ['table ip t { comment "a\n"; include\\\n "/etc/passwd" }', true],
    ['table ip t { comment "we include these" } # include', false],
    ['add rule ip includes c accept', false],
  ])('%j reads files: %s', (text, reads) => {
    expect(statementsOf(text).some(({ bare }) => readsFiles(bare))).toBe(reads);
  });

  test('tables of a listing, and what is none that nft reads back', () => {
    const warned =
      '# Warning: table ip nat is managed by iptables-nft, do not touch!\ntable ip nat {\n\tchain A {\n\t}\n}\ntable inet o { # progname firewalld\n\tflags owner\n}\ntable ip ü {\n}\n';
    const { tables, strange } = parseRuleset(warned);
    expect(tables.map(({ family, name }) => `${family} ${name}`)).toEqual(['ip nat', 'inet o']);
    expect(strange).toBe(1);
    expect(tables.map((table) => firewallKind.lacks?.(table))).toEqual([null, expect.stringContaining('flags owner')]);
  });

  test('leftovers of iptables-legacy', () => {
    const tables = parseLegacyTables('/proc/net/ip_tables_names:filter\n/proc/net/ip_tables_names:nat\n/proc/net/ip6_tables_names:filter\n');
    expect(tables).toEqual([
      { family: 'iptables-legacy', name: 'filter', text: '' },
      { family: 'iptables-legacy', name: 'nat', text: '' },
      { family: 'ip6tables-legacy', name: 'filter', text: '' },
    ]);
    expect(firewallKind.of({ firewall: tables })).toEqual([]);
  });

  test.each([
    ['table ip t { }\ninclude "/etc/passwd"', 'not that of one table'],
    ['table ip t {\n\tinclude "/etc/passwd"\n}', 'read files'],
    ['table ip t {\n\tchain c {\n\t\txt match "string" drop\n\t}\n}', 'iptables-nft'],
  ])('what cannot be made again: %j', (text, why) => {
    expect(firewallKind.lacks?.({ family: 'ip', name: 't', text })).toContain(why);
  });
});

describe('on the kernel', () => {
  test('a table with everything in it is made again as it was, in the place of one that has changed', async ({ sandbox }) => {
    await sandbox.ok(['nft', '-f', '-'], { stdin: RICH });
    const read = async () => parseRuleset(await sandbox.ok(RULESET_COMMAND)).tables;
    const before = await read();
    expect(before.map(({ family, name }) => `${family} ${name}`)).toEqual(['ip rich', 'inet plain']);
    expect(before.map((table) => firewallKind.lacks?.(table))).toEqual([null, null]);
    expect(before[0]?.text).not.toMatch(/packets \d/);

    await sandbox.sh('nft flush chain ip rich extra; nft delete table inet plain');
    for (const table of before) {
      for (const { args, stdin = '' } of firewallKind.add(table, { state: {}, name: null })) await sandbox.ok(['nft', ...args], { stdin });
    }
    const after = await read();
    expect(after.map(firewallKind.facts)).toEqual(before.map(firewallKind.facts));

    for (const table of before) for (const { args } of firewallKind.remove(table, { state: {}, name: null })) await sandbox.ok(['nft', ...args]);
    expect(await sandbox.ok(RULESET_COMMAND)).toBe('');
  });

  test('what packets add to a set, and how long elements stay, is no difference; all else is', async ({ sandbox }) => {
    await sandbox.ok(['nft', '-f', '-'], { stdin: RICH });
    const facts = async () => parseRuleset(await sandbox.ok(RULESET_COMMAND)).tables.map(firewallKind.facts);
    const before = await facts();
    await sandbox.sh('nft add element ip rich learnt { 10.0.0.77 }');
    expect(await facts()).toEqual(before);
    await sandbox.sh('nft delete element ip rich timed { 10.0.0.2 }; nft add element ip rich timed { 10.0.0.2 timeout 2h expires 10m }');
    expect(await facts()).toEqual(before);
    await sandbox.sh('nft add element ip rich pairs { 10.0.0.77 . 1 }');
    expect(await facts()).not.toEqual(before);
  });

  test('a namespace without tables has nothing that could not be read', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    expect((await rooms.read('ns1', 'firewall')).unread).toEqual([]);
  });

  test('tables of iptables-legacy are told, of the namespace that has them only', async ({ sandbox, rooms, skip }) => {
    const python = await sandbox.run(['python3', '-c', ASK_FOR_FILTER]);
    if (python.exitCode !== 0) skip('no python3, or a kernel without ip_tables');
    await sandbox.sh('ip netns add ns1');
    const noteOf = async (namespace: string) => (await rooms.change('allow', { namespace, hook: 'input' })).told;
    expect(await noteOf('host')).toContain('iptables-legacy -t filter -S');
    expect(await noteOf('ns1')).not.toContain('legacy');
  });
});
