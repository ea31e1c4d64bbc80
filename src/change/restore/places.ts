// Finding the namespaces of a capture again: by their names, or, where a name was taken away, by what else keeps them alive.
import { closeSync, openSync, statSync } from 'node:fs';
import { NamespaceHandle } from '../../exec/handle.js';
import { run } from '../../exec/run.js';
import { discover, openFound } from '../../kernel/discover.js';
import { heldNamespace } from '../../kernel/held.js';
import type { HeldNamespace } from '../../kernel/kernel.js';
import { readNamespace } from '../../kernel/reading/read.js';
import { complaintOf } from '../../kernel/reading/results.js';
import { NAMES_DIRECTORY } from '../../kernel/sources/names.js';
import { NetnsError } from '../../model/errors.js';
import { isPlainName } from '../../model/names.js';
import { linkOf } from '../objects/link.js';
import type { CapturedPlace } from './captured.js';
import { pathByKeeper } from './keepers.js';

/** A namespace of a capture as it is now. */
export interface Reopened {
  /** null: it is gone, or, where it did not exist before, not there. */
  place: HeldNamespace | null;
  /** Names of its own that lead nowhere now. */
  namesLost: string[];
  /** A name of its own that another namespace has taken. */
  takenBy: string | null;
}

function held(reference: string, handle: NamespaceHandle, names: string[], entry: HeldNamespace['entry']): HeldNamespace {
  return heldNamespace(handle, { reference, names, entry, owned: false });
}

/** @param expected Inode that is known to be a network namespace: then the mounts need not be looked at. */
function openName(name: string, expected: number | null): NamespaceHandle | null {
  // Most often there is nothing of that name: an error is costly to make.
  if (!isPlainName(name) || !statSync(`${NAMES_DIRECTORY}/${name}`, { throwIfNoEntry: false })) return null;
  try {
    return NamespaceHandle.open(`${NAMES_DIRECTORY}/${name}`, new Set(expected === null ? [] : [expected]));
  } catch (error) {
    if (error instanceof NetnsError) return null;
    throw error;
  }
}

/** The server's own namespace. */
export function openHost(): HeldNamespace {
  return held('host', NamespaceHandle.open('/proc/self/ns/net'), [], { path: '/proc/self/ns/net' });
}

function isWhatItWas(handle: NamespaceHandle, { inode, born }: CapturedPlace): boolean {
  return inode === null || (handle.inode === inode && (born === null || String(handle.bornNs) === born));
}

/** Numbers are given again: one that was found by its number alone has to hold a link that was captured, by its index and MAC. */
async function isKnownByLinks(handle: NamespaceHandle, { objects }: CapturedPlace): Promise<boolean> {
  const { state } = await readNamespace(handle.path, ['links']);
  const links = objects.flatMap(({ kind, value }) => (kind === 'link' ? [linkOf(value)] : []));
  return links.some(
    ({ kind, index, mac }) => kind !== 'loopback' && (state.links ?? []).some((link) => link.index === index && link.mac === mac && link.kind === kind),
  );
}

/** One that lost its names, and is kept alive by processes, mounts or descriptors. */
async function openNameless(place: CapturedPlace): Promise<HeldNamespace | null> {
  const found = place.inode === null ? undefined : discover().found.get(place.inode);
  if (!found) return null;
  const handle = openFound(found);
  if (handle === 'vanished' || handle === 'privilege') return null;
  const byKeeper = pathByKeeper(place);
  const path = byKeeper ?? found.paths.find((candidate) => typeof candidate === 'string') ?? handle.path;
  if (byKeeper !== null || (place.born !== null && String(handle.bornNs) === place.born) || (await isKnownByLinks(handle, place))) {
    return held(place.references[0] ?? '', handle, [], { path: String(path) });
  }
  handle[Symbol.dispose]();
  return null;
}

/** Finds one namespace again. @param made As the change left it, where that is known: only then is one that did not exist before taken for it. */
export async function reopen(place: CapturedPlace, made?: CapturedPlace): Promise<Reopened> {
  if (place.is_host) return { place: openHost(), namesLost: [], takenBy: null };
  const expected = place.existed ? place : (made ?? place);
  const names: string[] = [];
  const namesLost: string[] = [];
  let takenBy: string | null = null;
  let handle: NamespaceHandle | null = null;
  for (const name of place.names) {
    const opened = openName(name, expected.inode);
    if (opened && isWhatItWas(opened, expected)) {
      names.push(name);
      handle ??= opened;
    } else if (opened) takenBy = name;
    else namesLost.push(name);
    if (opened && opened !== handle) opened[Symbol.dispose]();
  }
  const [first] = names;
  const reference = place.references[0] ?? '';
  if (handle && first !== undefined) return { place: held(reference, handle, names, { name: first }), namesLost, takenBy };
  return { place: place.existed ? await openNameless(place) : null, namesLost, takenBy };
}

/**
 * Gives a namespace that is still alive its name back, as `ip netns attach` does with a process of it (ip-netns(8)).
 * @returns What a person would type, and what went wrong.
 */
export async function nameAgain({ path, entry, isHost }: HeldNamespace, name: string): Promise<{ shown: string[]; complaint: string | null }> {
  const file = `${NAMES_DIRECTORY}/${name}`;
  const pid = 'path' in entry && !isHost ? /^\/proc\/(\d+)\/ns\/net$/.exec(entry.path)?.[1] : undefined;
  const shown = pid === undefined ? ['mount', '--bind', 'path' in entry ? entry.path : path, file] : ['ip', 'netns', 'attach', name, pid];
  try {
    closeSync(openSync(file, 'wx', 0));
  } catch (error) {
    return { shown, complaint: error instanceof Error ? error.message : String(error) };
  }
  const result = await run(['mount', '--no-canonicalize', '--bind', path, file]);
  return { shown, complaint: result.exitCode === 0 ? null : complaintOf(result) };
}
