// Bytes of unknown origin: what is shown holds no control character, what is parsed loses no entry, what is quoted comes back.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine, decodeBytes, nearest, parseToolJson, shellQuote, visible, visibleLines } from '../../src/model/text.js';

/** What may never reach a terminal or a model as it is: controls, what reorders, what is not seen. */
const UNSAFE = [
  '\u0000',
  '\u001b',
  '\u007f',
  '\u009b',
  '\u00ad',
  '\u061c',
  '\u180e',
  '\u200b',
  '\u200f',
  '\u2028',
  '\u202e',
  '\u2066',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\u{e0041}',
  '\ud800',
];

describe('visible', () => {
  test.for(UNSAFE.map((character) => [character.codePointAt(0)?.toString(16) ?? '', character] as const))('escapes U+%s', ([code, character]) => {
    for (const show of [visible, visibleLines]) expect(show(`a${character}b`)).toMatch(new RegExp(`^a\\\\(x0?${code}|u\\{${code}\\})b$`));
  });

  test('leaves letters, signs and emoji of all languages alone', () => {
    for (const text of ['veth0@if3', 'Müller', '漢字', 'שלום', '🙂', '"quotes" & <tags>']) expect(visible(text)).toBe(text);
  });

  test('keeps to one line, visibleLines to as many as there were', () => {
    expect(visible('a\nb\tc\r')).toBe('a\\nb\\tc\\x0d');
    expect(visibleLines('a\nb\tc\r\n')).toBe('a\nb    c\\x0d\n');
  });

  test('shows the same when asked twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => visible(visible(text)) === visible(text)));
  });
});

describe('decodeBytes', () => {
  test('gives UTF-8 as it is, the byte order mark as well', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeBytes(Buffer.from(text)) === Buffer.from(text).toString()));
    expect(decodeBytes(Buffer.from('\ufeffa'))).toBe('\ufeffa');
    expect(decodeBytes(Buffer.from([0xff, 0xef, 0xbb, 0xbf, 0x61]))).toBe('\\xff\ufeffa');
  });

  test('shows each byte that belongs to no sequence', () => {
    const cases: [number[], string][] = [
      [[0xff, 0x61], '\\xffa'],
      [[0xc3], '\\xc3'],
      [[0xe2, 0x82, 0x61], '\\xe2\\x82a'],
      [[0xc0, 0xaf], '\\xc0\\xaf'],
      [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
      [[0xf4, 0x90, 0x80, 0x80], '\\xf4\\x90\\x80\\x80'],
      [[0xc3, 0xbc, 0xfe], 'ü\\xfe'],
    ];
    for (const [bytes, text] of cases) expect(decodeBytes(Uint8Array.from(bytes))).toBe(text);
  });
});

/** As iproute2 writes a string (lib/json_writer.c): it escapes these, and nothing else. */
function asIproute2(bytes: Buffer): Buffer {
  const escapes: Record<number, string> = { 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 8: '\\b', 34: '\\"', 92: '\\\\' };
  return Buffer.concat([...bytes].map((byte) => (escapes[byte] === undefined ? Buffer.from([byte]) : Buffer.from(escapes[byte]))));
}

test('parseToolJson reads whatever iproute2 prints, and one hostile name does not hide the others', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 15 }), (raw) => {
      const bytes = Buffer.from(raw.map((byte) => (byte === 0 ? 1 : byte)));
      const document = Buffer.concat([Buffer.from('[{"ifname":"'), asIproute2(bytes), Buffer.from('"},\n\t{"ifname":"eth0"}]')]);
      const parsed = parseToolJson(document);
      expect(parsed).toEqual([{ ifname: expect.any(String) }, { ifname: 'eth0' }]);
      const [{ ifname }] = parsed as [{ ifname: string }];
      expect(visible(ifname)).toBe(visible(decodeBytes(bytes)));
    }),
  );
});

describe('shellQuote', () => {
  const echo = (shell: string, words: string[]) => execFileSync(shell, ['-c', `printf '%s\\0' ${commandLine(words)}`]).toString();

  test('comes back unchanged from sh', () => {
    const words = ['plain', '', ' ', "it's", '"', '$(id)', '`id`', '\\', '*', '~', '#', '!', ';x', '-n', 'a b', 'ü', '漢', "''", '&&'];
    expect(echo('sh', words).split('\0')).toEqual([...words, '']);
  });

  test('comes back unchanged from bash, whatever it is', () => {
    const word = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '\u0001'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 20, maxLength: 20 }), (words) => {
        expect(echo('bash', words).split('\0')).toEqual([...words.map((text) => Buffer.from(text).toString()), '']);
      }),
      { numRuns: 15 },
    );
  });

  test('is itself safe to show', () => {
    for (const character of UNSAFE) expect(visible(shellQuote(`a${character}'b`))).toBe(shellQuote(`a${character}'b`));
  });
});

test('nearest finds what was meant, best first, and nothing far off', () => {
  const names = ['blue', 'black', 'green', 'veth0', 'veth1'];
  expect(nearest('blu', names)).toEqual(['blue']);
  expect(nearest('veth', names)).toEqual(['veth0', 'veth1']);
  expect(nearest('gren', names)).toEqual(['green']);
  expect(nearest('zzzzz', names)).toEqual([]);
  expect(nearest('', [])).toEqual([]);
});
