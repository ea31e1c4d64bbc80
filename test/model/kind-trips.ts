// Every kind of link on the kernel that the test runs on: made, read, made again from what was read, and changed there and back.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../src/model/kinds/settings.js';
import { kindOf, LINK_KINDS, LinkKindName } from '../../src/model/kinds/table.js';
import { attributesOf, changeWords, createCommands, lowerNameOf, needsDown } from '../../src/model/kinds/words.js';
import type { Settings } from '../../src/model/objects.js';
import { parseToolJson } from '../../src/model/text.js';
import { Sandbox, type Started } from '../support/sandbox.js';
import { SAMPLES } from './kind-samples.js';

const Shown = z.tuple([
  z.object({
    address: z.string().optional(),
    linkinfo: z.object({ info_kind: z.string(), info_data: z.record(z.string(), z.unknown()).default({}) }),
  }),
]);
const LOWER = 'lower0';
const MAC = '02:00:00:00:00:99';
/** What is said where a kind or a setting is lacking: by the kernel, by `ip` itself, by `ip tuntap` without its device. */
const LACKING = /Unknown device type|Operation not supported|Garbage instead of arguments|open: (No such file|Permission denied|No such device)/;
let sandbox: Sandbox;
let stranger: Started;

interface Seen {
  settings: Settings;
  mac: string | undefined;
  lower: string | null;
}

/** Runs lines of `ip` in one process, and reads the links that they show. A text says what was refused. */
async function look(kind: LinkKindName, lines: readonly string[][]): Promise<Seen[] | string> {
  const text = lines.map((words) => words.join(' ')).join('\n');
  const { exitCode, stdout, stderr } = await sandbox.run(['ip', '-d', '-j', '-batch', '-'], { stdin: text });
  if (exitCode !== 0) return `${text}: ${stderr}`;
  const shown = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('[{'));
  return shown.map((line) => {
    const [{ address, linkinfo }] = Shown.parse(parseToolJson(Buffer.from(line)));
    const { info_kind, info_data } = linkinfo;
    expect(kindOf(info_kind, info_data)).toBe(kind);
    return { settings: attributesOf(kind, info_data), mac: address, lower: lowerNameOf(kind, info_data) };
  });
}

/** As `look`, where nothing may be refused. */
async function seen(kind: LinkKindName, ...lines: string[][]): Promise<Seen[]> {
  const result = await look(kind, lines);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

let links = 0;

/** A name that no link had before: one process of `ip` remembers the index of each name that it met. */
function freshName(): string {
  links += 1;
  return `x${links}`;
}

/** The lines that make a link and show it. */
function making(kind: LinkKindName, name: string, attributes: Settings, extra: { mac?: string } = {}): string[][] {
  const lower = SAMPLES[kind].needsLower && !attributes['external'] ? { lower: LOWER } : {};
  return [...createCommands({ kind, name, attributes, ...lower, ...extra }), showing(name)];
}

function showing(name: string): string[] {
  return ['link', 'show', 'dev', name];
}

function deleting(name: string): string[] {
  return ['link', 'delete', 'dev', name];
}

/** Makes a link, looks at it and deletes it. */
async function passing(kind: LinkKindName, attributes: Settings, extra: { mac?: string } = {}): Promise<Seen | string> {
  const name = freshName();
  const result = await look(kind, [...making(kind, name, attributes, extra), deleting(name)]);
  return typeof result === 'string' ? result : (result[0] ?? 'nothing was shown');
}

function isLacking(attempt: Seen | string): attempt is string {
  return typeof attempt === 'string' && LACKING.test(attempt);
}

/** Kinds that this kernel has: the others are the second kernel's to test. */
export function kindsHere(): LinkKindName[] {
  return LinkKindName.options.filter((kind) => {
    const [first = []] = making(kind, freshName(), settingsOf(kind, SAMPLES[kind].bare));
    const script = `ip link add ${LOWER} type veth peer name lower1; ip "$@"`;
    const { stderr } = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'sh', '-c', script, 'sh', ...first], { encoding: 'utf8' });
    return !LACKING.test(stderr);
  });
}

/** The settings that a caller's words stand for. */
function settingsOf(kind: LinkKindName, raw: Settings): Settings {
  const parsed = parseSettings(kind, raw);
  if (parsed.problems) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

const plainLinks = new Map<LinkKindName, Promise<Seen | string>>();

/** A link made with the least that has to be said; looked at once. */
function plainOf(kind: LinkKindName): Promise<Seen | string> {
  const plain = plainLinks.get(kind) ?? passing(kind, settingsOf(kind, SAMPLES[kind].bare));
  plainLinks.set(kind, plain);
  return plain;
}

/** Those of the settings that this kernel knows: a plain link shows them, or has none of them, and the kernel can do them. */
async function known(kind: LinkKindName, settings: Settings, plain: Settings): Promise<Settings> {
  const { attributes } = LINK_KINDS[kind];
  const shown = Object.entries(settings).filter(([field]) => field in plain || attributes[field]?.usual === undefined);
  if (!isLacking(await passing(kind, Object.fromEntries(shown)))) return Object.fromEntries(shown);
  const able: typeof shown = [];
  for (const [field, value] of shown) {
    if (typeof (await passing(kind, { ...settingsOf(kind, SAMPLES[kind].bare), [field]: value })) !== 'string') able.push([field, value]);
  }
  return Object.fromEntries(able);
}

/**
 * Declares the tests of kinds. One that the kernel lacks is skipped by name.
 * @param isSample Where trips are dear: of each kind only the settings that come first.
 */
export function testKinds(kinds: readonly LinkKindName[], { isSample = false } = {}): void {
  beforeAll(async () => {
    sandbox = await Sandbox.open();
    await sandbox.sh(`ip link add ${LOWER} type veth peer name lower1`);
    stranger = await sandbox.stranger();
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  describe.each(kinds)('%s', (kind) => {
    const { bare, full, needsLower } = SAMPLES[kind];
    const { attributes, hasMac, isPinned, lower: lowerIs, needs } = LINK_KINDS[kind];
    const settings = settingsOf(kind, bare);
    const missing = `this kernel or iproute2 has no ${kind} links${needs ? ` (they need ${needs})` : ''}`;

    test('a plain one is as usual', async ({ skip }) => {
      const plain = await plainOf(kind);
      if (isLacking(plain)) return skip(missing);
      if (typeof plain === 'string') throw new Error(plain);
      const usual = Object.entries(attributes).filter(([field, each]) => field in plain.settings && !(field in settings) && each.usual !== undefined);
      expect(plain.settings).toMatchObject({ ...settings, ...Object.fromEntries(usual.map(([field, each]) => [field, each.usual])) });
      if (lowerIs?.word === 'dev' && kind !== 'xfrm') expect(plain.lower).toBe(needsLower ? LOWER : null);

      const withMac = await passing(kind, settings, { mac: MAC });
      expect(typeof withMac !== 'string' && withMac.mac === MAC).toBe(hasMac);

      const name = freshName();
      await seen(kind, ...making(kind, name, settings));
      const move = await sandbox.run(['ip', 'link', 'set', 'dev', name, 'netns', String(stranger.innerPid)]);
      expect(move.exitCode !== 0).toBe(isPinned);
      await sandbox.ok([...(isPinned ? [] : ['nsenter', `--net=/proc/${stranger.innerPid}/ns/net`]), 'ip', ...deleting(name)]);
    });

    test.for(isSample ? full.slice(0, 1) : full)('there and back: %j', async (sample, { skip }) => {
      const plain = await plainOf(kind);
      if (typeof plain === 'string') return skip(missing);
      if (sample['encap'] && typeof (await passing(kind, { ...settings, encap: sample['encap'] })) === 'string') {
        return skip(`this kernel puts no UDP around ${kind} links`);
      }
      const asked = await known(kind, settingsOf(kind, sample), plain.settings);
      const { peer, ...shown } = asked;
      const unseen = peer === undefined ? {} : { peer };
      const [a, b, c] = [freshName(), freshName(), freshName()];
      const [made] = await seen(kind, ...making(kind, a, asked), deleting(a));
      if (!made) throw new Error('nothing was shown');
      expect(made.settings).toMatchObject(shown);

      // What was read makes the same link again. Another, which has in common with it what never changes …
      const start = Object.entries(made.settings).flatMap(([field, value]): [string, Settings[string]][] => {
        const each = attributes[field];
        if (each?.when === 'never' || each?.fixedAt?.includes(value)) return [[field, value]];
        if (field in settings && !made.settings['external']) return [[field, settings[field] ?? value]];
        return each?.usual === undefined ? [[field, plain.settings[field] ?? value]] : [];
      });
      const [again, other] = await seen(
        kind,
        ...making(kind, b, { ...made.settings, ...unseen }),
        deleting(b),
        ...making(kind, c, { ...Object.fromEntries(start), ...unseen }),
      );
      expect(again).toMatchObject({ settings: made.settings, lower: made.lower });
      if (!other) throw new Error('nothing was shown');

      // … becomes the same, and then what it was.
      const there = changeWords(kind, other.settings, made.settings);
      const back = changeWords(kind, made.settings, other.settings);
      if (there === null || back === null) throw new Error(`${JSON.stringify(other.settings)} does not change to ${JSON.stringify(made.settings)} and back`);
      const changing = (words: string[]) => [...(words.length === 0 ? [] : [['link', 'set', 'dev', c, ...words]]), showing(c)];
      const [changed, restored] = await seen(kind, ...changing(there), ...changing(back), deleting(c));
      expect(changed?.settings).toEqual(made.settings);
      expect(restored?.settings).toEqual(other.settings);
      expect(needsDown(kind, other.settings, other.settings)).toBe(false);
    });
  });
}
