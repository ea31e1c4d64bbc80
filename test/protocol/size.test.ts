// Answers stay small by default, however much there is, and large ones are cut with a word on how to narrow.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { z } from 'zod';
import { Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';

const MOST_TOKENS = 20_000;

test('of many namespaces and links', async ({ sandbox }) => {
  const batch = Array.from({ length: 60 }, (_, n) => [
    `link add name left-end-of-${n} type veth peer name right-end-${n}`,
    `address add 10.${n}.0.1/24 dev left-end-of-${n}`,
    `address add fd00:${n}::1/64 dev left-end-of-${n}`,
    `link set left-end-of-${n} up`,
    `link set right-end-${n} up`,
  ]);
  await sandbox.ok(['ip', '-batch', '-'], { stdin: batch.flat().join('\n') });
  await sandbox.sh('for n in $(seq 60); do ip netns add namespace-with-a-long-name-$n; done');
  const session = await Session.open(sandbox);
  // `call` itself holds the text against the limit.
  const first = z
    .looseObject({ summary: z.string(), namespaces: z.array(z.looseObject({ names: z.array(z.string()) })), next_cursor: z.string() })
    .parse(await session.call('list_namespaces'));
  expect(first.summary).toMatch(/^61 namespaces: 1 host, 60 named/);
  expect(first.summary).toMatch(/pass cursor for more/);

  const seen: string[] = [];
  for (let cursor: string | undefined, rounds = 0; rounds === 0 || cursor !== undefined; rounds++) {
    const page = z
      .looseObject({ namespaces: z.array(z.looseObject({ names: z.array(z.string()) })), next_cursor: z.string().optional() })
      .parse(await session.call('list_namespaces', cursor === undefined ? {} : { cursor }));
    seen.push(...page.namespaces.flatMap(({ names }) => names));
    cursor = page.next_cursor;
  }
  expect(seen).toHaveLength(60);
  expect(new Set(seen).size).toBe(60);

  await session.call('inspect_namespace');
  await session.call('inspect_namespace', { sections: ['links', 'addresses', 'routes', 'rules', 'neighbours', 'sockets', 'sysctls'] });
  const all = await session.result('list_namespaces', { limit: 500, detail: 'full' });
  expect(encode(JSON.stringify(all.structuredContent)).length).toBeLessThanOrEqual(MOST_TOKENS);
});

test('a page reads the links of what it shows, and of nothing else', async ({ sandbox }) => {
  await sandbox.sh('for n in $(seq 40); do echo "netns add n$n"; done | ip -batch -');
  const session = await Session.open(sandbox);
  // From here on each start of ip is written down, whoever starts it.
  await sandbox.sh(`cp "$(type -P ip)" /run/real-ip
    printf '#!/bin/sh\necho "$*" >>/run/started\nexec /run/real-ip "$@"\n' >/run/ip; chmod +x /run/ip; mount --bind /run/ip "$(type -P ip)"`);
  const { namespaces } = z
    .looseObject({ namespaces: z.array(z.looseObject({ links: z.strictObject({ count: z.number(), up: z.number() }) })) })
    .parse(await session.call('list_namespaces', { limit: 7 }));
  expect(namespaces).toHaveLength(7);
  expect((await sandbox.ok(['cat', '/run/started'])).match(/link show/g)).toHaveLength(7);
});

test('of more namespaces than fit, however many are asked for: the rest comes with the cursor', { timeout: 60_000 }, async ({ sandbox }) => {
  const names = Array.from({ length: 300 }, (_, n) => `${'a-name-that-is-as-long-as-they-may-be-'.padEnd(60, 'x')}-${n}`);
  await sandbox.ok(['ip', '-batch', '-'], { stdin: names.map((name) => `netns add ${name}\n`).join('') });
  const session = await Session.open(sandbox);
  const seen: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages++) {
    const { structuredContent } = await session.result('list_namespaces', { limit: 500, detail: 'full', ...(cursor === undefined ? {} : { cursor }) });
    expect(encode(JSON.stringify(structuredContent)).length).toBeLessThanOrEqual(MOST_TOKENS);
    const page = z
      .looseObject({ namespaces: z.array(z.looseObject({ names: z.array(z.string()) })), next_cursor: z.string().optional() })
      .parse(structuredContent);
    seen.push(...page.namespaces.flatMap((namespace) => namespace.names));
    cursor = page.next_cursor;
  }
  expect(pages).toBeGreaterThan(1);
  expect(seen.sort()).toEqual(names.sort());
});

test('of a command that floods', async ({ sandbox }) => {
  const batch = Array.from({ length: 120 }, (_, n) => `link add name a-longish-${n} type veth peer name b-longish-${n}`);
  await sandbox.ok(['ip', '-batch', '-'], { stdin: batch.join('\n') });
  const session = await Session.open(sandbox);
  const flood = await session.result('exec_in_namespace', { command: ['ip', '-d', 'link'] });
  expect(flood.structuredContent).toMatchObject({ truncated: true, exit_code: expect.anything() });
  expect(flood.content[0].text).toMatch(/output cut/);
  expect(encode(flood.content[0].text).length).toBeLessThanOrEqual(2 * MOST_TOKENS);
});
