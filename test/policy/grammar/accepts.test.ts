// What is accepted, in which spelling it runs, and what is said about it: targets, effect, capabilities.
import { describe, expect, test } from 'vitest';
import { describeGrammar, parseCommand } from '../../../src/policy/grammar/grammar.js';
import { ALLOWED_PROGRAMS, RESOLVER } from '../../../src/policy/grammar/names.js';
import { ACCEPTED, words } from './samples.js';

describe('what people type', () => {
  test.each(ACCEPTED)('%s', (typed, run) => {
    expect(parseCommand(words(typed)).argv).toEqual(words(run));
  });

  test.each(ACCEPTED)('what runs for "%s" is its own canonical spelling', (_, run) => {
    expect(parseCommand(words(run)).argv).toEqual(words(run));
  });

  test('every program of the list has samples and a description', () => {
    const sampled = new Set(ACCEPTED.map(([typed]) => words(typed)[0]));
    expect([...sampled].sort()).toEqual([...ALLOWED_PROGRAMS].sort());
    for (const program of ALLOWED_PROGRAMS) expect(describeGrammar(program).length, program).toBeGreaterThan(1);
    expect(describeGrammar('bash')).toEqual([]);
  });

  test('a filter of ss may come in one word', () => {
    expect(parseCommand(['ss', '-t', '( sport = :22 )']).argv).toEqual(['ss', '-n', '-t', '(', 'sport', '=', ':22', ')']);
  });
});

describe('targets', () => {
  test.each<[string, string[]]>([
    ['ping 10.0.0.1', ['10.0.0.1']],
    ['ping fe80::0001%a0', ['fe80::1']],
    ['ping Example.COM', ['example.com']],
    ['tracepath fd00:0::1', ['fd00::1']],
    ['traceroute 10.0.0.1 60', ['10.0.0.1']],
    ['dig example.com @10.0.0.53', ['10.0.0.53']],
    ['dig example.com', [RESOLVER]],
    ['getent ahosts example.com', [RESOLVER]],
    ['getent services ssh', []],
    ['curl https://[fd00::1]:8443/x', ['fd00::1']],
    ['curl example.com/10.0.0.1', ['example.com']],
    ['ip route get 10.0.0.1', []],
    ['ss dst 10.0.0.1', []],
  ])('%s', (typed, targets) => {
    expect(parseCommand(words(typed)).targets).toEqual(targets);
  });
});

describe('effect and capabilities', () => {
  test.each<[string, string, string[]]>([
    ['ip a', 'read', []],
    ['ss -t', 'read', []],
    ['ss -tp', 'read', ['sys_ptrace', 'dac_read_search']],
    ['nft list ruleset', 'read', ['net_admin']],
    ['conntrack -L', 'read', ['net_admin']],
    ['ethtool a0', 'read', []],
    ['ethtool -m a0', 'read', ['net_admin']],
    ['ping 10.0.0.1', 'probe', ['net_raw']],
    ['traceroute 10.0.0.1', 'probe', []],
    ['traceroute -I 10.0.0.1', 'probe', ['net_raw']],
    ['curl http://10.0.0.1', 'probe', []],
    ['getent hosts a.example', 'probe', []],
    ['getent protocols tcp', 'read', []],
  ])('%s', (typed, effect, capabilities) => {
    expect(parseCommand(words(typed))).toMatchObject({ effect, capabilities });
  });
});
