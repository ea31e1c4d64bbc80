// What a server offers: instructions, tools, resources, prompts and completion, in both eras.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { z } from 'zod';
import { offerOf } from '../../src/server/mcp/offer.js';
import { TOOLS } from '../../tools/index.js';
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';

const Contents = z.looseObject({ contents: z.tuple([z.looseObject({ uri: z.string(), mimeType: z.literal('application/json'), text: z.string() })]) });

async function read(session: Session, uri: string): Promise<Record<string, unknown>> {
  const { contents } = Contents.parse(await session.client.readResource({ uri }));
  expect(contents[0].uri).toBe(uri);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(contents[0].text));
}

test.for(LINES)('what is offered: %s', async (line, { sandbox }) => {
  await sandbox.ok(['ip', 'netns', 'add', 'alpha']);
  await sandbox.ok(['ip', 'netns', 'add', 'alpine']);
  const session = await Session.open(sandbox, { line });
  const { client } = session;

  expect(client.getServerVersion()).toMatchObject({ name: 'netns-mcp', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const capabilities = client.getServerCapabilities();
  expect(Object.keys(capabilities ?? {}).sort()).toEqual(['completions', 'prompts', 'resources', 'tools']);
  expect(capabilities?.tools?.listChanged ?? false, 'what is offered never changes').toBe(false);
  const instructions = client.getInstructions() ?? '';
  expect(instructions).toMatch(/list_namespaces[\s\S]*dry_run[\s\S]*Policy in force: sandbox/);
  expect(encode(instructions).length).toBeLessThanOrEqual(500);

  const { tools } = await client.listTools();
  const core = TOOLS.map(offerOf).filter(({ when }) => when === 'always');
  expect(tools).toEqual(core.map(({ listed }) => listed));

  const { resources } = await client.listResources();
  expect(resources.map(({ uri }) => uri).sort()).toEqual([
    'netns://audit/recent',
    'netns://changes',
    'netns://namespaces',
    'netns://operations',
    'netns://policy',
  ]);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    'netns://namespace/{ref}',
    'netns://changes/{id}',
    'netns://operations/{op}',
    'netns://policy/{name}',
  ]);
  expect(JSON.stringify(await read(session, 'netns://namespaces'))).toContain('"alpha"');
  expect(await read(session, 'netns://namespace/alpha')).toMatchObject({ namespace: { names: ['alpha'] }, links: [{ name: 'lo' }] });
  expect(await read(session, `netns://namespace/${encodeURIComponent('path:/run/netns/alpha')}`)).toMatchObject({ namespace: { names: ['alpha'] } });
  for (const name of ['a b', 'a%b', 'a%41', 'ä']) {
    await sandbox.ok(['touch', `/run/netns/${name}`]);
    await sandbox.ok(['mount', '--bind', '/run/netns/alpha', `/run/netns/${name}`]);
    expect(await read(session, `netns://namespace/${encodeURIComponent(name)}`)).toMatchObject({ namespace: { names: expect.arrayContaining([name]) } });
    await sandbox.ok(['umount', `/run/netns/${name}`]);
    await sandbox.ok(['rm', `/run/netns/${name}`]);
  }
  await expect(client.readResource({ uri: 'netns://namespace/%zz' })).rejects.toMatchObject({ code: -32602 });
  expect(await read(session, 'netns://policy')).toMatchObject({
    rules: [
      { rule: 'anything', effect: 'allow' },
      { rule: 'no-install', effect: 'deny' },
    ],
  });
  expect(await read(session, 'netns://policy/observe')).toMatchObject({ name: 'observe', rules: [{ rule: 'look' }, {}, {}, {}, {}, {}, {}] });
  await expect(client.readResource({ uri: 'netns://policy/none' })).rejects.toMatchObject({ code: expect.any(Number) });
  expect(JSON.stringify(await read(session, 'netns://audit/recent'))).toContain('"tool":"inspect_namespace"');
  await expect(client.readResource({ uri: 'netns://namespace/alpho' })).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining('Did you mean alpha'),
  });
  await expect(client.readResource({ uri: 'netns://nothing' })).rejects.toMatchObject({ code: expect.any(Number) });

  expect(await read(session, 'netns://changes')).toMatchObject({ changes: [] });
  expect(JSON.stringify(await read(session, 'netns://operations'))).toContain('"op":"add_rule"');
  expect(await read(session, 'netns://operations/add_route')).toMatchObject({ op: 'add_route', input: { required: ['destination'] } });
  await expect(client.readResource({ uri: 'netns://operations/none' })).rejects.toMatchObject({ code: expect.any(Number) });

  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name).sort()).toEqual(['learn_namespaces', 'troubleshoot_host']);
  expect(JSON.stringify(await client.getPrompt({ name: 'learn_namespaces' }))).toContain('create_veth_pair');
  const prompt = await client.getPrompt({ name: 'troubleshoot_host', arguments: { problem: 'no ping', namespace: 'alpha' } });
  expect(JSON.stringify(prompt)).toMatch(/no ping.*alpha/);
  await expect(client.getPrompt({ name: 'troubleshoot_host' })).rejects.toMatchObject({ code: -32602 });

  type Ref = { type: 'ref/resource'; uri: string } | { type: 'ref/prompt'; name: string };
  const complete = async (ref: Ref, name: string, value: string, known: Record<string, string> = {}) =>
    (await client.complete({ ref, argument: { name, value }, context: { arguments: known } })).completion.values;
  const troubleshoot = { type: 'ref/prompt', name: 'troubleshoot_host' } as const;
  expect(await complete({ type: 'ref/resource', uri: 'netns://namespace/{ref}' }, 'ref', 'al')).toEqual(['alpha', 'alpine']);
  expect(await complete({ type: 'ref/resource', uri: 'netns://policy/{name}' }, 'name', 'o')).toEqual(['observe', 'operate']);
  expect(await complete(troubleshoot, 'namespace', 'alpi')).toEqual(['alpine']);
  expect(await complete(troubleshoot, 'link', '', { namespace: 'alpha' })).toEqual(['lo']);
  expect(await complete(troubleshoot, 'link', '', { namespace: 'nowhere' })).toEqual([]);
});
