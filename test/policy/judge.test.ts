// How rules judge: all subjects together, the strictest wins, and what is not known is never held in the caller's favour.
import { describe, expect, test } from 'vitest';
import type { PolicyRequest } from '../../src/model/policy.js';
import { ALIAS, address, command, HOST, link, namespace, newLink, OTHER, OWN, path, policy, UPLINK } from './subjects.js';

function effect(rules: string[], action: PolicyRequest['action'], subjects: PolicyRequest['subjects'], unread = false) {
  return policy(...rules).decide({ action, subjects, unread }).effect;
}

const ALLOW_ALL = 'effect: allow, actions: ["*"]';

describe('effects', () => {
  test('what no rule covers is denied, and no rule is named', () => {
    expect(policy('effect: allow, actions: [link.set]').decide({ action: 'link.move', subjects: [link('a', OWN)] })).toMatchObject({
      effect: 'deny',
      rule: null,
      line: null,
    });
  });

  test('deny beats ask beats allow', () => {
    const ask = 'effect: ask, actions: [link.set]';
    const deny = 'effect: deny, actions: [link.*]';
    expect(effect([ALLOW_ALL], 'link.set', [link('a', OWN)])).toBe('allow');
    expect(effect([ALLOW_ALL, ask], 'link.set', [link('a', OWN)])).toBe('ask');
    expect(effect([ALLOW_ALL, ask, deny], 'link.set', [link('a', OWN)])).toBe('deny');
  });

  test('one subject that is denied denies all', () => {
    const rules = ['effect: allow, actions: [link.move], namespaces: [owned]'];
    expect(effect(rules, 'link.move', [link('a', OWN), newLink('a', OWN)])).toBe('allow');
    expect(effect(rules, 'link.move', [link('a', OWN), newLink('a', HOST)])).toBe('deny');
    expect(effect(rules, 'link.move', [link('a', HOST), newLink('a', OWN)])).toBe('deny');
  });
});

describe('rules do not add up', () => {
  const rules = [
    'effect: allow, actions: [exec.run], namespaces: [owned], commands: [curl]',
    'effect: allow, actions: [exec.run], commands: [ip]',
    'effect: allow, actions: [exec.run], namespaces: [host], commands: [ping], addresses: [10.0.0.0/8]',
  ];

  test.each([
    ['curl in ours', OWN, 'curl http://192.0.2.1', 'allow'],
    ['ip on the host', HOST, 'ip link', 'allow'],
    ['curl on the host', HOST, 'curl http://192.0.2.1', 'deny'],
    ['curl on the host at the address of another rule', HOST, 'curl http://10.0.0.1', 'deny'],
    ['ping where ping may', HOST, 'ping 10.0.0.1', 'allow'],
    ['ping elsewhere', HOST, 'ping 192.0.2.1', 'deny'],
    ['ping from ours', OWN, 'ping 10.0.0.1', 'deny'],
  ] as const)('%s', (_, place, line, expected) => {
    expect(effect(rules, 'exec.run', [place, command(line)])).toBe(expected);
  });

  test('a command goes with its own targets, not with those of another command', () => {
    expect(effect(rules, 'exec.run', [HOST, command('ping 10.0.0.1'), command('ip link')])).toBe('allow');
    expect(effect(rules, 'exec.run', [HOST, command('ping 192.0.2.1'), command('ip link')])).toBe('deny');
  });
});

describe('the host by another name', () => {
  test.each([
    ['a rule for its name', 'namespaces: ["web-*"]', 'deny'],
    ['a rule for all but the host', 'namespaces: ["!host"]', 'deny'],
    ['a rule for all but another name', 'namespaces: ["!prod"]', 'allow'],
    ['a rule for others', 'namespaces: [other]', 'deny'],
    ['a rule for the host', 'namespaces: [host]', 'allow'],
    ['a rule for every namespace', 'namespaces: ["*"]', 'allow'],
    ['a rule without namespaces', '', 'allow'],
  ])('%s', (_, matcher, expected) => {
    expect(effect([`effect: allow, actions: [link.set], ${matcher}`], 'link.set', [link('a', ALIAS)])).toBe(expected);
  });

  test('a namespace that is called "host" is not the host', () => {
    expect(effect(['effect: allow, actions: [link.set], namespaces: [host]'], 'link.set', [link('a', namespace('host'))])).toBe('deny');
  });

  test('the host is never ours, whatever its marks say', () => {
    expect(effect(['effect: allow, actions: [link.set], namespaces: [owned]'], 'link.set', [link('a', { ...ALIAS, owned: true })])).toBe('deny');
  });
});

describe('a namespace of two names', () => {
  const both = namespace('lab1', { names: ['lab1', 'prod'] });

  test('is permitted by rules that fit both', () => {
    expect(effect(['effect: allow, actions: [link.set], namespaces: ["lab*"]'], 'link.set', [link('a', both)])).toBe('deny');
    expect(effect(['effect: allow, actions: [link.set], namespaces: ["lab*", prod]'], 'link.set', [link('a', both)])).toBe('allow');
  });

  test('is forbidden by a rule that fits one', () => {
    for (const unread of [false, true]) {
      expect(effect([ALLOW_ALL, 'effect: deny, actions: [link.set], namespaces: [prod]'], 'link.set', [link('a', both)], unread)).toBe('deny');
      expect(effect([ALLOW_ALL, 'effect: ask, actions: [link.set], namespaces: [prod]'], 'link.set', [link('a', both)], unread)).toBe('ask');
    }
  });
});

describe('a namespace that could not be opened', () => {
  const unknown = namespace('nsid:0', { inode: null });
  const judged = (...rules: string[]) => effect(rules, 'link.delete', [unknown]);

  test.each(['host', 'other', '"secret-*"', '"container:web"', '"!lab-*"'])('is forbidden by a rule for %s: it may be that', (pattern) => {
    expect(judged(ALLOW_ALL, `effect: deny, actions: [link.delete], namespaces: [${pattern}]`)).toBe('deny');
  });

  test.each(['host', 'other', 'owned', '"nsid*"', '"!secret-*"'])('is not permitted by a rule for %s alone', (pattern) => {
    expect(judged(`effect: allow, actions: [link.delete], namespaces: [${pattern}]`)).toBe('deny');
  });

  test('is not ours, so a rule for all that is not covers it for certain', () => {
    expect(judged('effect: ask, actions: [link.delete], namespaces: [host, other]')).toBe('ask');
    expect(judged('effect: allow, actions: [link.delete], namespaces: ["!owned"]')).toBe('allow');
    expect(judged(ALLOW_ALL, 'effect: deny, actions: [link.delete], namespaces: [owned]')).toBe('allow');
  });
});

describe('labs and containers', () => {
  test.each([
    ['lab:ospf*', { lab: 'ospf-2' }, 'allow'],
    ['lab:ospf*', { lab: 'bgp' }, 'deny'],
    ['lab:ospf*', {}, 'deny'],
    ['container:web', { container: 'web' }, 'allow'],
    ['container:*', {}, 'deny'],
    ['name:n?', {}, 'allow'],
  ])('%s %o', (pattern, more, expected) => {
    expect(effect([`effect: allow, actions: [namespace.read], namespaces: ["${pattern}"]`], 'namespace.read', [namespace('n1', more)])).toBe(expected);
  });
});

describe('addresses', () => {
  const allow = (patterns: string) => [`effect: allow, actions: ["*"], addresses: [${patterns}]`];
  const deny = (patterns: string) => [ALLOW_ALL, `effect: deny, actions: ["*"], addresses: [${patterns}]`];

  test.each([
    ['10.0.0.1', 'allow', 'deny'],
    ['10.0.0.1/24', 'allow', 'deny'],
    ['11.0.0.1', 'deny', 'allow'],
    // A part of it is in the range, another is not: neither permitted nor let through.
    ['0.0.0.0/0', 'deny', 'deny'],
    ['::/0', 'deny', 'allow'],
    ['::ffff:a00:1', 'allow', 'deny'],
    ['::ffff:b00:1', 'deny', 'allow'],
    // Where a name leads is not known.
    ['example.com', 'deny', 'deny'],
    ['@resolver', 'deny', 'deny'],
  ])('%s against 10.0.0.0/8', (text, allowed, denied) => {
    expect(effect(allow('10.0.0.0/8'), 'probe.send', [OWN, address(text)])).toBe(allowed);
    expect(effect(deny('10.0.0.0/8'), 'probe.send', [OWN, address(text)])).toBe(denied);
  });

  test.each([
    ['0.0.0.0', '127.0.0.0/8'],
    ['::', '::1'],
    ['fe80::1%eth0', 'fe80::/10'],
  ])('%s is taken for %s', (text, pattern) => {
    expect(effect(deny(`"${pattern}"`), 'probe.send', [OWN, address(text)])).toBe('deny');
    expect(effect(allow(`"${pattern}"`), 'probe.send', [OWN, address(text)])).toBe('allow');
  });

  test.each([
    ['name:*.example.com', 'www.example.com', 'allow'],
    ['name:*.EXAMPLE.com', 'www.example.com', 'allow'],
    ['name:*.example.com', 'example.com.evil.test', 'deny'],
    ['name:*', '192.0.2.1', 'deny'],
    ['name:*', '@resolver', 'deny'],
    ['@resolver', '@resolver', 'allow'],
    ['@resolver', 'example.com', 'deny'],
  ])('%s and %s', (pattern, text, expected) => {
    expect(effect(allow(`"${pattern}"`), 'probe.send', [OWN, address(text)])).toBe(expected);
  });

  test('denying the name servers denies names, which are looked up there', () => {
    expect(effect(deny('"@resolver"'), 'exec.run', [OWN, command('ping example.com')])).toBe('deny');
    expect(effect(deny('"@resolver"'), 'exec.run', [OWN, command('ping 10.0.0.1')])).toBe('allow');
  });

  test('an exception lets known names through a denied range', () => {
    const rules = deny('10.0.0.0/8, "!name:*.example.com"');
    expect(effect(rules, 'exec.run', [OWN, command('ping www.example.com')])).toBe('allow');
    expect(effect(rules, 'exec.run', [OWN, command('ping www.example.org')])).toBe('deny');
  });

  test('exceptions alone mean all but these', () => {
    expect(effect(allow('"!10.0.0.0/8"'), 'probe.send', [OWN, address('192.0.2.1')])).toBe('allow');
    expect(effect(allow('"!10.0.0.0/8"'), 'probe.send', [OWN, address('10.0.0.1')])).toBe('deny');
    expect(effect(allow('"!10.0.0.0/8"'), 'probe.send', [OWN, address('example.com')])).toBe('deny');
  });

  test('every target of a command counts, and every address beside it', () => {
    const twice = { ...command('ping 10.0.0.1'), targets: ['10.0.0.1', '192.0.2.1'] };
    expect(effect(allow('10.0.0.0/8'), 'exec.run', [OWN, twice])).toBe('deny');
    expect(effect(allow('10.0.0.0/8'), 'exec.run', [OWN, command('ping 10.0.0.1'), address('192.0.2.1')])).toBe('deny');
  });
});

describe('a kind of subject that a request lacks', () => {
  test('an allow with addresses does not cover a command that sends to nobody, and a deny does not catch it', () => {
    expect(effect(['effect: allow, actions: [exec.run], addresses: [10.0.0.0/8]'], 'exec.run', [OWN, command('ip link')])).toBe('deny');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [exec.run], addresses: [10.0.0.0/8]'], 'exec.run', [OWN, command('ip link')])).toBe('allow');
  });

  test('where the action must have it, it is there and unknown: forbidden, and not permitted', () => {
    expect(effect(['effect: allow, actions: [route.add], links: [veth*]'], 'route.add', [OWN, address('0.0.0.0/0')])).toBe('deny');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [route.add], links: [veth*]'], 'route.add', [OWN, address('0.0.0.0/0')])).toBe('deny');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [link.set], namespaces: [prod]'], 'link.set', [])).toBe('deny');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [exec.run], commands: [curl]'], 'exec.run', [OWN])).toBe('deny');
  });

  test('a rule of routing or of the firewall that names no link and no prefix holds for all of them', () => {
    for (const action of ['rule.add', 'firewall.set', 'firewall.ruleset'] as const) {
      for (const matcher of ['links: [veth*]', 'addresses: [10.0.0.0/8]']) {
        expect(effect([`effect: allow, actions: [${action}], ${matcher}`], action, [OWN])).toBe('deny');
        expect(effect([ALLOW_ALL, `effect: deny, actions: [${action}], ${matcher}`], action, [OWN])).toBe('deny');
        expect(effect([ALLOW_ALL, `effect: deny, actions: [${action}], ${matcher}`], action, [link('a', OWN), address('192.0.2.1')])).toBe('allow');
      }
    }
  });

  test('lists may be of nothing, and a deny for some namespaces leaves those alone', () => {
    const rules = [ALLOW_ALL, 'effect: deny, actions: ["*"], namespaces: [prod]'];
    for (const action of ['change.list', 'service.list'] as const) {
      expect(effect(rules, action, [])).toBe('allow');
      expect(effect(rules, action, [namespace('prod')])).toBe('deny');
      expect(effect([`effect: allow, actions: [${action}], namespaces: [owned]`], action, [])).toBe('deny');
    }
    expect(effect(rules, 'config.export', [])).toBe('deny');
  });

  test('files are judged one by one', () => {
    const rules = ['effect: ask, actions: [config.install], paths: ["/etc/network/*"]'];
    expect(effect(rules, 'config.install', [path('/etc/network/if-up.d/a'), path('/etc/network/if-down.d/a')])).toBe('ask');
    expect(effect(rules, 'config.install', [path('/etc/network/if-up.d/a'), path('/etc/passwd')])).toBe('deny');
    expect(effect(rules, 'config.install', [path('/etc/network/../passwd')])).toBe('deny');
    expect(effect(rules, 'config.install', [])).toBe('deny');
    expect(effect(rules, 'config.install', [], true)).toBe('ask');
  });

  test('a deny on links leaves alone what is about no link', () => {
    const rules = [ALLOW_ALL, 'effect: deny, actions: ["*"], links: [eth*]'];
    expect(effect(rules, 'namespace.read', [HOST])).toBe('allow');
    expect(effect(rules, 'exec.run', [HOST, command('ip link')])).toBe('allow');
    expect(effect(rules, 'policy.read', [])).toBe('allow');
    expect(effect(rules, 'link.set', [link('eth0', HOST)])).toBe('deny');
  });

  test('an ask that only may fit permits nothing by itself', () => {
    const ask = 'effect: ask, actions: [route.add], addresses: [10.0.0.0/8]';
    expect(effect([ask], 'route.add', [link('a', OWN), address('10.1.0.0/16')])).toBe('ask');
    expect(effect([ask], 'route.add', [link('a', OWN), address('0.0.0.0/0')])).toBe('deny');
    expect(effect([ALLOW_ALL, ask], 'route.add', [link('a', OWN), address('0.0.0.0/0')])).toBe('ask');
  });

  test('a link that could not be found has no known name', () => {
    expect(effect(['effect: allow, actions: [link.set], links: ["index:*", veth*]'.replace('"index:*", ', '')], 'link.set', [newLink('index:5', OWN)])).toBe(
      'deny',
    );
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [link.set], links: [veth*]'], 'link.set', [newLink('index:5', OWN)])).toBe('deny');
  });
});

describe('protected links', () => {
  const rules = [ALLOW_ALL, 'effect: deny, actions: ["*"], protected: true'];

  test('are denied, whatever else allows them', () => {
    expect(effect(rules, 'link.set', [UPLINK])).toBe('deny');
    expect(effect(rules, 'link.set', [link('eth1', HOST)])).toBe('allow');
    expect(effect(rules, 'link.set', [link('eth1', HOST), UPLINK])).toBe('deny');
  });

  test('are not known before the kernel is read, and a link to be made is none', () => {
    expect(effect(rules, 'link.set', [newLink('eth0', HOST)], true)).toBe('allow');
    expect(effect(rules, 'link.create', [newLink('eth0', HOST)])).toBe('allow');
    expect(effect(rules, 'route.add', [HOST, address('0.0.0.0/0')])).toBe('allow');
  });

  test('may be the only ones that a rule permits', () => {
    const only = ['effect: allow, actions: [address.add], protected: true'];
    expect(effect(only, 'address.add', [UPLINK, address('10.0.0.1')])).toBe('allow');
    expect(effect(only, 'address.add', [link('eth1', HOST), address('10.0.0.1')])).toBe('deny');
    expect(effect(only, 'address.add', [newLink('eth0', HOST), address('10.0.0.1')], true)).toBe('allow');
  });
});

describe('before the kernel is read', () => {
  test('a namespace that is forbidden is denied at once', () => {
    expect(effect(['effect: allow, actions: ["*"], namespaces: [owned]'], 'link.set', [newLink('a', HOST)], true)).toBe('deny');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: ["*"], namespaces: [host]'], 'link.set', [newLink('a', ALIAS)], true)).toBe('deny');
  });

  test('links, commands and addresses that are not known yet are left to the second judgement', () => {
    expect(effect(['effect: allow, actions: [link.set], links: [veth*]'], 'link.set', [newLink('index:5', OWN)], true)).toBe('allow');
    expect(effect(['effect: allow, actions: [exec.run], commands: [curl], addresses: [10.0.0.0/8]'], 'exec.run', [OWN], true)).toBe('allow');
    expect(effect([ALLOW_ALL, 'effect: deny, actions: [link.set], links: [veth*]'], 'link.set', [newLink('veth0', OWN)], true)).toBe('allow');
    expect(effect(['effect: allow, actions: [exec.run], commands: [curl]'], 'exec.run', [OWN, command('ip link')], true)).toBe('deny');
  });
});

describe('commands by their words', () => {
  test.each([
    ['ip route show **', 'ip r', 'allow'],
    ['ip route show **', 'ip route show table main', 'allow'],
    ['ip route show **', 'ip link', 'deny'],
    ['ip ** route show **', 'ip -j r', 'allow'],
    ['ip route', 'ip route show', 'deny'],
    ['sysctl net.ipv4.*', 'sysctl net.ipv4.ip_forward', 'allow'],
    ['sysctl net.ipv4.*', 'sysctl net.ipv6.conf.all.forwarding', 'deny'],
  ])('"%s" and %s', (pattern, line, expected) => {
    expect(effect([`effect: allow, actions: [exec.run], commands: ["${pattern}"]`], 'exec.run', [OTHER, command(line)])).toBe(expected);
  });
});

test('paths', () => {
  const rules = ['effect: allow, actions: [namespace.read], paths: ["/run/docker/netns/*"]'];
  const at = (path: string) => effect(rules, 'namespace.read', [OTHER, { kind: 'path', path }]);
  expect(at('/run/docker/netns/abc')).toBe('allow');
  expect(at('/run/netns/abc')).toBe('deny');
  expect(at('/run/docker/netns/../../../etc/x')).toBe('deny');
  expect(effect(rules, 'namespace.read', [OTHER])).toBe('deny');
});
