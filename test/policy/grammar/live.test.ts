// Accepted command lines, run by the real programs in a sandbox: each starts, none is a usage error, and the canonical spelling does what was typed.
import { accessSync, constants } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PROGRAM_PATH, run } from '../../../src/exec/run.js';
import { parseCommand } from '../../../src/policy/grammar/grammar.js';
import { BRIDGE } from '../../../src/policy/grammar/iproute2/bridge.js';
import { IP } from '../../../src/policy/grammar/iproute2/ip.js';
import { TC } from '../../../src/policy/grammar/iproute2/tc.js';
import { recognise } from '../../../src/policy/grammar/recognise.js';
import type { Program, Term } from '../../../src/policy/grammar/table.js';
import { ACCEPTED, words } from './samples.js';

const Outcome = z.object({ status: z.number().nullable(), out: z.string(), error: z.string().nullable() });
type Outcome = z.infer<typeof Outcome>;

/** Links, addresses, a bridge and a ruleset for the samples to look at, once all has settled (the kernel tells of carriers once a second); a bridge that learns nothing from what links
 * send on their own, so that two looks see the same. Then the lines that come in are run one by one. */
const WORLD = `
mount -t tmpfs tmpfs /run && mkdir -p /run/netns
ip link set lo up
for what in all default; do echo 0 >/proc/sys/net/ipv6/conf/$what/accept_dad; done
ip link add a0 type veth peer name b0 && ip link add br0 type bridge mcast_snooping 0 && ip link set b0 master br0
bridge link set dev b0 learning off
ip address add 10.0.0.1/24 dev a0 && ip link set a0 up && ip link set b0 up && ip link set br0 up && ip route add default via 10.0.0.254
sleep 1.2
last=; while now=$(ip address; ip -6 route; bridge link; bridge fdb); [ "$now" != "$last" ]; do last=$now; sleep 0.4; done
nft add table inet t && nft add chain inet t c && nft add set inet t s '{ type ipv4_addr; }'
exec "$0" -e "$1"`;

const RUNNER = `
const { spawn } = require('node:child_process');
const http = require('node:http');
const one = ([program, ...args]) => new Promise((resolve) => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20000 });
  let out = '';
  child.stdout.on('data', (chunk) => { out += chunk; });
  child.stderr.on('data', (chunk) => { out += chunk; });
  child.once('error', (error) => resolve({ status: null, out, error: error.code }));
  child.once('close', (status) => resolve({ status, out, error: null }));
});
(async () => {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const server = http.createServer((_, response) => response.end('hello')).listen(8080, '::');
  const results = [];
  for (const argv of JSON.parse(text)) results.push(await one(argv));
  process.stdout.write(JSON.stringify(results));
  server.close();
})();`;

/** Runs command lines one after the other in a sandbox of their own. */
async function inSandbox(lines: readonly (readonly string[])[]): Promise<Outcome[]> {
  const flags = ['--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const result = await run(['unshare', ...flags, 'sh', '-c', WORLD, process.execPath, RUNNER], { stdin: JSON.stringify(lines), timeoutMs: 100_000 });
  expect(result.exitCode, result.stderr.toString()).toBe(0);
  return z.array(Outcome).parse(JSON.parse(result.stdout.toString()));
}

const probe = await run(['unshare', '--user', '--map-root-user', '--net', 'true']);
const sandboxed = probe.exitCode === 0;
const installed = (program: string): boolean =>
  PROGRAM_PATH.split(':').some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What programs say when they do not understand their arguments. */
const MISUNDERSTOOD =
  /[Uu]sage:|is unknown|[Uu]nknown option|[Ii]nvalid option|unrecognized|syntax error|[Tt]ry "|What is "|garbage|[Bb]ad argument|is a bad|[Cc]annot parse|unexpected|option requires|[Cc]ouldn.t parse/;
/** Samples that fail for what is not there, not for how they are asked: status by the line that runs. */
const FAILS: Record<string, number> = {
  'dig -r -q example.com -t MX +short +time=1 +tries=1 @127.0.0.1': 9,
  'dig -r -x 10.0.0.1 -p 5353 +time=1 +tries=1 +noall +answer @::1': 9,
  'dig -r -t SRV -q _sip._udp.example.com. -c IN +timeout=1 +retry=0 @127.0.0.1': 9,
};

describe.skipIf(!sandboxed)('accepted samples, by the real programs', () => {
  const samples = ACCEPTED.filter(([, line]) => installed(words(line)[0] ?? ''));
  let results: Outcome[] = [];
  beforeAll(async () => {
    results = await inSandbox(samples.map(([, line]) => words(line)));
  }, 120_000);

  test.each(samples.map(([, line], at) => [line, at] as const))('%s', (line, at) => {
    const { status, out, error } = results[at] ?? expect.unreachable();
    expect(error).toBeNull();
    expect(out).not.toMatch(MISUNDERSTOOD);
    expect(status, out).toBe(FAILS[line] ?? 0);
  });
});

describe.skipIf(!sandboxed)('the canonical spelling does what was typed', () => {
  // Programs whose answers do not change between two runs, as long as nothing counts; colours are turned off on purpose.
  const same = ACCEPTED.filter(
    ([typed]) => /^(ip|tc|bridge|nft|sysctl|ethtool|getent) /.test(typed) && !/ -c|ntable|stats|( |-)s /.test(typed) && installed(words(typed)[0] ?? ''),
  );
  let results: Outcome[] = [];
  beforeAll(async () => {
    results = await inSandbox(same.flatMap(([typed, line]) => [words(typed), words(line)]));
  }, 120_000);

  test.each(same.map(([typed], at) => [typed, at] as const))('%s', (_, at) => {
    expect(results[2 * at + 1]).toEqual(results[2 * at]);
  });
});

/** Every beginning of every spelling of the terms. */
function abbreviations(terms: readonly Term[]): string[] {
  const names = terms.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  return [...new Set(names.flatMap((name) => Array.from({ length: name.length }, (_, at) => name.slice(0, at + 1))))].filter((text) => text !== '-');
}

describe.skipIf(!sandboxed)('an abbreviation means what iproute2 makes of it', () => {
  const objectsOf = ({ place }: Program) => (place.terms ?? []).filter((term) => !term.name.startsWith('-') && !['help', 'exec'].includes(term.name));
  /** The term that we take a word for. */
  const meant = (program: Program, word: string) => recognise(program.place, word)[0]?.term;

  test.each([IP, TC, BRIDGE])(
    'objects of $name',
    async (program) => {
      const short = abbreviations(objectsOf(program)).filter(
        (word) => meant(program, word)?.name !== 'help' && !(program === TC && meant(program, word)?.name === 'monitor'),
      );
      // The help of an object tells them apart. Objects that this release does not have yet are told by their full name.
      const full = short.map((word) => meant(program, word)?.name ?? '');
      const results = await inSandbox(
        short.flatMap((word, at) => [
          [program.name, word, 'help'],
          [program.name, full[at] ?? '', 'help'],
        ]),
      );
      const known = short
        .map((word, at) => ({ word, as: full[at], typed: results[2 * at]?.out, whole: results[2 * at + 1]?.out }))
        .filter(({ whole = '' }) => !/is unknown/.test(whole));
      expect(known.length).toBeGreaterThan(short.length / 2);
      expect(known.filter(({ typed, whole }) => typed !== whole).map(({ word, as }) => `${program.name} ${word} is not ${as}`)).toEqual([]);
    },
    120_000,
  );

  test.each([IP, TC, BRIDGE])(
    'verbs of $name that are permitted',
    async (program) => {
      const lines = objectsOf(program).flatMap((object) => {
        const place = object.next;
        if (!place || object.name === 'ntable' || object.name === 'stats') return [];
        return abbreviations(place.terms ?? []).flatMap((word) => {
          const term = recognise(place, word)[0]?.term;
          return term && term.refuse === undefined ? [{ object: object.name, word, full: term.name }] : [];
        });
      });
      const results = await inSandbox(
        lines.flatMap(({ object, word, full }) => [
          [program.name, object, word],
          [program.name, object, full],
        ]),
      );
      expect(lines.length).toBeGreaterThan(8);
      expect(lines.filter((_, at) => JSON.stringify(results[2 * at]) !== JSON.stringify(results[2 * at + 1])).map((line) => JSON.stringify(line))).toEqual([]);
    },
    120_000,
  );

  test.each([
    ['ip', IP, ['link', 'show', 'lo']],
    ['tc', TC, ['qdisc', 'show', 'dev', 'lo']],
    ['bridge', BRIDGE, ['link', 'show']],
  ] as const)(
    'options of %s that are permitted',
    async (_, program, rest) => {
      const options = (program.place.terms ?? []).filter((term) => term.name.startsWith('-'));
      const lines = abbreviations(options).flatMap((word) => {
        const term = recognise(program.place, word)[0]?.term;
        // The value of a family is a word of its own.
        if (!term || term.refuse !== undefined || term.name === '-color') return [];
        const value = term.values ? ['inet'] : [];
        return [[program.name, word, ...value, ...rest]];
      });
      const results = await inSandbox(lines.flatMap((line) => [line, parseCommand(line).argv]));
      expect(lines.length).toBeGreaterThan(8);
      expect(lines.filter((_, at) => JSON.stringify(results[2 * at]) !== JSON.stringify(results[2 * at + 1])).map((line) => line.join(' '))).toEqual([]);
      expect(results.filter(({ out }) => MISUNDERSTOOD.test(out)).map(({ out }) => out.slice(0, 80))).toEqual([]);
    },
    120_000,
  );
});

describe.skipIf(!sandboxed)('what the guards are for, shown with the real programs', () => {
  test('ip executes by abbreviation, tc -c reads a file, sysctl climbs out of net, nft reads words as a script', async () => {
    const [netns, tc, climbs, script] = await inSandbox([
      ['ip', 'net', 'exe', 'nosuch', 'true'],
      ['tc', '-c', '/nosuch/file', 'qdisc', 'show', 'dev', 'lo'],
      ['sysctl', 'net.//.kernel.ostype'],
      ['nft', 'list', 'tables;', 'add', 'table', 'inet', 'made'],
    ]);
    expect(netns?.out).toMatch(/network namespace "nosuch"/);
    expect(tc).toMatchObject({ status: 0 });
    expect(climbs?.out).toMatch(/= Linux/);
    expect(script).toMatchObject({ status: 0 });
  }, 120_000);
});
