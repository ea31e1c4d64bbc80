// apply_ruleset: what nft is given, what it may not be, and what becomes of the tables of others.
import { describe } from 'vitest';
import { cutsOf, Match } from '../../src/change/parts/firewall/firewall-match.js';
import { parseRulesetErrors, tablesOfText } from '../../src/change/parts/firewall/ruleset.js';
import { parseRuleset } from '../../src/kernel/sections/firewall.js';
import { NetnsError } from '../../src/model/errors.js';
import { tableKey } from '../../src/model/nftables.js';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';
import { aNamespace } from '../support/things.js';

const THEIRS = 'table inet theirs {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 9 counter drop\n\t}\n}\n';
const OURS =
  'define ports = { 22, 80 }\n\ntable inet fw {\n  set blocked { type ipv4_addr; elements = { 10.0.0.9, 10.0.0.1 }; }\n  chain in {\n    type filter hook input priority 5\n    ip saddr @blocked drop # comment\n    tcp dport $ports accept\n  }\n}\n';

const nft = (sandbox: Sandbox, ...args: string[]) => sandbox.ok(['ip', 'netns', 'exec', 'ns1', 'nft', '-s', ...args]);
const ruleset = (sandbox: Sandbox) => nft(sandbox, 'list', 'ruleset');

/** Restoring a table makes it anew, after those that stayed. */
const tables = async (sandbox: Sandbox) => parseRuleset(await ruleset(sandbox)).tables.sort((a, b) => (a.name < b.name ? -1 : 1));

async function prepared(sandbox: Sandbox): Promise<void> {
  await sandbox.sh('ip netns add ns1');
  await sandbox.ok(['ip', 'netns', 'exec', 'ns1', 'nft', '-f', '-'], { stdin: THEIRS });
}

describe('on the kernel', () => {
  test('merge adds a table, leaves those of others, and does nothing the second time', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    const { shown, change } = await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: OURS });
    expect(shown).toEqual({ tables: [{ table: 'inet theirs', rules: 1 }, { table: 'inet fw', rules: 2 }] }); // biome-ignore format: a row
    expect(await nft(sandbox, 'list', 'table', 'inet', 'theirs')).toBe(THEIRS);
    const made = await ruleset(sandbox);
    expect((await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: OURS })).change.changed).toBe(false);
    expect(await ruleset(sandbox)).toBe(made);
    await rooms.undo(change.id);
    expect(await ruleset(sandbox)).toBe(THEIRS);
  });

  test('merge adds to a table that is there, without a word of what it held', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    const { change } = await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: 'add rule inet theirs input tcp dport 10 drop' });
    expect(change.loses).toEqual([]);
    expect((await ruleset(sandbox)).match(/dport \d+/g)).toEqual(['dport 9', 'dport 10']);
    await rooms.undo(change.id);
    expect(await ruleset(sandbox)).toBe(THEIRS);
  });

  test.for([
    ['rules at the end', 'add rule inet theirs input tcp dport 10 drop; add rule inet theirs input tcp dport { 443, 80 } accept comment "a; b }"'],
    ['rules in front', 'insert rule inet theirs input tcp dport 10 drop\ninsert rule inet theirs input udp dport 53 accept'],
    ['a chain and a set in a table that is there', 'table inet theirs { set s { type ipv4_addr; elements = { 10.0.0.1 } }; chain c { ip saddr @s drop; }; }'],
    ['rules in a chain that is there, as a block', 'table inet theirs { chain input { tcp dport 10-12 counter jump c; }; chain c { }; }'],
  ])('merge adds %s once', async ([, text = ''], { sandbox, rooms }) => {
    await prepared(sandbox);
    const input = { namespace: 'ns1', ruleset: text };
    const { change } = await rooms.change('apply_ruleset', input);
    expect(change.changed).toBe(true);
    const made = await ruleset(sandbox);
    expect((await rooms.change('apply_ruleset', input)).change).toMatchObject({ changed: false, commands: [] });
    expect(await ruleset(sandbox)).toBe(made);
    await rooms.undo(change.id);
    expect(await ruleset(sandbox)).toBe(THEIRS);
  });

  test('merge adds all of its rules where one is missing, or they are there in another order', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    const rule = (port: number) => `add rule inet theirs input tcp dport ${port} drop`;
    for (const [ports, all] of [
      [
        [10, 9],
        ['9', '10', '9'],
      ],
      [
        [9, 10],
        ['9', '10', '9'],
      ],
      [
        [10, 11],
        ['9', '10', '9', '10', '11'],
      ],
    ] as const) {
      await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: ports.map((port) => (port === 9 ? `${rule(9).replace(' drop', '')} counter drop` : rule(port))).join('\n') }); // biome-ignore format: a row
      expect(
        [...(await ruleset(sandbox)).matchAll(/dport (\d+)/g)].map(([, port]) => port),
        ports.join(),
      ).toEqual(all);
    }
  });

  test('replace_tables empties the tables that the text defines, replace_all the rest as well; both are told and undone', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: OURS });
    const both = await tables(sandbox);
    const other = 'table inet fw {\n\tchain out {\n\t\ttype filter hook output priority filter; policy accept;\n\t}\n}\n';
    const replaced = await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: other, mode: 'replace_tables' });
    expect(replaced.change.loses).toEqual(['what the table inet fw holds now']);
    expect(await ruleset(sandbox)).toBe(`${THEIRS}${other}`);
    expect((await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: other, mode: 'replace_tables' })).change.changed).toBe(false);
    await rooms.undo(replaced.change.id);
    expect(await tables(sandbox)).toEqual(both);

    const whole = await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: `#!/usr/sbin/nft -f\nflush ruleset\n${other}`, mode: 'replace_all' });
    expect(whole.change.loses).toEqual(['what the table inet theirs holds now', 'what the table inet fw holds now']);
    expect(await ruleset(sandbox)).toBe(other);
    expect((await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: other, mode: 'replace_all' })).change.changed).toBe(false);
    await rooms.undo(whole.change.id);
    expect(await tables(sandbox)).toEqual(both);
  });

  test('what nft refuses is told by line and column, in a dry run too, and nothing is changed', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    const wrong = 'table inet fw {\n  chain in {\n    tcp dport 80 acept\n  }\n}\n';
    for (const mode of ['merge', 'replace_tables', 'replace_all']) {
      const failure = await rooms.fails('apply_ruleset', { namespace: 'ns1', ruleset: wrong, mode });
      expect(failure, mode).toMatchObject({ code: 'RULESET_INVALID', message: expect.stringContaining('line 3, column'), details: { errors: [{ line: 3 }] } });
    }
    await expect(rooms.dryRun('apply_ruleset', { namespace: 'ns1', ruleset: wrong })).rejects.toThrow('RULESET_INVALID');
    await expect(rooms.dryRun('apply_ruleset', { namespace: 'ns1', ruleset: 'add rule inet nix in accept' })).rejects.toThrow('RULESET_INVALID');
    expect(await ruleset(sandbox)).toBe(THEIRS);
  });

  test('rules that name links of the namespace, and a namespace that the same list makes', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    await sandbox.sh('ip -n ns1 link add eth0 type veth peer name eth1');
    const byIndex = 'table ip byindex {\n\tchain c {\n\t\tiif "eth0" accept\n\t}\n}\n';
    expect((await rooms.change('apply_ruleset', { namespace: 'ns1', ruleset: byIndex })).change.changed).toBe(true);
    expect(await ruleset(sandbox)).toBe(`${THEIRS}${byIndex}`);
    await rooms.changeList([
      { op: 'create_namespace', input: { name: 'ns2' } },
      { op: 'apply_ruleset', input: { namespace: 'ns2', ruleset: OURS } },
    ]);
    expect(await sandbox.ok(['ip', 'netns', 'exec', 'ns2', 'nft', 'list', 'tables'])).toBe('table inet fw\n');
    expect(await rooms.failsList([{ op: 'create_namespace', input: { name: 'ns3' } }, { op: 'apply_ruleset', input: { namespace: 'ns3', ruleset: 'table ip x { nix }' } }])).toMatchObject({ code: 'RULESET_INVALID' }); // biome-ignore format: a row
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('ns1\nns2\n');
  });

  test('the table of this server is put in by its operations alone, and goes with replace_all', async ({ sandbox, rooms }) => {
    await prepared(sandbox);
    await rooms.change('drop', { namespace: 'ns1', hook: 'input', ports: [1] });
    expect(await rooms.fails('apply_ruleset', { namespace: 'ns1', ruleset: 'add rule inet netns_mcp input accept' })).toMatchObject({
      code: 'RULESET_INVALID',
    });
    const { change } = await rooms.changeList([
      { op: 'apply_ruleset', input: { namespace: 'ns1', ruleset: 'table ip x {\n}\n', mode: 'replace_all' } },
      { op: 'drop', input: { namespace: 'ns1', hook: 'input', ports: [1] } },
    ]);
    expect(change.changed).toBe(true);
    expect((await ruleset(sandbox)).match(/^table .*(?= \{)/gm)).toEqual(['table ip x', 'table inet netns_mcp']);
  });
});

const refusal = (text: string, mode: Parameters<typeof tablesOfText>[1] = 'merge') => {
  try {
    return tablesOfText(text, mode).named.map(tableKey).join();
  } catch (error) {
    if (error instanceof NetnsError) return `${error.code}: ${error.message}`;
    throw error;
  }
};

describe('what a text may say', () => {
  test.for([
    ['include "/etc/shadow"', 'include'],
    ['table ip t {\n include "/etc/shadow"\n}', 'include'],
    ['table ip t { comment "x";include "/etc/shadow"; }', 'include'],
    ['table ip t { }; flush ruleset', 'flush ruleset'],
    ['delete table ip t', 'delete table'],
    ['flush table ip t', 'flush table'],
    ['destroy table ip t', 'destroy table'],
    ['add table handle 3', 'add table handle'],
    ['reset counters', 'reset'],
    ['monitor', 'monitor'],
    ['list ruleset', 'list'],
    ['add filter input accept', 'add filter'],
    ['table ip t {\n flags owner\n}', 'owner'],
    ['table inet netns_mcp { }', 'kept by this server'],
    ['add chain inet \\\n netns_mcp x', 'kept by this server'],
    ['add element inet netns_mcp s { 1 }', 'kept by this server'],
  ])('refused: %j', ([text = '', why = '']) => {
    expect(refusal(text)).toMatch(/^RULESET_INVALID: Line \d+/);
    expect(refusal(text)).toContain(why);
  });

  test.for([
    ['table t { }', 'ip t'],
    ['add rule inet a b accept; insert rule ip6 c d drop\ncreate chain bridge e f', 'inet a,ip6 c,bridge e'],
    ['define include_me = 1\nadd ct helper ip g h { type "ftp" protocol tcp; }\nadd element netdev i j { 1 }', 'ip g,netdev i'],
    ['# include "x"\ntable ip t { chain c { log prefix "include" ; } }', 'ip t'],
  ])('taken: %j', ([text = '', tables]) => {
    expect(refusal(text)).toBe(tables);
  });

  test('a flush of all only where all is to be replaced, and at most 256 KiB', () => {
    expect(refusal('flush ruleset\ntable ip t { }', 'replace_all')).toBe('ip t');
    expect(refusal('flush ruleset\ntable ip t { }', 'replace_tables')).toContain('the tables of all others');
    expect(refusal(`#${'ü'.repeat(130 * 1024)}\n`)).toContain('256 KiB');
  });

  test('complaints of nft are those of the text of the caller', () => {
    const stderr = '/dev/stdin:5:3-7: Error: syntax error, unexpected string\n    foo\n    ^^^\n/dev/stdin:1:1-1: Error: \u001b[31mother\n';
    expect(parseRulesetErrors(stderr, 2)).toEqual([{ line: 3, column: 3, message: 'syntax error, unexpected string' }, { line: 1, column: 1, message: '\\x1b[31mother' }]); // biome-ignore format: a row
  });
});

describe('who would be cut off from the host', () => {
  const SSH = '192.0.2.9 50000 192.0.2.1 22';
  const cuts = (input: object, connection: string | null = SSH, isHost = true) => {
    const former = process.env['SSH_CONNECTION'];
    if (connection === null) delete process.env['SSH_CONNECTION'];
    else process.env['SSH_CONNECTION'] = connection;
    try {
      return cutsOf(aNamespace({ isHost }), Match.parse({ namespace: 'host', hook: 'input', ...input })).length > 0;
    } finally {
      if (former === undefined) delete process.env['SSH_CONNECTION'];
      else process.env['SSH_CONNECTION'] = former;
    }
  };

  test.for<[object, boolean]>([
    [{}, true],
    [{ ports: [22] }, true],
    [{ ports: ['20-30'], protocol: 'tcp' }, true],
    [{ in_link: 'eth0' }, true],
    [{ source: '192.0.2.0/24' }, true],
    [{ hook: 'output', destination: '192.0.2.9' }, true],
    [{ hook: 'output', ports: [80] }, true],
    [{ ports: [80, '23-30'] }, false],
    [{ protocol: 'udp' }, false],
    [{ source: '198.51.100.0/24' }, false],
    [{ destination: '192.0.2.2' }, false],
    [{ states: ['invalid'] }, false],
    [{ hook: 'output', destination: '198.51.100.0/24' }, false],
    [{ hook: 'forward' }, false],
  ])('by SSH, %j: %s', ([input, expected]) => {
    expect(cuts(input)).toBe(expected);
    expect(cuts(input, SSH, false)).toBe(false);
  });

  test('without SSH only what means everybody', () => {
    expect(cuts({}, null)).toBe(true);
    expect(cuts({ ports: [22] }, null)).toBe(false);
  });

  test('over a link-local address', () => {
    expect(cuts({ source: 'fe80::/10' }, 'fe80::9%eth0 50000 fe80::1%eth0 22')).toBe(true);
  });
});
