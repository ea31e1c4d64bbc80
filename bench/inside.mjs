// The benchmarks themselves, run inside a sandbox that run.mjs has made: nothing of the host is touched.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { lab } from './lab.mjs';
import { interleaved, median, peakMemory, runToEnd, timed } from './measure.mjs';

const [minimal, ...options] = process.argv.slice(2);
const folder = process.env.BENCH_FOLDER;
const SERVER = ['dist/netns-mcp.js', 'serve', '--policy', 'sandbox', '--audit-log', join(folder, 'audit.jsonl')];
const ip = (...args) => execFileSync('ip', args);

execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
mkdirSync('/run/netns');
ip('link', 'set', 'lo', 'up');

/** On a busy machine hundreds of namespaces take longer than clients wait by themselves. */
const LONGEST_CALL_MS = 600_000;

async function connect(args) {
  const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const transport = new StdioClientTransport({ command: process.execPath, args, stderr: 'inherit', env: { PATH: process.env.PATH, HOME: folder } });
  await client.connect(transport);
  return { client, pid: transport.pid, call: (name, args_) => client.callTool({ name, arguments: args_ }, { timeout: LONGEST_CALL_MS }) };
}

async function must(result) {
  const answer = await result;
  if (answer.isError) throw new Error(answer.content[0].text);
  return answer;
}

/** Start of a server to its first list of tools, by the bare protocol: no client to be measured along. */
function coldStart(args) {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\n')) return;
      const ms = performance.now() - from;
      const { result } = JSON.parse(text.slice(0, text.indexOf('\n')));
      child.stdin.end();
      child.once('close', () => (result?.tools ? resolve(ms) : reject(new Error(text))));
    });
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } })}\n`);
  });
}

async function startUp() {
  const pieces = { ours: SERVER, minimal: [minimal] };
  const times = { ours: [], minimal: [] };
  for (let round = -2; round < 21; round++)
    for (const [name, args] of Object.entries(pieces))
      if (round >= 0) times[name].push(await coldStart(args));
      else await coldStart(args);
  return [
    {
      what: 'cold start to the tools listed',
      ours: median(times.ours),
      peer: median(times.minimal),
      peerIs: 'a bundled minimal server on the same SDK',
      goal: 1.2,
    },
  ];
}

const end = (name, i, namespace) => ({ name, namespace, addresses: [`10.0.0.${i}/24`], up: true });

/** As the tutorial makes it; as bare as can be, on the host; and that between two namespaces, which both have to be read back. */
const PAIRS = [
  ['with addresses, up, into a namespace', { a: end('v0', 1, 'host'), b: end('v1', 2, 'bench') }, 100],
  ['bare, on the host', { a: { name: 'v0' }, b: { name: 'v1' } }, 100],
  ['bare, into a namespace', { a: { name: 'v0' }, b: { name: 'v1', namespace: 'bench' } }, 100],
];

/** One call, against what it cannot do without: its commands, started once, and the way through the SDK and back. */
async function oneCall() {
  ip('netns', 'add', 'bench');
  ip('-n', 'bench', 'link', 'add', 'x0', 'type', 'veth', 'peer', 'name', 'x1');
  ip('-n', 'bench', 'address', 'add', '10.0.0.1/24', 'dev', 'x0');
  ip('-n', 'bench', 'link', 'set', 'x0', 'up');
  const [ours, peer] = [await connect(SERVER), await connect([minimal])];
  const reading = 'address show\nroute show table all\nnetns list-id\n';
  const inspect = await interleaved(
    {
      ours: () => must(ours.call('inspect_namespace', { namespace: 'bench' })),
      bare: () => runToEnd(['ip', '-n', 'bench', '-d', '-j', '-batch', '-'], reading),
      echo: () => must(peer.call('echo', { text: 'hello' })),
    },
    200,
  );
  const pairs = [];
  for (const [what, input, rounds] of PAIRS) {
    const { structuredContent } = await must(ours.call('create_veth_pair', { ...input, dry_run: true }));
    const { commands } = structuredContent.change;
    const times = { ours: [], bare: [], echo: [] };
    for (let round = -5; round < rounds; round++) {
      const one = {};
      one.ours = await timed(() => must(ours.call('create_veth_pair', input)));
      ip('link', 'delete', 'v0');
      one.bare = await timed(async () => {
        for (const command of commands) await runToEnd(command);
      });
      ip('link', 'delete', 'v0');
      one.echo = await timed(() => must(peer.call('echo', { text: 'hello' })));
      if (round >= 0) for (const [name, ms] of Object.entries(one)) times[name].push(ms);
    }
    const { ours: own, bare, echo } = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
    const peerIs = `${commands.length === 1 ? 'its command' : `its ${commands.length} commands`} ${bare.toFixed(2)} + echo ${echo.toFixed(2)}`;
    pairs.push({ what: `create_veth_pair, ${what}`, ours: own, peer: bare + echo, peerIs, goal: 1.25 });
  }
  await Promise.all([ours.client.close(), peer.client.close()]);
  ip('netns', 'delete', 'bench');
  return [
    {
      what: 'inspect_namespace',
      ours: inspect.ours,
      peer: inspect.bare + inspect.echo,
      peerIs: `bare command ${inspect.bare.toFixed(2)} + echo ${inspect.echo.toFixed(2)}`,
      goal: 1.25,
    },
    ...pairs,
  ];
}

/** Many namespaces with their links, against the fastest that iproute2 alone can do: its processes, as many at once as there are cores. */
async function many(count) {
  const names = Array.from({ length: count }, (_, i) => `many${i}`);
  const lines = names.flatMap((name) => [`netns add ${name}`]);
  await runToEnd(['ip', '-batch', '-'], `${lines.join('\n')}\n`);
  for (const name of names) await runToEnd(['ip', '-n', name, '-batch', '-'], 'link set lo up\nlink add v0 type veth peer name v1\n');
  const list = join(folder, 'names');
  writeFileSync(list, names.map((name) => `${name}\0`).join(''));
  const ours = await connect(SERVER);
  const result = await interleaved(
    {
      ours: () => must(ours.call('list_namespaces', { limit: 500 })),
      floor: () => runToEnd(['xargs', '-0', '-a', list, '-P', String(availableParallelism()), '-I', '{}', 'ip', '-n', '{}', '-d', '-j', 'link', 'show']),
    },
    15,
    2,
  );
  const { structuredContent } = await ours.call('list_namespaces', { limit: 500 });
  if (structuredContent.namespaces.length !== count + 1) throw new Error(`${structuredContent.namespaces.length} namespaces listed`);
  const memory = peakMemory(ours.pid);
  await ours.client.close();
  await runToEnd(['ip', '-batch', '-'], `${names.map((name) => `netns delete ${name}`).join('\n')}\n`);
  return [
    {
      what: `${count} namespaces listed with links`,
      ours: result.ours,
      peer: result.floor,
      peerIs: 'ip -d -j link show in each, batched by xargs -P',
      goal: 1.3,
      peak_memory_mib: memory,
    },
  ];
}

/** A small lab and a large one: how much slower per host is the large one? */
async function labs() {
  const { client, call } = await connect(SERVER);
  const callOrThrow = (name, args_) => must(call(name, args_));
  const small = await lab(50, 7, folder, callOrThrow);
  const large = await lab(500, 1, folder, callOrThrow);
  await client.close();
  const perHost = {
    what: 'one of 500 hosts, up, against one of 50',
    ours: large[0].ours / 500,
    peer: small[0].ours / 50,
    peerIs: 'by the same server',
    goal: 1.3,
  };
  return [...small, ...large, perHost];
}

const PARTS = { start: startUp, call: oneCall, many: () => many(200), lab: labs };
const only = options
  .find((option) => option.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',');
const unknown = only?.filter((name) => !Object.hasOwn(PARTS, name)) ?? [];
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}: there are ${Object.keys(PARTS).join(', ')}`);
const parts = Object.entries(PARTS).filter(([name]) => only === undefined || only.includes(name));
const measured = [];
for (const [, part] of parts) measured.push(...(await part()));
const rows = measured.map((row) => ({ ...row, ratio: row.ours / row.peer }));
if (options.includes('--json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else {
  for (const { what, ours, peer, peerIs, goal, ratio, peak_memory_mib } of rows) {
    const verdict = ratio <= goal ? 'holds' : 'falls short';
    process.stdout.write(`${what}: ${ours.toFixed(2)} ms against ${peer.toFixed(2)} ms (${peerIs}) = ${ratio.toFixed(2)}, goal ${goal}: ${verdict}\n`);
    if (peak_memory_mib) process.stdout.write(`  peak memory of the server: ${peak_memory_mib.toFixed(0)} MiB\n`);
  }
}
