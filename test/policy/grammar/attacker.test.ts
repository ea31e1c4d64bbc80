// Random command lines of dangerous and ordinary words: whatever is accepted holds no dangerous word where it would count.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NetnsError } from '../../../src/model/errors.js';
import { parseCommand } from '../../../src/policy/grammar/grammar.js';
import { ALLOWED_PROGRAMS } from '../../../src/policy/grammar/names.js';
import { ACCEPTED, words } from './samples.js';

/** Options that no canonical command line may hold, per program. Written by hand, apart from the tables that are under test. */
const FORBIDDEN_OPTIONS: Record<string, readonly string[]> = {
  ip: ['-n', '-netns', '-net', '-b', '-batch', '-force', '-fo', '-a', '-all', '-r', '-resolve', '-rcvbuf', '-rc', '-l', '-loops', '-B', '-M', '-echo', '--'],
  tc: ['-n', '-netns', '-b', '-batch', '-force', '-c', '-cf', '-conf', '-names', '-nm', '--'],
  bridge: ['-n', '-netns', '-b', '-batch', '-force', '-t', '--'],
  ss: ['-D', '--diag', '-F', '--filter', '-K', '--kill', '-N', '--net', '-E', '--events', '-r', '--resolve', '-b', '--bpf'],
  ping: ['-f', '-l', '-A', '-b', '-p', '-m', '-e', '-N', '-F', '-R', '-T'],
  tracepath: ['-b'],
  traceroute: ['-M', '--module', '-O', '--options', '-A', '-g', '-r', '-P', '-D'],
  ethtool: [
    '-s',
    '-A',
    '-C',
    '-G',
    '-K',
    '-L',
    '-N',
    '-U',
    '-X',
    '-W',
    '-E',
    '-f',
    '-r',
    '-p',
    '-t',
    '-d',
    '-e',
    '-w',
    '-x',
    '-Q',
    '--reset',
    '--monitor',
    '--flash',
    '--change',
  ],
  nft: ['-f', '--file', '-i', '-I', '-D', '-c', '-o', '-e', '-N', '-d'],
  sysctl: ['-w', '--write', '-p', '--load', '--system', '-a', '-A', '-X', '-r', '--pattern', '-f', '-q'],
  dig: ['-f', '-k', '-y', '-b', '-m', '-i', '+trace', '+nssearch', '+https', '+tls', '+tls-ca'],
  getent: ['-s', '--service', '-i'],
  curl: [
    '-K',
    '-o',
    '-O',
    '-T',
    '-d',
    '-F',
    '-x',
    '-L',
    '-b',
    '-c',
    '-u',
    '-n',
    '-E',
    '-D',
    '-w',
    '-X',
    '-H',
    '--unix-socket',
    '--resolve',
    '--connect-to',
    '--interface',
    '--next',
    '--output',
    '--config',
  ],
  conntrack: ['-D', '-I', '-U', '-E', '-F', '-A', '-z', '--zero', '-t', '-R', '-b'],
};

/** Words that change, run or never end, wherever they stand; in the alphabet below nothing that is looked for is called so. */
const FORBIDDEN_WORDS = [
  ...[
    'exec',
    'add',
    'set',
    'change',
    'replace',
    'del',
    'delete',
    'flush',
    'monitor',
    'save',
    'restore',
    'xfrm',
    'macsec',
    'attach',
    'append',
    'link-netns',
    'property',
    'reset',
    'create',
    'insert',
    'include',
  ],
  ...['passwd', 'shadow', 'gshadow', 'identify', 'pids', 'kill', 'net.ipv4.tcp_fastopen_key', 'kernel.hostname'],
];

const HARMLESS = [
  'lo',
  'a0',
  '10.0.0.1',
  '10.0.0.0/8',
  '::1',
  'fd00::/64',
  'example.com',
  '22',
  ':22',
  '1',
  '0.5',
  'main',
  'all',
  'tcp',
  'inet',
  'http://10.0.0.1/x',
  '@10.0.0.1',
  'net.ipv4.ip_forward',
  '=',
];
const PIECES = [
  ...Object.values(FORBIDDEN_OPTIONS).flat(),
  ...FORBIDDEN_WORDS,
  'exe',
  'e',
  'net',
  'netn',
  'a',
  'l',
  's',
  'x',
  'mon',
  'ru',
  'm',
  '/etc/passwd',
  '@/etc/passwd',
  '-',
  '+short',
  '(',
  ')',
  ';',
  '-x',
  '=x',
  '-brief',
  '-4',
];
const ORDINARY = [...new Set(ACCEPTED.flatMap(([typed]) => words(typed)))].filter((word) => !(ALLOWED_PROGRAMS as readonly string[]).includes(word));

const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ORDINARY) },
  { weight: 3, arbitrary: fc.constantFrom(...HARMLESS) },
  { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...PIECES), fc.constantFrom('', '=', '='.repeat(2), ' ', ';'), fc.constantFrom(...PIECES, ...HARMLESS))
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12, unit: 'binary' }) },
);
/** A sample with words put in, taken out and exchanged: such lines come close to being accepted. */
const mutated = fc
  .tuple(fc.constantFrom(...ACCEPTED), fc.array(fc.tuple(fc.nat(), fc.constantFrom('in', 'out', 'over'), word), { maxLength: 3 }))
  .map(([[typed], edits]) =>
    edits.reduce((argv, [where, how, what]) => {
      const at = 1 + (where % argv.length);
      return how === 'in' ? argv.toSpliced(at, 0, what) : how === 'out' ? argv.toSpliced(at, 1) : argv.toSpliced(at, 1, what);
    }, words(typed)),
  );
const invented = fc.tuple(fc.constantFrom(...ALLOWED_PROGRAMS), fc.array(word, { maxLength: 6 })).map(([program, rest]) => [program, ...rest]);

/** The argument vector when the line is accepted; anything but a refusal by its own code is a failure. */
function accepted(argv: readonly string[]): string[] | null {
  try {
    return parseCommand(argv).argv;
  } catch (error) {
    if (error instanceof NetnsError && error.code === 'COMMAND_REFUSED') return null;
    throw error;
  }
}

const RUNS = 20_000;

test('no dangerous word gets through', () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.oneof(mutated, invented), (argv) => {
      const run = accepted(argv);
      if (!run) return;
      passed++;
      const [program = '', ...rest] = run;
      // Link kinds and devices may be called like anything: the word after these is only compared with.
      const free = new Set(['type', 'dev', 'master', 'name', 'iif', 'oif', 'br', 'vrf', 'label', 'table', 'group', 'protocol', 'scope', 'tos']);
      const isVrfName = (at: number) => rest[at - 2] === 'vrf' && ['show', 'list'].includes(rest[at - 1] ?? '');
      const counting = rest.filter((_, at) => !free.has(rest[at - 1] ?? '') && !isVrfName(at));
      if (['ip', 'tc', 'bridge', 'sysctl'].includes(program)) expect(counting.filter((text) => FORBIDDEN_WORDS.includes(text))).toEqual([]);
      if (program === 'nft') expect(rest.filter((text) => !text.startsWith('-'))[0]).toBe('list');
      if (program === 'getent') expect(['hosts', 'ahosts', 'ahostsv4', 'ahostsv6', 'services', 'protocols']).toContain(rest[0]);
      expect(rest.filter((text) => FORBIDDEN_OPTIONS[program]?.includes(text) || FORBIDDEN_OPTIONS[program]?.includes(text.split('=')[0] ?? ''))).toEqual([]);
      for (const text of rest) expect(text).toMatch(/^[!-~]+$/);
      expect(rest.filter((text) => /^[@/]/.test(text) && !/^@[0-9a-z.:-]+$/i.test(text))).toEqual([]);
    }),
    { numRuns: RUNS, examples: [[['ip', 'vrf', 'l', 'pids']]] },
  );
  // Else the test would say nothing.
  expect(passed).toBeGreaterThan(RUNS / 20);
});

test('what runs is judged the same when it is judged again', () => {
  fc.assert(
    fc.property(mutated, (argv) => {
      const run = accepted(argv);
      if (run) expect(accepted(run)).toEqual(run);
    }),
    { numRuns: RUNS },
  );
});

test('every forbidden option is refused at every place of every sample', () => {
  for (const [typed] of ACCEPTED) {
    const argv = words(typed);
    const program = argv[0] ?? '';
    for (const option of FORBIDDEN_OPTIONS[program] ?? []) {
      for (let at = 1; at <= argv.length; at++) {
        const run = accepted(argv.toSpliced(at, 0, option));
        // `-r` and `-e` are options of ours at some places; what counts is that the forbidden one does not come out.
        if (run) expect(run.includes(option), `${argv.toSpliced(at, 0, option).join(' ')} → ${run.join(' ')}`).toBe(false);
      }
    }
  }
});
