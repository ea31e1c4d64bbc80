// What holds of any policy and any request.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_ACTIONS } from '../../src/model/actions.js';
import type { Subject } from '../../src/model/policy.js';
import { fitsWildcard } from '../../src/policy/patterns/wildcard.js';
import type { Policy } from '../../src/policy/policy.js';
import { ALIAS, address, command, HOST, link, NEW, namespace, newLink, OTHER, OWN, path, policy, UPLINK } from './subjects.js';

const list = (...texts: string[]) => fc.subarray(texts, { minLength: 1, maxLength: 3 });
const optional = (key: string, texts: string[]) =>
  fc.option(
    list(...texts).map((chosen) => `, ${key}: [${chosen.map((text) => `"${text}"`).join(', ')}]`),
    { nil: '' },
  );

function ruleOf(effects: readonly string[]) {
  return fc
    .tuple(
      fc.constantFrom(...effects),
      list('*', 'link.*', 'exec.run', 'route.add', 'probe.send', 'namespace.*', 'policy.read', 'change.*', 'config.*', 'firewall.set'),
      optional('namespaces', ['*', 'host', 'owned', 'other', '!host', 'lab*', '!prod', 'web-*']),
      optional('links', ['veth*', 'eth?', '!eth0']),
      optional('addresses', ['10.0.0.0/8', '0.0.0.0/0', '@resolver', 'name:*.com', '!10.1.0.0/16']),
      optional('commands', ['ip', 'curl', 'ping ** 10.*', '!dig']),
      optional('paths', ['/etc/netns/*', '/etc/network/*', '!/etc/network/if-down.d/*']),
      fc.constantFrom('', '', ', protected: true'),
    )
    .map(([effect, actions, ...matchers]) => `effect: ${effect}, actions: [${actions.map((action) => `"${action}"`).join(', ')}]${matchers.join('')}`);
}

const rules = fc.array(ruleOf(['allow', 'ask', 'deny']), { minLength: 1, maxLength: 6 });
const place = fc.constantFrom(HOST, ALIAS, OWN, OTHER, NEW, namespace('lab1', { names: ['lab1', 'prod'] }));
const subject: fc.Arbitrary<Subject> = fc.oneof(
  place,
  fc.tuple(fc.constantFrom('veth0', 'eth0', 'index:4'), place).map(([name, at]) => link(name, at)),
  fc.tuple(fc.constantFrom('veth0', 'index:4'), place).map(([name, at]) => newLink(name, at)),
  fc.constant(UPLINK),
  fc.constantFrom('ip link', 'curl http://10.0.0.1', 'ping example.com', 'dig example.com').map(command),
  fc.constantFrom('10.0.0.1/24', '0.0.0.0/0', 'example.com', '@resolver', 'fd00::1').map(address),
  fc.constantFrom('/etc/netns/a/hosts', '/etc/network/if-up.d/a').map(path),
);
const request = fc.record({ action: fc.constantFrom(...ALL_ACTIONS), subjects: fc.array(subject, { maxLength: 4 }), unread: fc.boolean() });

const RANK = { allow: 0, ask: 1, deny: 2 };
const rank = (judge: Policy, asked: Parameters<Policy['decide']>[0]) => RANK[judge.decide(asked).effect];

test('an added allow never overrides a rule that denies or asks', () => {
  fc.assert(
    fc.property(rules, ruleOf(['allow']), request, (some, more, asked) => {
      const before = policy(...some).decide(asked);
      if (before.rule !== null) expect(policy(...some, more).decide(asked).effect).toBe(before.effect);
    }),
    { numRuns: 500 },
  );
});

test('an added deny never widens', () => {
  fc.assert(
    fc.property(rules, ruleOf(['deny']), request, (some, more, asked) => {
      expect(rank(policy(...some, more), asked)).toBeGreaterThanOrEqual(rank(policy(...some), asked));
    }),
    { numRuns: 500 },
  );
});

test('an added ask turns an allow into ask at most, and a denial by a rule into nothing else', () => {
  fc.assert(
    fc.property(rules, ruleOf(['ask']), request, (some, more, asked) => {
      const [before, after] = [policy(...some).decide(asked), policy(...some, more).decide(asked)];
      if (before.effect === 'allow') expect(['allow', 'ask']).toContain(after.effect);
      if (before.effect === 'deny' && before.rule !== null) expect(after.effect).toBe('deny');
      if (before.effect === 'deny' && before.rule === null) expect(['deny', 'ask']).toContain(after.effect);
    }),
    { numRuns: 500 },
  );
});

test('the order of rules and of subjects does not matter', () => {
  fc.assert(
    fc.property(rules, request, (some, asked) => {
      const ordered = policy(...some).decide(asked).effect;
      const numbered = some.map((rule, index) => `id: x${index}, ${rule}`);
      expect(policy(...numbered.toReversed()).decide({ ...asked, subjects: asked.subjects.toReversed() }).effect).toBe(ordered);
    }),
    { numRuns: 300 },
  );
});

test('more subjects never widen', () => {
  fc.assert(
    fc.property(rules, request, place, (some, asked, more) => {
      fc.pre(asked.subjects.some(({ kind }) => kind === 'namespace' || kind === 'link'));
      expect(rank(policy(...some), { ...asked, subjects: [...asked.subjects, more] })).toBeGreaterThanOrEqual(rank(policy(...some), asked));
    }),
    { numRuns: 300 },
  );
});

test('of several addresses and files each counts for itself', () => {
  const several = fc.record({
    action: fc.constantFrom(...ALL_ACTIONS),
    places: fc.array(place, { minLength: 1, maxLength: 2 }),
    addresses: fc.uniqueArray(fc.constantFrom('10.0.0.1/24', '192.0.2.1', '0.0.0.0/0', 'example.com'), { minLength: 1 }),
    paths: fc.uniqueArray(fc.constantFrom('/etc/netns/a/hosts', '/etc/network/if-up.d/a', '/etc/network/../passwd'), { minLength: 1 }),
    unread: fc.boolean(),
  });
  fc.assert(
    fc.property(rules, several, (some, { action, places, addresses, paths, unread }) => {
      const judge = policy(...some);
      const ranks = addresses.flatMap((one) => paths.map((file) => rank(judge, { action, subjects: [...places, address(one), path(file)], unread })));
      expect(rank(judge, { action, subjects: [...places, ...addresses.map(address), ...paths.map(path)], unread })).toBe(Math.max(...ranks));
    }),
    { numRuns: 500 },
  );
});

test('a plan of thousands of links and addresses is judged in a moment', () => {
  const judge = policy('effect: allow, actions: ["*"], namespaces: [owned]', 'effect: deny, actions: [link.set], protected: true');
  const subjects = Array.from({ length: 2000 }, (_, i) => [link(`p${i}`, OWN), address(`10.0.${i >> 8}.${i & 255}`)]).flat();
  const started = performance.now();
  expect(judge.decide({ action: 'change.undo', subjects }).effect).toBe('allow');
  expect(performance.now() - started).toBeLessThan(1000);
});

test('judged before reading, nothing is stricter than afterwards', () => {
  fc.assert(
    fc.property(rules, request, (some, asked) => {
      const judge = policy(...some);
      const early = asked.subjects.map((one) => (one.kind === 'link' ? { ...one, index: null, protected_because: null } : one));
      if (rank(judge, { ...asked, unread: false }) < 2) expect(rank(judge, { ...asked, subjects: early, unread: true })).toBeLessThan(2);
    }),
    { numRuns: 500 },
  );
});

test('an action that could not be allowed never is', () => {
  fc.assert(
    fc.property(rules, request, (some, asked) => {
      const judge = policy(...some);
      if (!judge.couldAllow(asked.action)) expect(judge.decide(asked).effect).toBe('deny');
    }),
    { numRuns: 500 },
  );
});

test('every decision names its rule and its line, or that there is none', () => {
  fc.assert(
    fc.property(rules, request, (some, asked) => {
      const { rule, line, reason, allowed_instead, effect } = policy(...some).decide(asked);
      if (rule === null) expect({ effect, line }).toEqual({ effect: 'deny', line: null });
      else expect(line).toBe(5 + Number(rule.slice(1)));
      expect(reason).toMatch(/^[^\n]+\.$/);
      expect(allowed_instead.length).toBeLessThanOrEqual(5);
      if (effect !== 'deny') expect(allowed_instead).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a wildcard means what its regular expression means', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n', '*', '?'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (pattern, name) => {
      const expression = pattern.replace(/[.]/g, '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]');
      expect(fitsWildcard(pattern, name)).toBe(new RegExp(`^(?:${expression.replaceAll('[^]*[^]*', '[^]*')})$`).test(name));
    }),
    { numRuns: 5000 },
  );
});

test('a wildcard made to be slow is not', () => {
  const started = performance.now();
  expect(fitsWildcard(`${'*a'.repeat(120)}b`, 'a'.repeat(5000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
