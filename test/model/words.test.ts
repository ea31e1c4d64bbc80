// Names, references, permits and errors: what a caller writes, and what it is taken for.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorText, NetnsError, toNetnsError } from '../../src/model/errors.js';
import { Held } from '../../src/model/held.js';
import { indexOf, isPlainName, NewLinkName, NewNamespaceName } from '../../src/model/names.js';
import { digestOf, Permit } from '../../src/model/permit.js';
import { parseReference } from '../../src/model/reference.js';

const ODD = [
  '',
  '-x',
  '.x',
  '..',
  '.',
  'a/b',
  'a b',
  'a\tb',
  'a\nb',
  'x;y',
  'x\u0000',
  '\u001b[2J',
  'ａbc',
  'vеth0',
  'veth0\u200b',
  'ü',
  'a:b',
  'a@b',
  '%d',
  "it's",
  'q"',
];

describe('names that are made', () => {
  test.for([...ODD, 'x'.repeat(16), 'if5', 'all', 'default', 'host', 'none'])('no link is called %j', (name) => {
    expect(NewLinkName.safeParse(name).success).toBe(false);
  });

  test.for([...ODD, 'x'.repeat(65), '123', 'host'])('no namespace is called %j', (name) => {
    expect(NewNamespaceName.safeParse(name).success).toBe(false);
  });

  test('usual ones are fine, and plain enough for a command line', () => {
    for (const name of ['veth0', 'br-lan', 'eth0.100', '_x', 'ns_1', 'if', 'ifb0', 'x'.repeat(15)]) {
      expect(NewLinkName.parse(name)).toBe(name);
      expect(NewNamespaceName.parse(name)).toBe(name);
      expect(isPlainName(name)).toBe(true);
    }
  });

  test('an index is written in one way', () => {
    expect(indexOf('index:12')).toBe(12);
    for (const text of ['index:0', 'index:-1', 'index:012', 'index:1e3', 'index: 1', 'index:', 'if12', 'index:1\n', 'index:99999999999'])
      expect(indexOf(text), text).toBeNull();
  });
});

describe('references', () => {
  test.for([
    ['host', { by: 'host' }],
    ['web', { by: 'name', name: 'web' }],
    ['-x', { by: 'name', name: '-x' }],
    ['hosts', { by: 'name', name: 'hosts' }],
    ['pidgin', { by: 'name', name: 'pidgin' }],
    ['pid:12', { by: 'pid', pid: 12 }],
    ['inode:4026531840', { by: 'inode', inode: 4026531840 }],
    ['nsid:0', { by: 'nsid', nsid: 0, at: { by: 'host' } }],
    ['nsid:3@web', { by: 'nsid', nsid: 3, at: { by: 'name', name: 'web' } }],
    ['nsid:3@pid:7', { by: 'nsid', nsid: 3, at: { by: 'pid', pid: 7 } }],
    ['path:/run/netns/a b', { by: 'path', path: '/run/netns/a b' }],
    ['container:web', { by: 'container', container: 'web' }],
  ] as const)('%s', ([text, reference]) => {
    expect(parseReference(text)).toEqual(reference);
  });

  test.for([
    'a/b',
    '.',
    '..',
    'pid:0',
    'pid:-1',
    'pid:',
    'pid:1x',
    'pid:01',
    'pid:1e3',
    'inode:',
    'inode:0',
    'nsid:',
    'nsid:-1',
    'nsid:1@',
    'nsid:1@nsid:2',
    'nsid:1@nsid:2@x',
    'path:',
    'path:x',
    'path:/a\0b',
    'container:',
    'x\0',
  ])('%j is none, and the error says how to write one', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID', hint: expect.stringContaining('pid:N') }));
  });

  test('any text is a reference or an error of the table, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('pid:', 'nsid:', 'path:').chain((head) => fc.string().map((tail) => head + tail)),
        ),
        (text) => {
          try {
            return typeof parseReference(text).by === 'string';
          } catch (error) {
            return error instanceof NetnsError && error.code === 'REFERENCE_INVALID';
          }
        },
      ),
    );
  });
});

describe('permits', () => {
  const work = {
    action: 'link.set',
    commands: [
      { place: 1, argv: ['ip', 'link', 'set', 'dev', 'a', 'up'] },
      { place: 'ns1', argv: ['ip', 'x'] },
    ],
  } as const;

  test('hold for the work that was judged, to the letter', () => {
    Permit.issue(work).demand(structuredClone(work));
    const others = [
      { ...work, action: 'link.move' as const },
      { ...work, commands: work.commands.slice(0, 1) },
      { ...work, commands: work.commands.toReversed() },
      { ...work, commands: [{ ...work.commands[0], place: 2 }, work.commands[1]] },
      { ...work, commands: [{ ...work.commands[0], place: '1' }, work.commands[1]] },
      { ...work, commands: [{ ...work.commands[0], argv: ['ip', 'link', 'set', 'dev', 'a up'] }, work.commands[1]] },
      { ...work, commands: [...work.commands, work.commands[0]] },
    ];
    for (const other of others) expect(() => Permit.issue(work).demand(other)).toThrow('no permit');
    expect(new Set([work, ...others].map(digestOf)).size).toBe(others.length + 1);
  });
});

test('errors stand alone as a text, and what is not ours is a defect', () => {
  expect(errorText(new NetnsError('LINK_EXISTS', 'There already is a link a.', 'Choose another name.'))).toBe(
    'LINK_EXISTS: There already is a link a. Choose another name.',
  );
  expect(toNetnsError(new TypeError('x')).code).toBe('INTERNAL');
  expect(toNetnsError('thrown').message).toBe('thrown');
});

test('what is held is given back, the last first, even when one of them fails', () => {
  const given: number[] = [];
  const held = new Held();
  for (const n of [1, 2, 3]) {
    held.keep({
      [Symbol.dispose]: () => {
        given.push(n);
        if (n === 2) throw new Error('two');
      },
    });
  }
  expect(() => held[Symbol.dispose]()).toThrow('two');
  expect(given).toEqual([3, 2, 1]);
  held[Symbol.dispose]();
  expect(given).toHaveLength(3);
});

test('the text of an error shows what a terminal would obey', () => {
  const error = { code: 'INTERNAL', message: 'no \u001b[2J\u202e here.', hint: 'Look.', details: {} } as const;
  expect(errorText(error)).toBe('INTERNAL: no \\x1b[2J\\u{202e} here. Look.');
});
