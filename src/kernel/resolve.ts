// From a namespace reference to an open handle, by the grammar of model/reference.ts.
import { NamespaceHandle, notNamespace } from '../exec/handle.js';
import { namespaceSubject } from '../model/change.js';
import { BECOME_ROOT, fail, NetnsError } from '../model/errors.js';
import { isPlainName } from '../model/names.js';
import { type NamespaceReference, parseReference } from '../model/reference.js';
import { nearest, visible } from '../model/text.js';
import { discover, hostInode, openFound } from './discover.js';
import { heldNamespace } from './held.js';
import type { HeldNamespace } from './kernel.js';
import type { Marks } from './marks.js';
import { idsGivenBy } from './nsid.js';
import { openPath } from './paths.js';
import { NAMES_DIRECTORY, type NameEntry, pathOf, scanNames } from './sources/names.js';
import { startOf } from './sources/processes.js';
import type { View } from './view.js';

/** What opening a reference needs to know of its surroundings. */
export interface Surroundings {
  marks: Marks;
  view: View;
  /** When they were looked up already. */
  names?: readonly NameEntry[];
  signal?: AbortSignal | undefined;
}

const LOOK = 'list_namespaces shows what is there.';

/** Names that resemble one that is not there, as far as they may be seen. */
function nearNames(name: string, { marks, view }: Surroundings): string[] {
  const names = scanNames();
  const near = nearest(
    name,
    names.flatMap((known) => (known.isNamespace ? [known.name] : [])),
    12,
  );
  return near
    .filter((candidate) => {
      const entry = entryNamed(candidate, names);
      if (!entry) return false;
      try {
        using handle = NamespaceHandle.open(pathOf(entry.raw));
        return view.isVisible(namespaceSubject(held(handle, { by: 'name', name: candidate }, candidate, names, marks)));
      } catch {
        return false;
      }
    })
    .slice(0, 3);
}

/** The error for a namespace that is not there. For one that is hidden it is the same to the letter. */
function notThere(reference: NamespaceReference, around: Surroundings): never {
  switch (reference.by) {
    case 'name': {
      const near = nearNames(reference.name, around);
      const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : LOOK;
      return fail('NAMESPACE_NOT_FOUND', `There is no namespace named "${visible(reference.name)}".`, hint, { name: visible(reference.name), near });
    }
    case 'pid':
      return fail('PROCESS_NOT_FOUND', `There is no process ${reference.pid}.`, 'Look it up again: a PID is only good while its process lives.', {
        pid: reference.pid,
      });
    case 'inode':
      return fail('NAMESPACE_NOT_FOUND', `No network namespace has the inode ${reference.inode}.`, LOOK, { inode: reference.inode });
    case 'nsid':
      return fail('NAMESPACE_NOT_FOUND', `That namespace has given no id ${reference.nsid}.`, 'inspect_netns_id shows the ids that are given.', {
        nsid: reference.nsid,
      });
    case 'path':
      return fail('NAMESPACE_NOT_FOUND', `There is no file ${visible(reference.path)}.`, LOOK, { path: visible(reference.path) });
    case 'host':
      return fail('NAMESPACE_NOT_FOUND', 'The namespace that this server runs in may not be seen.', LOOK);
    case 'container':
      return fail(
        'CONTAINER_NOT_SUPPORTED',
        `Container ${visible(reference.container)} cannot be looked up yet.`,
        'Use pid:N with the process id of the container: docker inspect -f "{{.State.Pid}}" NAME.',
        { container: visible(reference.container) },
      );
  }
}

/** Opens what a process lives in; null when there is no such process, or another has taken its PID meanwhile. */
function openProcess(pid: number): NamespaceHandle | null {
  const before = startOf(pid);
  if (before === null) return null;
  try {
    const handle = NamespaceHandle.open(`/proc/${pid}/ns/net`);
    if (startOf(pid) === before) return handle;
    handle[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof NetnsError && error.code === 'NAMESPACE_VANISHED')) throw error;
  }
  return null;
}

/** The entry of a name, byte for byte or as it is shown. @throws NetnsError NAMESPACE_AMBIGUOUS when several are shown alike. */
function entryNamed(name: string, names: readonly NameEntry[]): NameEntry | undefined {
  const exact = names.find((known) => known.raw.equals(Buffer.from(name)));
  if (exact) return exact;
  const [entry, ...others] = names.filter((known) => known.name === name);
  if (others.length === 0) return entry;
  return fail('NAMESPACE_AMBIGUOUS', `${others.length + 1} namespaces have names that are shown as "${name}".`, `Use inode:N. ${LOOK}`, { name });
}

function openName(name: string, names: readonly NameEntry[]): NamespaceHandle | null {
  const entry = entryNamed(name, names);
  if (!entry) return null;
  // A link that leads nowhere cannot even be opened.
  if (entry.isLink && !entry.isNamespace) return notNamespace(`${NAMES_DIRECTORY}/${entry.name}`);
  return NamespaceHandle.open(pathOf(entry.raw), new Set(entry.isNamespace ? [entry.inode] : []));
}

function openInode(inode: number): NamespaceHandle | null {
  const { found, known } = discover();
  const namespace = found.get(inode);
  const handle = namespace ? openFound(namespace, known) : 'vanished';
  if (handle === 'vanished') return null;
  if (handle !== 'privilege') return handle;
  return fail('PRIVILEGE_MISSING', `The namespace with inode ${inode} is there, but cannot be opened.`, BECOME_ROOT, { inode });
}

async function openNsid(nsid: number, at: NamespaceReference, around: Surroundings): Promise<NamespaceHandle | null> {
  using base = await openVisible(at, around);
  const { byInode, unresolved } = await idsGivenBy(base.path, around.signal);
  const inode = [...byInode].find(([, id]) => id === nsid)?.[0];
  if (inode !== undefined) return openInode(inode);
  if (!unresolved.includes(nsid)) return null;
  return fail('NAMESPACE_NOT_FOUND', `The id ${nsid} is given, but to a namespace without name and process, which cannot be told.`, LOOK, { nsid });
}

/** null: it is not there. */
async function open(reference: NamespaceReference, names: readonly NameEntry[], around: Surroundings): Promise<NamespaceHandle | null> {
  switch (reference.by) {
    case 'host':
      return NamespaceHandle.open('/proc/self/ns/net');
    case 'name':
      return openName(reference.name, names);
    case 'pid':
      return openProcess(reference.pid);
    case 'inode':
      return openInode(reference.inode);
    case 'nsid':
      return await openNsid(reference.nsid, reference.at, around);
    case 'path':
      return openPath(reference.path);
    case 'container':
      return null;
  }
}

/** How a person points at a namespace: by its name, by the process that was named, or by whatever keeps it alive. */
function entryOf(reference: NamespaceReference, inode: number, names: readonly string[], isHost: boolean): HeldNamespace['entry'] {
  const plain = names.find(isPlainName);
  if (isHost) return { path: `/proc/${process.pid}/ns/net` };
  if (plain !== undefined) return { name: plain };
  if (reference.by === 'pid') return { path: `/proc/${reference.pid}/ns/net` };
  const paths = discover().found.get(inode)?.paths ?? [];
  // One that can be typed, where there is one.
  return { path: paths.find((path) => typeof path === 'string' && /^[!-~]+$/.test(path))?.toString() ?? `${NAMES_DIRECTORY}/${names[0] ?? ''}` };
}

function held(handle: NamespaceHandle, reference: NamespaceReference, text: string, entries: readonly NameEntry[], marks: Marks): HeldNamespace {
  const { inode } = handle;
  const names = entries.flatMap((entry) => (entry.isNamespace && entry.inode === inode ? [entry.name] : []));
  const isHost = inode === hostInode();
  return heldNamespace(handle, {
    reference: visible(text),
    names,
    entry: entryOf(reference, inode, names, isHost),
    owned: !isHost && marks.isOwned(handle),
  });
}

/** Opens a reference whose namespace may be seen. @throws NetnsError as `notThere` says, when it is not there or is hidden. */
async function openVisible(reference: NamespaceReference, around: Surroundings, text = ''): Promise<HeldNamespace> {
  const names = around.names ?? scanNames();
  const handle = await open(reference, names, around);
  if (!handle) return notThere(reference, around);
  try {
    const namespace = held(handle, reference, text, names, around.marks);
    return around.view.isVisible(namespaceSubject(namespace)) ? namespace : notThere(reference, around);
  } catch (error) {
    handle[Symbol.dispose]();
    throw error instanceof NetnsError ? error : new NetnsError('READ_FAILED', `Namespace ${visible(text)} could not be read.`, LOOK, {}, error);
  }
}

/**
 * Opens the namespace that a reference points at. The caller disposes it.
 * @throws NetnsError REFERENCE_INVALID, NAMESPACE_NOT_FOUND with near names, and what opening may meet.
 */
export async function resolveReference(text: string, around: Surroundings): Promise<HeldNamespace> {
  return await openVisible(parseReference(text), around, text);
}
