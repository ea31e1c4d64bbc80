// What the policy wants a human to approve: asked through the client, bound to the exact plan, once; else nothing is done.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { type Answer, LINES, type Line, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';
import { policyFile } from '../support/policy.js';
import { type Sandbox, until } from '../support/sandbox.js';
import { Wire } from '../support/wire.js';

const OPERATE = ['--policy', 'operate'];
const YES: Answer = { action: 'accept', content: { approve: true } };
const PAIR = { a: { name: 'v0' }, b: { name: 'v1' } };

function asking(sandbox: Sandbox, line: Line, answer: Answer | (() => Promise<Answer>), questions: string[] = []): Promise<Session> {
  return Session.open(sandbox, {
    line,
    args: OPERATE,
    elicit: (question) => {
      questions.push(question);
      return typeof answer === 'function' ? answer() : answer;
    },
  });
}

const ASKS =
  '  - {id: see, effect: allow, actions: [namespace.list], reason: Seen.}\n  - {id: ask, effect: ask, actions: [namespace.read, "link.*", exec.run], reason: Ask first.}\n';

test('where looking and running are put to a human: he is told which it is, and no way is named that there is not', async ({ sandbox }) => {
  const args = ['--policy', await policyFile(sandbox, ASKS)];
  const questions: string[] = [];
  const elicit = (question: string) => {
    questions.push(question);
    return YES;
  };
  await using asked = await Session.open(sandbox, { args, elicit });
  await asked.call('inspect_namespace');
  await asked.call('create_veth_pair', { ...PAIR, dry_run: true });
  await asked.call('exec_in_namespace', { command: ['ip', 'link'] });
  expect(questions.map((question) => question.split('\n')[0])).toEqual([
    'inspect_namespace wants to look at the host; it changes nothing.',
    'create_veth_pair wants to look at the host; it changes nothing.',
    'exec_in_namespace wants to run this in the host:',
  ]);
  await using mute = await Session.open(sandbox, { args });
  const { code, hint } = await mute.fails('exec_in_namespace', { command: ['ip', 'link'] });
  expect(code).toBe('APPROVAL_UNAVAILABLE');
  expect(hint).not.toMatch(/dry_run/);
});

test('a policy that asks for everything asks, and hides nothing', async ({ sandbox }) => {
  const file = await policyFile(sandbox, '  - {id: ask-all, effect: ask, actions: ["*"], reason: All is asked.}\n');
  const args = ['--policy', file];
  await using session = await Session.open(sandbox, { args, elicit: () => ({ action: 'accept', content: { approve: true } }) });
  expect(await session.call('inspect_namespace', { sections: ['links'] })).toMatchObject({ links: [{ name: 'lo' }] });
  await using mute = await Session.open(sandbox, { args });
  expect(await mute.fails('inspect_namespace')).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' });
});

describe.each(LINES)('%s', (line) => {
  test('an approval runs exactly what was shown', async ({ sandbox }) => {
    const questions: string[] = [];
    const session = await asking(sandbox, line, YES, questions);
    const { change } = await session.call('create_veth_pair', PAIR);
    expect(change).toMatchObject({ changed: true });
    expect(await sandbox.link('host', 'v0')).toBeDefined();
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(
      /create_veth_pair wants to run this in the host:\n {2}ip link add name v0 type veth peer name v1\n.*A human decides on changes of the host/s,
    );
    // What is so already needs nobody's approval of doing nothing, but the policy is asked all the same.
    expect(await session.call('create_veth_pair', PAIR)).toMatchObject({ change: { changed: false } });
  });

  test.for<[string, Answer]>([
    ['a no', { action: 'decline' }],
    ['an unticked box', { action: 'accept', content: { approve: false } }],
    ['an empty form', { action: 'accept', content: {} }],
    ['a closed window', { action: 'cancel' }],
  ])('%s runs nothing', async ([, answer], { sandbox }) => {
    const session = await asking(sandbox, line, answer);
    const before = await sandbox.snapshotText();
    expect(await session.fails('create_veth_pair', PAIR)).toMatchObject({ code: 'APPROVAL_DECLINED' });
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a client that fails to ask runs nothing', async ({ sandbox }) => {
    const session = await asking(sandbox, line, () => Promise.reject(new Error('the window would not open')));
    const result = session.fails('create_veth_pair', PAIR);
    // In the current era the library of the client has it fail before the server hears of it.
    if (line === 'current, modern') await expect(result).rejects.toThrow('the window would not open');
    else expect(await result).toMatchObject({ code: 'APPROVAL_DECLINED' });
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  test('a client that cannot ask is told how to proceed', async ({ sandbox }) => {
    const session = await Session.open(sandbox, { line, args: OPERATE });
    const before = await sandbox.snapshotText();
    const error = await session.fails('create_veth_pair', PAIR);
    expect(error).toMatchObject({ code: 'APPROVAL_UNAVAILABLE', details: { rule: 'change-with-consent' } });
    expect(error.hint).toMatch(/dry_run/);
    expect((await session.fails('create_veth_pair', { ...PAIR, confirm: true })).code).toBe('INVALID_INPUT');
    expect(await sandbox.snapshotText()).toBe(before);
  });

  test('a dry run asks nobody', async ({ sandbox }) => {
    const questions: string[] = [];
    const session = await asking(sandbox, line, YES, questions);
    expect(await session.call('create_veth_pair', { ...PAIR, dry_run: true })).toMatchObject({ change: { dry_run: true, id: null } });
    expect(questions).toEqual([]);
    expect(await sandbox.link('host', 'v0')).toBeUndefined();
  });

  test('a plan that changed while the human thought is not run', async ({ sandbox }) => {
    await sandbox.ok(['ip', 'link', 'add', 'x0', 'type', 'veth', 'peer', 'name', 'x1']);
    const session = await asking(sandbox, line, async () => {
      await sandbox.ok(['ip', 'link', 'set', 'x0', 'mtu', '1400']);
      return YES;
    });
    expect(await session.fails('set_link', { link: 'x0', mtu: 1400, up: true })).toMatchObject({ code: 'APPROVAL_INVALID' });
    expect((await sandbox.link('host', 'x0'))?.flags).not.toContain('UP');
  });

  test('an answer that comes after the call was given up runs nothing', async ({ sandbox }) => {
    const abort = new AbortController();
    let answered = false;
    const session = await asking(sandbox, line, async () => {
      abort.abort();
      await sleep(100);
      answered = true;
      return YES;
    });
    await expect(session.result('create_veth_pair', PAIR, { signal: abort.signal })).rejects.toThrow();
    await until('the human answers', () => answered);
    await sleep(300);
    expect(await session.call('list_namespaces')).toBeDefined();
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  test('a namespace that another took the place of meanwhile is not touched', async ({ sandbox }) => {
    await sandbox.ok(['ip', 'netns', 'add', 'theirs']);
    const session = await asking(sandbox, line, async () => {
      await sandbox.sh('ip netns del theirs; ip netns add theirs');
      return YES;
    });
    expect(await session.fails('create_veth_pair', { a: { name: 'v0', namespace: 'theirs' }, b: { name: 'v1', namespace: 'theirs' } })).toMatchObject({
      code: 'APPROVAL_INVALID',
    });
    expect(await sandbox.link('theirs', 'v0')).toBeUndefined();
  });
});

describe('answers that no human gave', () => {
  const CAN_ASK = { args: OPERATE, capabilities: { elicitation: {} } };
  const ACCEPTED = { approve: { action: 'accept', content: { approve: true } } };

  async function modern(sandbox: Sandbox): Promise<Wire> {
    return await Wire.open(sandbox, { ...CAN_ASK, modern: true });
  }

  test('an answer without a question', async ({ sandbox }) => {
    const wire = await modern(sandbox);
    expect((await wire.call('create_veth_pair', PAIR, { inputResponses: ACCEPTED }))._meta?.['netns-mcp/error']?.code).toBe('APPROVAL_INVALID');
    expect(await sandbox.link('host', 'v0')).toBeUndefined();
  });

  test('an answer to a question that was already answered', async ({ sandbox }) => {
    const wire = await modern(sandbox);
    const { requestState, inputRequests } = await wire.call('create_veth_pair', PAIR);
    expect(Object.keys(inputRequests ?? {})).toEqual(['approve']);
    const answered = { inputResponses: ACCEPTED, requestState };
    expect((await wire.call('create_veth_pair', PAIR, answered)).isError ?? false).toBe(false);
    await sandbox.ok(['ip', 'link', 'del', 'v0']);
    expect((await wire.call('create_veth_pair', PAIR, answered))._meta?.['netns-mcp/error']?.code).toBe('APPROVAL_INVALID');
    expect(await sandbox.link('host', 'v0')).toBeUndefined();
  });

  test('an answer to another question', async ({ sandbox }) => {
    const wire = await modern(sandbox);
    const { requestState } = await wire.call('create_veth_pair', PAIR);
    const other = { a: { name: 'w0' }, b: { name: 'w1' } };
    expect((await wire.call('create_veth_pair', other, { inputResponses: ACCEPTED, requestState }))._meta?.['netns-mcp/error']?.code).toBe('APPROVAL_INVALID');
    // It is used up all the same.
    expect((await wire.call('create_veth_pair', PAIR, { inputResponses: ACCEPTED, requestState }))._meta?.['netns-mcp/error']?.code).toBe('APPROVAL_INVALID');
    expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  test('an answer to a question of another server', async ({ sandbox }) => {
    const [first, second] = [await modern(sandbox), await modern(sandbox)];
    const { requestState } = await first.call('create_veth_pair', PAIR);
    const message = await second.ask('tools/call', { name: 'create_veth_pair', arguments: PAIR, inputResponses: ACCEPTED, requestState });
    expect(message.result?.['structuredContent']).toBeUndefined();
    expect(await sandbox.link('host', 'v0')).toBeUndefined();
  });

  test('a state that was tampered with', async ({ sandbox }) => {
    const wire = await modern(sandbox);
    const { requestState = '' } = await wire.call('create_veth_pair', PAIR);
    for (const state of [`${requestState}x`, requestState.slice(1), '', 'e30.e30']) {
      const message = await wire.ask('tools/call', { name: 'create_veth_pair', arguments: PAIR, inputResponses: ACCEPTED, requestState: state });
      expect(message.error ?? message.result?.['isError']).toBeTruthy();
    }
    expect(await sandbox.link('host', 'v0')).toBeUndefined();
  });
});
