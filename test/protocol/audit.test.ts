// The audit log: what was asked, decided and run; and that nothing is changed that cannot be written down.
import { z } from 'zod';
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

const LOG = '/run/audit/log.jsonl';
const KEY = 'YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';

const Entry = z.strictObject({
  level: z.string().optional(),
  time: z.iso.datetime(),
  pid: z.number(),
  event: z.enum(['asked', 'decided', 'ended']),
  call: z.uuid(),
  caller: z.string(),
  tool: z.string(),
  arguments: z.unknown(),
  decision: z.strictObject({ effect: z.string(), rule: z.string().nullable(), approved: z.boolean().optional() }).nullable(),
  commands: z.array(z.strictObject({ place: z.union([z.number(), z.string()]), argv: z.array(z.string()) })),
  outcome: z.string().optional(),
  exit_code: z.number().nullable().optional(),
  change: z.string().nullable().optional(),
  duration_ms: z.number().optional(),
});

async function entries(sandbox: Sandbox): Promise<z.infer<typeof Entry>[]> {
  const text = await sandbox.ok(['cat', LOG]);
  return text.trim().split('\n').map((line) => Entry.parse(JSON.parse(line))); // biome-ignore format: one thought
}

test('every call leaves its entries', async ({ sandbox }) => {
  const session = await Session.open(sandbox, {
    args: ['--policy', 'operate', '--audit-log', LOG],
    elicit: () => ({ action: 'accept', content: { approve: true } }),
  });
  const made = z.looseObject({ change: z.looseObject({ id: z.string() }) }).parse(await session.call('create_namespace', { name: 'own' }));
  await session.call('create_veth_pair', { a: { name: 'v0' }, b: { name: 'v1', namespace: 'own' } });
  await session.call('exec_in_namespace', { namespace: 'own', command: ['ip', '-br', 'a'] });
  await session.call('list_namespaces');
  await session.fails('set_link', { link: 'lo', up: false });
  await session.fails('create_namespace', { name: '/' });
  await session.call('create_namespace', { name: 'never', dry_run: true });

  const all = await entries(sandbox);
  expect(all.every(({ caller }) => caller === 'netns-mcp-test 1.0.0')).toBe(true);
  const told = all.map(({ event, tool, decision, outcome }) => [event, tool, decision && `${decision.effect} ${decision.rule}`, outcome]);
  expect(told).toEqual([
    ['decided', 'create_namespace', 'allow change-own', undefined],
    ['ended', 'create_namespace', 'allow change-own', 'done'],
    ['asked', 'create_veth_pair', 'ask change-with-consent', undefined],
    ['decided', 'create_veth_pair', 'ask change-with-consent', undefined],
    ['ended', 'create_veth_pair', 'ask change-with-consent', 'done'],
    ['decided', 'exec_in_namespace', 'allow read-commands', undefined],
    ['ended', 'exec_in_namespace', 'allow read-commands', 'done'],
    ['ended', 'list_namespaces', 'allow look', 'done'],
    ['ended', 'set_link', 'deny stay-connected', 'POLICY_DENIED'],
    ['ended', 'create_namespace', null, 'INVALID_INPUT'],
    ['ended', 'create_namespace', 'allow change-own', 'done'],
  ]);
  const [decided, ended] = all;
  expect(ended).toMatchObject({ call: decided?.call, change: made.change.id, commands: [{ argv: ['ip', 'netns', 'add', 'own'] }], arguments: { name: 'own' } });
  expect(all.find(({ event, tool }) => event === 'decided' && tool === 'create_veth_pair')?.decision?.approved).toBe(true);
  expect(all.find(({ event, tool }) => event === 'ended' && tool === 'exec_in_namespace')).toMatchObject({
    exit_code: 0,
    commands: [{ argv: ['ip', '-brief', 'address', 'show'] }],
  });
  expect((await sandbox.ok(['stat', '-c', '%a', LOG])).trim()).toBe('600');
});

test('secrets are left out', async ({ sandbox }) => {
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  await session.fails('create_namespace', { name: 'x', private_key: 'hunter2', note: `key ${KEY}` });
  await session.fails('exec_in_namespace', { command: ['curl', `http://10.0.0.1/?k=${KEY}`], password: 'hunter3' });
  const text = await sandbox.ok(['cat', LOG]);
  expect(text).toContain('[redacted]');
  expect(text).not.toMatch(/hunter|YAnz5TF/);
  const recent = JSON.stringify(await session.client.readResource({ uri: 'netns://audit/recent' }));
  expect(recent).toContain('[redacted]');
  expect(recent).not.toMatch(/hunter|YAnz5TF/);
});

test('what cannot be written down is not done, and reading goes on', async ({ sandbox }) => {
  await sandbox.ok(['mkdir', '-p', LOG]);
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  const before = await sandbox.snapshotText();
  const error = await session.fails('create_veth_pair', { a: { name: 'v0' }, b: { name: 'v1' } });
  expect(error.code).toBe('STATE_UNWRITABLE');
  expect(error.message).toContain(LOG);
  expect((await session.fails('exec_in_namespace', { command: ['ip', 'link'] })).code).toBe('STATE_UNWRITABLE');
  expect(await sandbox.snapshotText()).toBe(before);
  await session.call('list_namespaces');
  await session.call('inspect_namespace');
  // Mended, it goes on.
  await sandbox.ok(['rmdir', LOG]);
  await session.call('create_veth_pair', { a: { name: 'v0' }, b: { name: 'v1' } });
  expect((await entries(sandbox)).map(({ tool }) => tool)).toContain('create_veth_pair');
});

test('the disk is full', async ({ sandbox }) => {
  await sandbox.sh('mkdir /run/audit; mount -t tmpfs -o size=8k tmpfs /run/audit; dd if=/dev/zero of=/run/audit/filler bs=4k count=2 2>/dev/null || true');
  const session = await Session.open(sandbox, { args: ['--policy', 'sandbox', '--audit-log', LOG] });
  expect((await session.fails('create_namespace', { name: 'x' })).code).toBe('STATE_UNWRITABLE');
  expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');
});
