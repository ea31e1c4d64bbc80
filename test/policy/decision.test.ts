// What a decision tells: rule, file, line, a reason that names the subject, what is allowed instead, and nothing that is hidden.
import { describe, expect, test } from 'vitest';
import type { Subject } from '../../src/model/policy.js';
import { loadPolicy } from '../../src/policy/load.js';
import type { Policy } from '../../src/policy/policy.js';
import { ALIAS, address, command, HOST, link, namespace, newLink, OTHER, OWN, policy, UPLINK } from './subjects.js';

const SEE = 'id: see, effect: allow, actions: [namespace.list]';

describe('the reason', () => {
  test.each<[string, Subject[], string]>([
    ['a link', [link('veth0', OWN)], 'Because of 0: link.set on link veth0 in namespace own1.'],
    ['a link of the host', [link('eth1', HOST)], 'Because of 0: link.set on link eth1 in host.'],
    ['an alias of the host', [link('eth1', ALIAS)], "Because of 0: link.set on link eth1 in namespace web-alias, which is the host's own."],
    ['a protected link', [UPLINK], 'Because of 0: link.set on link eth0 in host (protected: eth0 carries the default route).'],
    ['a strange name', [link('a\u001b[31m\nb', OWN)], 'Because of 0: link.set on link a\\x1b[31m\\nb in namespace own1.'],
  ])('names %s', (_, subjects, reason) => {
    expect(policy('effect: deny, actions: [link.set]', SEE).decide({ action: 'link.set', subjects }).reason).toBe(reason);
  });

  test('names the subject that decided, not the first', () => {
    const { reason, rule, line } = policy('effect: allow, actions: [link.move]', 'effect: deny, actions: [link.move], namespaces: [other]', SEE).decide({
      action: 'link.move',
      subjects: [link('a', OWN), newLink('b', OTHER)],
    });
    expect({ reason, rule, line }).toEqual({ reason: 'Because of 1: link.move on link b in namespace other1.', rule: 'r1', line: 6 });
  });

  test('says which subject no rule covers', () => {
    const judge = policy('effect: allow, actions: [exec.run], commands: [ping], addresses: [10.0.0.0/8]');
    expect(judge.decide({ action: 'exec.run', subjects: [OWN, command('ping 192.0.2.1')] })).toMatchObject({
      rule: null,
      file: 'test.yaml',
      line: null,
      reason: 'No rule of policy test covers exec.run of ping -n -c 4 192.0.2.1 in namespace own1 with address 192.0.2.1.',
    });
  });

  test('stays short, however long the names', () => {
    const { reason } = policy('effect: deny, actions: [link.set]', SEE).decide({ action: 'link.set', subjects: [link('x'.repeat(5000), OWN)] });
    expect(reason.length).toBeLessThan(300);
  });
});

describe('what is allowed instead', () => {
  const instead = (judge: Policy, action: Parameters<Policy['decide']>[0]['action'], ...subjects: Subject[]) =>
    judge.decide({ action, subjects }).allowed_instead;

  test('in lab: the same on namespaces of ours, and a look', () => {
    expect(instead(loadPolicy('lab'), 'link.move', link('eth1', HOST), newLink('eth1', OWN))).toEqual([
      'link.move in namespaces that this server made (rule change-own)',
      'namespace.read, exec.run, probe.send in host',
    ]);
  });

  test('in observe: a look', () => {
    expect(instead(loadPolicy('observe'), 'link.set', link('a', OTHER))).toEqual(['namespace.read, exec.run, probe.send in namespace other1']);
  });

  test('the rule of the same program comes first, and exceptions are named', () => {
    const found = instead(loadPolicy('lab'), 'exec.run', HOST, command('curl http://192.0.2.1'));
    expect(found[0]).toMatch(/^exec\.run of curl in any namespace with addresses 127\.0\.0\.0\/8, .*\(rule http-inside\)$/);
    expect(found[1]).toBe('exec.run of curl in namespaces that this server made (rule http-own)');
  });

  test('what asks comes after what allows, and says that it asks', () => {
    const judge = policy(
      'effect: ask, actions: [link.set], namespaces: [lab]',
      'effect: allow, actions: [link.set], namespaces: [owned]',
      'effect: deny, actions: [link.set], links: [x*]',
      SEE,
    );
    expect(instead(judge, 'link.set', link('a', HOST))).toEqual([
      'link.set in namespaces that this server made (rule r1; unless r2 denies)',
      'link.set in namespaces called lab (rule r0; a human is asked; unless r2 denies)',
    ]);
  });

  test('a rule that another one always denies is not offered', () => {
    const judge = policy('effect: allow, actions: [link.*], namespaces: [owned]', 'effect: deny, actions: [link.set], namespaces: [owned]');
    expect(instead(judge, 'link.set', link('a', OWN))).toEqual([]);
    expect(judge.couldAllow('link.set')).toBe(false);
    expect(judge.couldAllow('link.move')).toBe(true);
  });

  test('no more than five', () => {
    const many = Array.from({ length: 20 }, (_, i) => `effect: allow, actions: [link.set], namespaces: [n${i}]`);
    expect(instead(policy('id: see, effect: allow, actions: [namespace.*]', ...many), 'link.set', link('a', HOST))).toHaveLength(5);
  });
});

describe('what is hidden', () => {
  const secret = namespace('secret-7', { names: ['secret-7', 'second-secret-7'], container: 'secret-box', lab: 'secret-lab' });
  const byNumber = { ...secret, reference: 'pid:42' };
  const hiding: [string, Policy][] = [
    [
      'by a deny',
      policy(
        'effect: allow, actions: [namespace.list, namespace.read, exec.run]',
        'effect: deny, actions: ["namespace.*", "exec.run"], namespaces: ["*secret*", "container:secret*", "lab:secret*"]',
        'effect: allow, actions: [link.*], namespaces: [owned, "secret-*", "!secret-9"]',
        'effect: ask, actions: [link.set], namespaces: ["secret-7"]',
        'effect: deny, actions: [link.set], namespaces: ["container:secret*", "lab:secret*"]',
      ),
    ],
    [
      'by not being allowed',
      policy(
        'effect: allow, actions: [namespace.*], namespaces: [host, "web*", "!web-secret"]',
        'effect: ask, actions: [namespace.*], namespaces: ["secret-7"]',
        'effect: allow, actions: [link.*], namespaces: ["*", "!*secret*"]',
        'effect: deny, actions: [link.*], namespaces: ["name:second-secret-?", "container:secret*", "lab:secret*"]',
      ),
    ],
  ];

  test.each(hiding)('%s is in no answer to somebody who points at it by a number', (_, judge) => {
    const requests: Parameters<Policy['decide']>[0][] = [
      { action: 'namespace.read', subjects: [byNumber] },
      { action: 'namespace.list', subjects: [byNumber] },
      { action: 'link.set', subjects: [link('secret-link', byNumber, 'the secret route goes there')] },
      { action: 'link.move', subjects: [link('a', OWN), link('a', byNumber)] },
      { action: 'exec.run', subjects: [byNumber, command('ip link')] },
      { action: 'address.add', subjects: [link('secret-link', byNumber), address('10.0.0.1/24')] },
    ];
    for (const request of requests) {
      for (const unread of [false, true]) {
        const { effect, reason, allowed_instead } = judge.decide({ ...request, unread });
        expect(effect).toBe('deny');
        expect(reason).toContain('pid:42');
        expect([reason, ...allowed_instead].join('\n')).not.toMatch(/secret/);
      }
    }
  });

  test.each(hiding)('%s is in no answer to anybody else', (_, judge) => {
    for (const action of ['link.set', 'namespace.delete', 'route.add', 'exec.run'] as const) {
      expect(judge.decide({ action, subjects: [link('a', namespace('elsewhere'))] }).allowed_instead.join('\n')).not.toMatch(/secret/);
    }
  });

  test.each(hiding)('%s is not in the summary either, which says that something is left out', (_, judge) => {
    const said = judge.summary().map(({ says }) => says);
    expect(said.join('\n')).not.toMatch(/secret/);
    expect(said.some((line) => /in some namespaces|with exceptions/.test(line))).toBe(true);
  });

  test('the host is not told by another name, when it is hidden', () => {
    const judge = policy('effect: allow, actions: [namespace.list], namespaces: [other]', 'effect: allow, actions: [namespace.read]');
    const { reason } = judge.decide({ action: 'link.set', subjects: [link('a', { ...ALIAS, reference: 'pid:1' })] });
    expect(reason).toBe('No rule of policy test covers link.set on a link in namespace pid:1.');
  });

  test('nothing is offered in it, even if it may be read by who knows of it', () => {
    const judge = policy('effect: allow, actions: [namespace.list], namespaces: [host]', 'effect: allow, actions: [namespace.read]');
    expect(judge.decide({ action: 'link.set', subjects: [link('a', byNumber)] }).allowed_instead).toEqual([]);
    expect(judge.decide({ action: 'link.set', subjects: [link('a', HOST)] }).allowed_instead).toEqual(['namespace.read in host']);
  });

  test('what may be listed is named', () => {
    const judge = policy('effect: allow, actions: [namespace.*]', 'effect: ask, actions: [link.set], namespaces: ["web*", "!web9"]');
    expect(judge.summary()[1]?.says).toBe('link.set in namespaces called web* but not namespaces called web9. Because of 1.');
  });
});

test('where a rule is for some namespaces, its words say for which, also of lists that may be of nothing', () => {
  const judge = policy('effect: allow, actions: [change.list, service.list], namespaces: [owned]', 'effect: allow, actions: [policy.read, change.list]');
  expect(judge.summary().map(({ says }) => says)).toEqual([
    'change.list, service.list in namespaces that this server made. Because of 0.',
    'policy.read, change.list. Because of 1.',
  ]);
});

test('a summary has a line per rule, as the file has', () => {
  expect(
    loadPolicy('operate')
      .summary()
      .map(({ rule, effect }) => `${effect} ${rule}`),
  ).toEqual([
    'allow look',
    'allow explain',
    'allow read-commands',
    'allow probe-commands',
    'allow http-inside',
    'allow probe',
    'allow change-own',
    'ask change-with-consent',
    'deny stay-connected',
    'deny no-install',
  ]);
});
