// The four ready policies against requests written by hand.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACTIONS, type Action, ALL_ACTIONS } from '../../src/model/actions.js';
import type { Effect, Subject } from '../../src/model/policy.js';
import { ALLOWED_PROGRAMS } from '../../src/policy/grammar/names.js';
import { checkPolicy, loadPolicy } from '../../src/policy/load.js';
import { parsePolicy } from '../../src/policy/parse.js';
import { READY_POLICIES } from '../../src/policy/ready.js';
import { ALIAS, address, command, HOST, link, NEW, newLink, OTHER, OWN, path, UPLINK } from './subjects.js';

const LO = link('lo', HOST, 'it is the loopback');
/** A program of the closed list of services, whose grammar does not matter here. */
const SERVICE: Subject = { kind: 'command', program: 'iperf3', argv: ['iperf3', '-s'], targets: [] };

/** What, action, subjects, and the effects under observe, lab, operate, sandbox: Allow, aSk, Deny. */
const REQUESTS: [string, Action, Subject[], string][] = [
  ['list the host', 'namespace.list', [HOST], 'AAAA'],
  ['list a namespace of others', 'namespace.list', [OTHER], 'AAAA'],
  ['read the host', 'namespace.read', [HOST], 'AAAA'],
  ['read a namespace of others', 'namespace.read', [OTHER], 'AAAA'],
  ['read one of ours', 'namespace.read', [OWN], 'AAAA'],
  ['know the policy', 'policy.read', [], 'AAAA'],
  ['know the audit log', 'audit.read', [], 'AAAA'],

  ['make a namespace', 'namespace.create', [NEW], 'DAAA'],
  ['make a namespace of a name that others have', 'namespace.create', [OTHER], 'DDSA'],
  ['make a namespace by a name of the host', 'namespace.create', [ALIAS], 'DDSA'],
  ['delete one of ours', 'namespace.delete', [OWN, link('veth1', OWN)], 'DAAA'],
  ['delete one of ours with a veth into the host', 'namespace.delete', [OWN, link('veth1', OWN), HOST], 'DDSA'],
  ['delete a namespace of others', 'namespace.delete', [OTHER], 'DDSA'],

  ['veth inside ours', 'link.create', [newLink('a', OWN), newLink('b', OWN)], 'DAAA'],
  ['veth between two of ours', 'link.create', [newLink('a', OWN), newLink('b', NEW)], 'DAAA'],
  ['veth from ours to the host', 'link.create', [newLink('a', OWN), newLink('b', HOST)], 'DDSA'],
  ['veth from ours to an alias of the host', 'link.create', [newLink('a', OWN), newLink('b', ALIAS)], 'DDSA'],
  ['veth from ours to others', 'link.create', [newLink('a', OWN), newLink('b', OTHER)], 'DDSA'],
  ['veth on the host', 'link.create', [newLink('a', HOST), newLink('b', HOST)], 'DDSA'],

  ['set up a link of ours', 'link.set', [link('veth1', OWN)], 'DAAA'],
  ['set up the loopback of ours', 'link.set', [link('lo', OWN)], 'DAAA'],
  ['set down a link of the host', 'link.set', [link('eth1', HOST)], 'DDSA'],
  ['set down the uplink', 'link.set', [UPLINK], 'DDDA'],
  ['set down the loopback of the host', 'link.set', [LO], 'DDDA'],
  ['set a link of others', 'link.set', [link('eth0', OTHER)], 'DDSA'],
  ['put a link of the host into a protected bridge', 'link.set', [link('eth1', HOST), link('br0', HOST, 'br0 carries the default route')], 'DDDA'],

  ['move between ours', 'link.move', [link('veth1', OWN), newLink('veth1', NEW)], 'DAAA'],
  ['move from ours to the host', 'link.move', [link('veth1', OWN), newLink('veth1', HOST)], 'DDSA'],
  ['move from the host to ours', 'link.move', [link('eth1', HOST), newLink('eth1', OWN)], 'DDSA'],
  ['move from others to ours', 'link.move', [link('eth1', OTHER), newLink('eth1', OWN)], 'DDSA'],
  ['move the uplink away', 'link.move', [UPLINK, newLink('eth0', OWN)], 'DDDA'],

  ['delete a link of ours', 'link.delete', [link('veth1', OWN)], 'DAAA'],
  ['delete a link of ours with its peer in others', 'link.delete', [link('veth1', OWN), OTHER], 'DDSA'],
  ['delete a link of the host', 'link.delete', [link('dummy0', HOST)], 'DDSA'],
  ['delete the uplink', 'link.delete', [UPLINK], 'DDDA'],

  ['add an address in ours', 'address.add', [link('veth1', OWN), address('10.0.0.1/24')], 'DAAA'],
  ['add an address on the host', 'address.add', [link('eth1', HOST), address('10.0.0.1/24')], 'DDSA'],
  ['add an address to the uplink', 'address.add', [UPLINK, address('10.0.0.1/24')], 'DDSA'],
  ['add an address in others', 'address.add', [link('eth0', OTHER), address('10.0.0.1/24')], 'DDSA'],
  ['delete an address in ours', 'address.delete', [link('veth1', OWN), address('10.0.0.1/24')], 'DAAA'],
  ['delete an address of the host', 'address.delete', [link('eth1', HOST), address('10.0.0.1/24')], 'DDSA'],
  ['delete an address of the uplink', 'address.delete', [UPLINK, address('10.0.0.1/24')], 'DDDA'],

  ['add a route in ours', 'route.add', [link('veth1', OWN), address('0.0.0.0/0')], 'DAAA'],
  ['add a route in ours whose link is not known', 'route.add', [OWN, address('0.0.0.0/0')], 'DAAA'],
  ['add a route on the host', 'route.add', [link('eth1', HOST), address('10.1.0.0/16')], 'DDSA'],
  ['add a route through the uplink', 'route.add', [UPLINK, address('10.1.0.0/16')], 'DDSA'],
  ['delete a route in ours', 'route.delete', [link('veth1', OWN), address('10.1.0.0/16')], 'DAAA'],
  ['delete a route of the host', 'route.delete', [link('eth1', HOST), address('10.1.0.0/16')], 'DDSA'],
  ['delete the default route', 'route.delete', [UPLINK, address('0.0.0.0/0')], 'DDDA'],

  ['add a rule in ours', 'rule.add', [OWN, address('10.0.0.0/8')], 'DAAA'],
  ['add a rule in ours for all that comes', 'rule.add', [OWN], 'DAAA'],
  ['add a rule on the host', 'rule.add', [HOST, address('10.0.0.0/8')], 'DDSA'],
  ['add a rule for what comes in on the uplink', 'rule.add', [UPLINK, address('0.0.0.0/0')], 'DDSA'],
  ['delete a rule in ours', 'rule.delete', [OWN, address('10.0.0.0/8')], 'DAAA'],
  ['delete a rule of the host', 'rule.delete', [HOST, address('0.0.0.0/0')], 'DDSA'],
  ['delete a rule for what comes in on the uplink', 'rule.delete', [UPLINK, address('0.0.0.0/0')], 'DDDA'],

  ['add a next hop in ours', 'nexthop.add', [link('veth1', OWN), address('10.0.0.1')], 'DAAA'],
  ['add a next hop through the uplink', 'nexthop.add', [UPLINK, address('10.0.0.1')], 'DDSA'],
  ['delete a next hop in ours', 'nexthop.delete', [link('veth1', OWN)], 'DAAA'],
  ['delete a next hop of others', 'nexthop.delete', [link('eth0', OTHER)], 'DDSA'],
  ['delete a next hop through the uplink', 'nexthop.delete', [UPLINK], 'DDDA'],

  ['add a neighbour in ours', 'neighbour.add', [link('veth1', OWN), address('10.0.0.2')], 'DAAA'],
  ['add a neighbour on the uplink', 'neighbour.add', [UPLINK, address('10.0.0.2')], 'DDSA'],
  ['delete a neighbour in ours', 'neighbour.delete', [link('veth1', OWN), address('10.0.0.2')], 'DAAA'],
  ['delete a neighbour of the host', 'neighbour.delete', [link('eth1', HOST), address('10.0.0.2')], 'DDSA'],
  ['delete a neighbour on the uplink', 'neighbour.delete', [UPLINK, address('10.0.0.2')], 'DDDA'],

  ['set a port of a bridge of ours', 'bridge.set', [link('br0', OWN), link('veth1', OWN)], 'DAAA'],
  ['set a port of a bridge of the host', 'bridge.set', [link('br0', HOST)], 'DDSA'],
  ['set a port of a protected bridge', 'bridge.set', [link('br0', HOST, 'br0 carries the default route')], 'DDDA'],

  ['set a sysctl in ours', 'sysctl.set', [OWN], 'DAAA'],
  ['set a sysctl of the host', 'sysctl.set', [HOST], 'DDSA'],
  ['set a sysctl of others', 'sysctl.set', [OTHER], 'DDSA'],
  ['set a sysctl of a link of the host', 'sysctl.set', [link('eth1', HOST)], 'DDSA'],
  ['set a sysctl of the uplink', 'sysctl.set', [UPLINK], 'DDDA'],

  ['write resolv.conf of ours', 'resolver.set', [OWN, path('/etc/netns/own1/resolv.conf')], 'DAAA'],
  ['write resolv.conf of others', 'resolver.set', [OTHER, path('/etc/netns/other1/resolv.conf')], 'DDSA'],
  ['write resolv.conf of an alias of the host', 'resolver.set', [ALIAS, path('/etc/netns/web-alias/resolv.conf')], 'DDSA'],

  ['masquerade in ours', 'firewall.set', [link('veth1', OWN), address('10.0.0.0/24')], 'DAAA'],
  ['drop in ours, on whatever link', 'firewall.set', [OWN], 'DAAA'],
  ['masquerade out of the uplink', 'firewall.set', [UPLINK, address('10.0.0.0/24')], 'DDSA'],
  ['drop in others', 'firewall.set', [OTHER], 'DDSA'],
  ['load a ruleset in ours', 'firewall.ruleset', [OWN], 'DAAA'],
  ['load a ruleset on the host', 'firewall.ruleset', [HOST], 'DDSA'],

  ['delay a link of ours', 'shaping.set', [link('veth1', OWN)], 'DAAA'],
  ['delay a link of the host', 'shaping.set', [link('eth1', HOST)], 'DDSA'],
  ['delay the uplink', 'shaping.set', [UPLINK], 'DDDA'],

  ['set the keys of a tunnel of ours', 'tunnel.key', [link('wg0', OWN), address('10.9.0.0/24')], 'DAAA'],
  ['set the keys of a tunnel of the host', 'tunnel.key', [link('wg0', HOST)], 'DDSA'],
  ['set the keys of the tunnel that carries the default route', 'tunnel.key', [link('wg0', HOST, 'wg0 carries the default route')], 'DDDA'],

  ['start a service in ours', 'service.start', [OWN, SERVICE], 'DAAA'],
  ['start a service on the host', 'service.start', [HOST, SERVICE], 'DDSA'],
  ['start a service in others', 'service.start', [OTHER, SERVICE], 'DDSA'],
  ['stop a service in ours', 'service.stop', [OWN, SERVICE], 'DAAA'],
  ['stop a service on the host', 'service.stop', [HOST, SERVICE], 'DDSA'],
  ['list services of others', 'service.list', [OTHER, SERVICE], 'AAAA'],
  ['list services when there is none', 'service.list', [], 'AAAA'],

  ['list changes of the host', 'change.list', [UPLINK], 'AAAA'],
  ['list changes when there is none', 'change.list', [], 'AAAA'],
  ['undo a change of ours', 'change.undo', [OWN, link('veth1', OWN), address('10.0.0.1/24')], 'DAAA'],
  ['undo what deleted one of ours', 'change.undo', [NEW, newLink('veth1', NEW)], 'DAAA'],
  ['undo a change between ours and the host', 'change.undo', [link('a', OWN), link('b', HOST)], 'DDSA'],
  ['undo a change of others', 'change.undo', [OTHER], 'DDSA'],
  ['undo a change of the uplink', 'change.undo', [UPLINK, address('10.1.0.0/16')], 'DDSA'],
  ['confirm a change of ours', 'change.confirm', [OWN, link('veth1', OWN)], 'DAAA'],
  ['confirm a change of the host', 'change.confirm', [UPLINK], 'DDSA'],

  ['export one of ours', 'config.export', [OWN], 'AAAA'],
  ['export the host', 'config.export', [HOST], 'AAAA'],
  ['install for one of ours', 'config.install', [OWN, path('/etc/network/if-up.d/own1')], 'DDDD'],
  ['install for the host', 'config.install', [HOST, path('/etc/systemd/network/10-eth0.network')], 'DDDD'],
  ['install', 'config.install', [path('/etc/network/if-up.d/own1')], 'DDDD'],

  ['ip on the host', 'exec.run', [HOST, command('ip -br link')], 'AAAA'],
  ['ss in others', 'exec.run', [OTHER, command('ss -tln')], 'AAAA'],
  ['nft in others', 'exec.run', [OTHER, command('nft list ruleset')], 'AAAA'],
  ['sysctl in ours', 'exec.run', [OWN, command('sysctl net.ipv4.ip_forward')], 'AAAA'],
  ['ping from the host', 'exec.run', [HOST, command('ping 192.0.2.1')], 'AAAA'],
  ['ping a name', 'exec.run', [HOST, command('ping example.com')], 'AAAA'],
  ['dig at the resolver', 'exec.run', [HOST, command('dig example.com')], 'AAAA'],
  ['curl a private address', 'exec.run', [HOST, command('curl http://10.0.0.1/')], 'AAAA'],
  ['curl the loopback', 'exec.run', [HOST, command('curl http://[::1]:8080/')], 'AAAA'],
  ['curl a public address', 'exec.run', [HOST, command('curl http://192.0.2.1/')], 'DDDA'],
  ['curl a public address from ours', 'exec.run', [OWN, command('curl http://192.0.2.1/')], 'DADA'],
  ['curl a name', 'exec.run', [HOST, command('curl http://example.com/')], 'DDDA'],
  ['curl the credentials of a cloud instance', 'exec.run', [HOST, command('curl http://169.254.169.254/')], 'DDDA'],
  ['the same over IPv6', 'exec.run', [HOST, command('curl http://[fd00:ec2::254]/')], 'DDDA'],
  ['the same of another cloud', 'exec.run', [HOST, command('curl http://100.100.100.200/')], 'DDDA'],

  ['probe from the host', 'probe.send', [HOST, address('192.0.2.1')], 'AAAA'],
  ['probe from others', 'probe.send', [OTHER, address('fd00::1')], 'AAAA'],
];

const LETTERS: Record<string, Effect> = { A: 'allow', S: 'ask', D: 'deny' };

describe.each(Object.keys(READY_POLICIES))('%s', (name) => {
  const policy = loadPolicy(name);
  const column = Object.keys(READY_POLICIES).indexOf(name);

  test.each(REQUESTS)('%s', (_, action, subjects, effects) => {
    const decision = policy.decide({ action, subjects });
    expect(decision.effect, decision.reason).toBe(LETTERS[effects[column] ?? '']);
  });

  test('before the kernel is read nothing is denied that is allowed afterwards', () => {
    for (const [what, action, subjects, effects] of REQUESTS) {
      const unread = subjects.map((subject) => (subject.kind === 'link' ? { ...subject, index: null, protected_because: null } : subject));
      if (effects[column] !== 'D') expect(policy.decide({ action, subjects: unread, unread: true }).effect, what).not.toBe('deny');
    }
  });

  test('has its name, no problem and no warning', () => {
    expect(policy.name).toBe(name);
    expect(checkPolicy(name)).toMatchObject({ problems: [], warnings: [] });
  });

  test('speaks of every program of the closed list', () => {
    for (const program of ALLOWED_PROGRAMS) {
      const subject = { kind: 'command', program, argv: [program], targets: ['127.0.0.1'] } as const;
      expect(
        policy.decide({ action: 'exec.run', subjects: [OWN, { ...subject, argv: [...subject.argv], targets: [...subject.targets] }] }).effect,
        program,
      ).toBe('allow');
    }
  });
});

test('the table speaks of every action', () => {
  expect(new Set(REQUESTS.map(([, action]) => action))).toEqual(new Set(Object.keys(ACTIONS)));
});

test('observe offers no changing action at all, and the others offer all but to install files', () => {
  const offered = (name: string) => ALL_ACTIONS.filter((action) => loadPolicy(name).couldAllow(action));
  expect(offered('observe').toSorted()).toEqual([
    'audit.read',
    'change.list',
    'config.export',
    'exec.run',
    'namespace.list',
    'namespace.read',
    'policy.read',
    'probe.send',
    'service.list',
  ]);
  for (const name of ['lab', 'operate', 'sandbox']) expect(offered(name), name).toEqual(ALL_ACTIONS.filter((action) => action !== 'config.install'));
});

test('observe denies every change by the rule that says so, and looks are denied by none', () => {
  const observe = loadPolicy('observe');
  for (const [what, action, subjects, [effect]] of REQUESTS) {
    const { rule } = observe.decide({ action, subjects });
    if (effect === 'D' && action !== 'exec.run') expect(rule, what).toBe('no-changes');
  }
});

test('the rules of lab and operate for ours and for all else speak of the same actions', () => {
  for (const [name, one, other] of [
    ['lab', 'change-own', 'others-untouched'],
    ['operate', 'change-own', 'change-with-consent'],
  ] as const) {
    const parsed = parsePolicy(readFileSync(new URL(`../../policies/${name}.yaml`, import.meta.url), 'utf8'));
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    const actionsOf = (id: string) => parsed.rules.find((rule) => rule.id === id)?.actionTexts;
    expect(actionsOf(one)).toBeDefined();
    expect(actionsOf(one), name).toEqual(actionsOf(other));
  }
});

test('what is protected is denied in operate by the rule that says so, before an ask', () => {
  const decision = loadPolicy('operate').decide({ action: 'link.set', subjects: [UPLINK] });
  expect(decision).toMatchObject({ effect: 'deny', rule: 'stay-connected' });
  expect(decision.reason).toContain('eth0 carries the default route');
});
