// What the policy hides is not there: not in lists, not by any reference, not in hints, notes, completion, or what a command prints.
import { z } from 'zod';
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { ALLOW_ALL, policyFile } from '../support/policy.js';
import type { Sandbox } from '../support/sandbox.js';

const HIDE = '  - {id: hide, effect: deny, actions: [namespace.list], namespaces: ["secret*"], reason: Not yours.}\n';

/** A host with a namespace that is hidden, and one that is not, joined to the host each. */
async function furnished(sandbox: Sandbox, rules = ALLOW_ALL + HIDE, top = ''): Promise<{ session: Session; inode: number; pid: number }> {
  await sandbox.sh(`
    ip netns add secret1; ip netns add open1
    ip link add s0 type veth peer name s1 netns secret1
    ip link add o0 type veth peer name o1 netns open1
    ip link set s0 up; ip link set o0 up`);
  const inhabitant = await sandbox.start(['ip', 'netns', 'exec', 'secret1', 'sleep', '1000']);
  const session = await Session.open(sandbox, { args: ['--policy', await policyFile(sandbox, rules, top)] });
  const inode = Number((await sandbox.ok(['stat', '-Lc', '%i', '/run/netns/secret1'])).trim());
  return { session, inode, pid: inhabitant.innerPid };
}

test('it is in no list, and answers to no reference', async ({ sandbox }) => {
  const { session, inode, pid } = await furnished(sandbox);
  const listed = await session.result('list_namespaces', { detail: 'full', limit: 500 });
  expect(JSON.stringify(listed)).toContain('open1');
  expect(JSON.stringify(listed)).not.toMatch(new RegExp(`secret|${inode}|\\b${pid}\\b`));
  expect(JSON.stringify(await session.client.readResource({ uri: 'netns://namespaces' }))).not.toMatch(new RegExp(`secret|${inode}`));

  const nsid = z
    .array(z.looseObject({ nsid: z.number(), name: z.string().optional() }))
    .parse(JSON.parse(await sandbox.ok(['ip', '-j', 'netns', 'list-id'])))
    .find(({ name }) => name === 'secret1')?.nsid;
  // Each beside a reference of its kind to what really is not there: the errors differ in nothing but what the caller wrote.
  const pairs: readonly [hidden: string, missing: string][] = [
    ['secret1', 'nobody1'],
    [`inode:${inode}`, 'inode:7'],
    [`pid:${pid}`, 'pid:4000000'],
    [`nsid:${nsid}`, 'nsid:77'],
    ['path:/run/netns/secret1', 'path:/run/netns/nobody1'],
    [`path:/proc/${pid}/ns/net`, 'path:/proc/4000000/ns/net'],
  ];
  const tools: readonly [string, (reference: string) => Record<string, unknown>][] = [
    ['inspect_namespace', (namespace) => ({ namespace })],
    ['inspect_netns_id', (namespace) => ({ namespace })],
    ['exec_in_namespace', (namespace) => ({ namespace, command: ['ip', 'link'] })],
    ['check_reachability', (from) => ({ from, to: '127.0.0.1' })],
    ['move_link', (to) => ({ link: 'o0', to })],
    ['add_address', (namespace) => ({ namespace, link: 'lo', address: '10.0.0.1/24' })],
  ];
  for (const [hidden, missing] of pairs) {
    for (const [tool, args] of tools) {
      const [of, instead] = [await session.fails(tool, args(hidden)), await session.fails(tool, args(missing))];
      expect(of.code).toMatch(/^(NAMESPACE|PROCESS)_NOT_FOUND$/);
      const told = (error: unknown, reference: string) => JSON.stringify(error).replaceAll(reference.replace(/^[a-z]+:/, ''), 'IT');
      expect(told(of, hidden), `${tool} ${hidden}`).toBe(told(instead, missing));
    }
  }
});

test('no hint and no completion leads to it', async ({ sandbox }) => {
  const { session } = await furnished(sandbox);
  expect(JSON.stringify(await session.fails('inspect_namespace', { namespace: 'secret2' }))).not.toContain('secret1');
  expect(JSON.stringify(await session.fails('inspect_namespace', { namespace: 'open2' }))).toContain('open1');
  const { completion } = await session.client.complete({ ref: { type: 'ref/resource', uri: 'netns://namespace/{ref}' }, argument: { name: 'ref', value: '' } });
  expect(completion.values).toContain('open1');
  expect(completion.values.join()).not.toContain('secret');
  const links = await session.client.complete({
    ref: { type: 'ref/prompt', name: 'troubleshoot_host' },
    argument: { name: 'link', value: '' },
    context: { arguments: { namespace: 'secret1' } },
  });
  expect(links.completion.values).toEqual([]);
});

test('the ends of its links show an id, and no name', async ({ sandbox }) => {
  const { session } = await furnished(sandbox);
  const inspected = JSON.stringify(await session.result('inspect_namespace', {}));
  expect(inspected).toContain('s0');
  expect(inspected).toContain('open1');
  expect(inspected).not.toContain('secret');
  expect(JSON.stringify(await session.result('set_link', { link: 's0', mtu: 1400 }))).not.toContain('secret');
  expect(JSON.stringify(await session.result('inspect_netns_id', { link: 's0' }))).not.toContain('secret');
  expect(JSON.stringify(await session.result('inspect_netns_id', { namespace: 'open1' }))).not.toContain('secret');
  expect(JSON.stringify(await session.result('delete_link', { link: 's0' }))).not.toContain('secret');
});

test('commands do not print its name', async ({ sandbox }) => {
  const { session } = await furnished(sandbox);
  for (const namespace of ['host', 'open1']) {
    for (const command of [
      ['ip', '-d', 'link', 'show'],
      ['ip', 'netns', 'list'],
      ['ip', 'netns', 'list-id'],
      ['bridge', 'link'],
      ['ping', '-c', '1', '127.0.0.1'],
    ]) {
      const { content, isError } = await session.result('exec_in_namespace', { namespace, command });
      expect(isError ?? false, content[0].text).toBe(false);
      expect(content[0].text, command.join(' ')).not.toContain('secret');
    }
  }
  expect(await sandbox.ok(['ls', '/run/netns'])).toContain('secret1');
});

test('where nothing is hidden commands print names', async ({ sandbox }) => {
  const { session } = await furnished(sandbox, ALLOW_ALL);
  expect((await session.result('exec_in_namespace', { command: ['ip', 'link'] })).content[0].text).toContain('link-netns secret1');
});

test('it cannot be made or taken away', async ({ sandbox }) => {
  const { session } = await furnished(sandbox);
  for (const [tool, args] of [
    ['create_namespace', { name: 'secret1' }],
    ['create_namespace', { name: 'secret9' }],
    ['delete_namespace', { namespace: 'secret1', force: true }],
  ] as const) {
    expect(JSON.stringify(await session.result(tool, args)), `${tool} ${JSON.stringify(args)}`).not.toMatch(/Not yours/);
  }
  expect(await sandbox.ok(['ls', '/run/netns'])).toContain('secret1');
});

test('redacted facts are in no answer', async ({ sandbox }) => {
  await sandbox.ok(['ip', 'link', 'set', 'lo', 'alias', 'of somebody']);
  const { session } = await furnished(sandbox, ALLOW_ALL, 'redact: [macs, aliases, processes]\n');
  await sandbox.sh('ip link set s0 alias "call 555-0100"; ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:99 dev o0');
  const server = await sandbox.start(['ip', 'netns', 'exec', 'open1', 'sleep', '1000']);
  const holder = await sandbox.start(['bash', '-c', 'exec 9</run/netns/open1; exec sleep 1000']);
  await expect.poll(() => sandbox.ok(['readlink', `/proc/${holder.innerPid}/fd/9`])).toContain('open1');
  const answers = [
    await session.result('inspect_namespace', { sections: ['links', 'neighbours', 'sockets'] }),
    await session.result('list_namespaces', { detail: 'full' }),
    await session.result('set_link', { link: 's0', mtu: 1400 }),
    await session.result('create_veth_pair', { a: { name: 'n0' }, b: { name: 'n1' } }),
    await session.result('delete_namespace', { namespace: 'open1' }),
  ];
  const text = JSON.stringify(answers);
  expect(text).toContain('"name":"s0"');
  expect(text).not.toMatch(/([0-9a-f]{2}:){5}[0-9a-f]{2}(?<!00:00:00:00:00:00)/);
  expect(text).not.toMatch(/555-0100|of somebody/);
  expect(text).not.toMatch(/sleep/);
  // The answers to a deletion tell what keeps the namespace; the list, that something does.
  expect(JSON.stringify(answers[1])).toContain('descriptor: a process that is not shown');
  expect(JSON.stringify(answers[1])).not.toMatch(new RegExp(`\\b(${server.innerPid}|${holder.innerPid})\\b`));
  await server[Symbol.asyncDispose]();
  await holder[Symbol.asyncDispose]();
});

test('what is denied there is denied from the other end of its links as well', async ({ sandbox }) => {
  const { session } = await furnished(sandbox, `${ALLOW_ALL}  - {id: hands-off, effect: deny, actions: ["*"], namespaces: ["secret*"], reason: Not yours.}\n`);
  expect((await session.fails('delete_link', { link: 's0' })).code).toBe('POLICY_DENIED');
  await sandbox.ok(['ip', 'link', 'show', 'dev', 's0']);
  await session.result('delete_link', { link: 'o0' });
});
