// The shell script of an export: everything that shall be, in an order in which it can be made, each group with a word why.
import { isPlainLinkName } from '../../model/names.js';
import { visible } from '../../model/text.js';
import { linkOf } from '../objects/link.js';
import { carriersOf, type ObjectName } from '../objects/object.js';
import { OBJECT_KINDS } from '../objects/table.js';
import { objectId, placeId } from '../restore/captured.js';
import type { Step } from '../restore/contents.js';
import { helpersFor, linesOf, quoted } from './shell.js';
import { stepsOf } from './steps.js';
import type { ExportedWorld } from './world.js';

export interface ExportedFile {
  path: string;
  /** As chmod(1) takes it. */
  mode: string;
  content: string;
}

/** How an export is called. */
export interface ExportName {
  /** In the names of files: letters, digits, `_` and `-`, which is what run-parts(8) takes. */
  label: string;
  /** In sentences. */
  about: string;
}

/** Why each kind of object is there, said above its lines. */
const REASONS: Record<ObjectName | 'namespace' | 'made' | 'unwanted', string> = {
  namespace: 'the namespaces themselves, each with a name in /run/netns',
  unwanted: 'link-local addresses that the kernel made of the MAC, and that are not wanted',
  made: 'links that are not there yet; both ends of a pair at once',
  link: 'settings of links; they come up before anything needs them',
  offload: 'features of drivers',
  port: 'settings of bridge ports',
  vlan: 'VLANs of bridge ports; the one that each port gets by itself is taken away where it is not wanted',
  fdb: 'forwarding entries that are set, not learnt',
  sysctl: 'sysctls; those that write others along come first',
  address: 'addresses',
  nexthop: 'next hops that routes refer to',
  route: 'routes; those that others are reached by come first',
  rule: 'rules that choose the routing table',
  neighbour: 'neighbours that are set, not learnt',
  shaping: 'shaping, made anew each time',
  firewall: 'firewall tables; each is replaced whole, in one transaction',
  wireguard: 'wireguard',
  file: 'files that programs in there see instead of those of /etc',
};

/** What each object id stands for. */
function kindsById({ shall }: ExportedWorld): Map<string, ObjectName | 'namespace'> {
  return new Map(
    shall.places.flatMap((place) => [
      [placeId(place), 'namespace' as const] as const,
      ...place.objects.map((object) => [objectId(place, object), object.kind] as const),
    ]),
  );
}

function reasonOf(step: Step, kinds: ReadonlyMap<string, ObjectName | 'namespace'>): keyof typeof REASONS {
  if (step.makes !== undefined) return 'namespace';
  const [object, verb] = step.args;
  const isMaking = (object === 'link' && (verb === 'add' || step.args.includes('netns'))) || object === 'tuntap';
  if (isMaking) return 'made';
  if (object === 'address' && verb === 'delete') return 'unwanted';
  if (step.program === 'bridge' && object === 'vlan') return 'vlan';
  return kinds.get(step.about[0] ?? '') ?? 'link';
}

/** Links that nothing here makes, but which something here hangs on, by place. */
export function neededLinks({ places, shall, there }: ExportedWorld): Set<string>[] {
  const found = there.places.map(({ objects }) => new Set(objects.map(({ key }) => key)));
  const made = shall.places.map(({ objects }, i) => new Set(objects.flatMap(({ kind, key }) => (kind === 'link' && !found[i]?.has(key) ? [key] : []))));
  const needed = places.map(({ isHost, isMade }) => new Set(isHost || isMade ? [] : ['lo']));
  const need = (i: number, name: string) => {
    if (isPlainLinkName(name) && !made[i]?.has(name) && !(name === 'lo' && (places[i]?.isHost || places[i]?.isMade))) needed[i]?.add(name);
  };
  for (const [i, { objects }] of shall.places.entries()) {
    for (const { kind, value } of objects) {
      if (kind !== 'link') {
        for (const name of carriersOf(OBJECT_KINDS[kind], value)) need(i, name);
        continue;
      }
      const { name, master, other, kind: linkKind } = linkOf(value);
      // A device of the host is waited for where it comes from.
      if (linkKind !== 'physical' || !places[i]?.isMade) need(i, name);
      if (master !== null) need(i, master);
      const at = other && linkKind !== 'veth' ? shall.places.findIndex(({ inode }) => inode === other.inode) : -1;
      if (other && at !== -1) need(at, other.name);
    }
  }
  return needed;
}

export interface ScriptOptions {
  /** Steps that something else sees to. */
  leaves?(step: Step): boolean;
}

/** The lines of a script without its head. */
export function bodyOf(world: ExportedWorld, { leaves = () => false }: ScriptOptions = {}): string[] {
  const kinds = kindsById(world);
  const lines: string[] = [];
  const needs = neededLinks(world).flatMap((names, i) =>
    [...names].map((name) => `need ${world.places[i]?.isHost ? "''" : quoted(world.places[i]?.name ?? '')} ${quoted(name)}`),
  );
  if (needs.length > 0) lines.push('', '# What has to be there.', ...needs);
  let last = '';
  for (const step of stepsOf(world).filter((each) => !leaves(each))) {
    const own = linesOf(step, world.places);
    if (own.length === 0) continue;
    const reason = reasonOf(step, kinds);
    const place = step.place === 'host' ? undefined : world.places[step.place];
    const isOfAll = reason === 'namespace' || reason === 'made' || reason === 'link';
    const title = isOfAll ? REASONS[reason] : `${place && !place.isHost ? place.name : 'host'}: ${REASONS[reason]}`;
    if (title !== last) lines.push('', `# ${title}`);
    last = title;
    lines.push(...own);
  }
  return lines;
}

/** A whole script. @param head Comments below the first line. @param guards Lines before anything is done. */
export function scriptOf(head: readonly string[], guards: readonly string[], body: readonly string[]): string {
  const start = [
    '#!/bin/sh',
    ...head.map((line) => `# ${visible(line)}`),
    'set -eu',
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C',
  ];
  const helpers = helpersFor(body);
  return `${[...start, ...(guards.length > 0 ? ['', ...guards] : []), ...(helpers.length > 0 ? ['', ...helpers.slice(0, -1)] : []), ...body].join('\n')}\n`;
}

/** What is said at the top of every file. */
export function headOf(about: string, notes: readonly string[]): string[] {
  return [`${about}, written by netns-mcp (export_changes).`, ...notes.map((note) => `Note: ${note}`)];
}

/** The script that makes it all, when it is run as root in the host's namespace; a second run changes nothing. */
export function shellScript(world: ExportedWorld, { label, about }: ExportName): ExportedFile[] {
  const head = [...headOf(`Makes ${about}`, world.notes), 'Run as root. A second run changes nothing.'];
  return [{ path: `/usr/local/sbin/netns-${label}`, mode: '0755', content: scriptOf(head, [], bodyOf(world)) }];
}
