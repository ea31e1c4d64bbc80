// From a namespace reference to an open handle, by the grammar of model/reference.ts.
import { readFileSync, realpathSync } from 'node:fs';
import { NamespaceHandle } from '../exec/handle.js';
import { fail, NetnsError } from '../model/errors.js';
import { isPlainName } from '../model/names.js';
import { type NamespaceReference, parseReference } from '../model/reference.js';
import { nearest, visible } from '../model/text.js';
import { discover, hostInode, openFound } from './discover.js';
import type { HeldNamespace } from './kernel.js';
import type { Marks } from './marks.js';
import { idsGivenBy } from './nsid.js';
import { NAMES_DIRECTORY, pathOf, scanNames } from './sources/names.js';

/** Where namespaces are mounted by those who make them; anything else needs a policy that says so. */
const MOUNT_PLACES = [
  /^\/(var\/)?run\/netns\/[^/]+$/,
  /^\/(var\/)?run\/docker\/netns\/[^/]+$/,
  /^\/(var\/)?run\/cni\/[^/]+$/,
  /^\/proc\/\d+\/(task\/\d+\/)?ns\/net$/,
];

const LOOK = 'list_namespaces shows what is there.';

/** When a process began, in clock ticks since boot: with the PID it names one process (proc_pid_stat(5), field 22). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function openProcess(pid: number): NamespaceHandle {
  const before = startOf(pid);
  const gone = () => fail('PROCESS_NOT_FOUND', `There is no process ${pid}.`, 'Look it up again: a PID is only good while its process lives.', { pid });
  if (before === null) return gone();
  const handle = NamespaceHandle.open(`/proc/${pid}/ns/net`);
  if (startOf(pid) === before) return handle;
  handle[Symbol.dispose]();
  return gone();
}

function openName(name: string): NamespaceHandle {
  const names = scanNames();
  const entry = names.find((known) => known.name === name || known.raw.equals(Buffer.from(name)));
  if (entry) return NamespaceHandle.open(pathOf(entry.raw));
  const near = nearest(
    name,
    names.flatMap((known) => (known.isNamespace ? [known.name] : [])),
  );
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : LOOK;
  return fail('NAMESPACE_NOT_FOUND', `There is no namespace named "${visible(name)}".`, hint, { name: visible(name), near });
}

function openInode(inode: number): NamespaceHandle {
  const found = discover().found.get(inode);
  if (!found) return fail('NAMESPACE_NOT_FOUND', `No network namespace has the inode ${inode}.`, LOOK, { inode });
  return (
    openFound(found) ??
    fail('PRIVILEGE_MISSING', `The namespace with inode ${inode} is there, but cannot be opened.`, 'Run the server as root on this host.', { inode })
  );
}

function openPath(path: string): NamespaceHandle {
  let real: string;
  try {
    // A namespace's own link in /proc leads out of the file system: only what is before it is resolved.
    real = path.startsWith('/proc/') ? path : realpathSync(path);
  } catch {
    return fail('NAMESPACE_NOT_FOUND', `There is no file ${visible(path)}.`, LOOK, { path: visible(path) });
  }
  if (![path, real].every((candidate) => MOUNT_PLACES.some((place) => place.test(candidate)))) {
    return fail(
      'PATH_NOT_ALLOWED',
      `${visible(path)} is not where namespaces are mounted.`,
      `Use a path under ${NAMES_DIRECTORY} or /run/docker/netns, or /proc/PID/ns/net.`,
      { path: visible(path) },
    );
  }
  return NamespaceHandle.open(real);
}

async function openNsid(nsid: number, at: NamespaceReference, text: string, signal: AbortSignal | undefined): Promise<NamespaceHandle> {
  using base = at.by === 'host' ? null : await openReference(at, text, signal);
  const { byInode, unresolved } = await idsGivenBy(base?.path ?? null, signal);
  const inode = [...byInode].find(([, id]) => id === nsid)?.[0];
  if (inode !== undefined) return openInode(inode);
  if (unresolved.includes(nsid))
    return fail('NAMESPACE_NOT_FOUND', `The id ${nsid} is given, but to a namespace without name and process, which cannot be told.`, LOOK, { nsid });
  const known = [...byInode.values()].sort((a, b) => a - b);
  return fail('NAMESPACE_NOT_FOUND', `That namespace has given no id ${nsid}.`, known.length > 0 ? `It has given ${known.join(', ')}.` : 'It has given none.', {
    nsid,
    known,
  });
}

async function openReference(reference: NamespaceReference, text: string, signal: AbortSignal | undefined): Promise<NamespaceHandle> {
  switch (reference.by) {
    case 'host':
      return NamespaceHandle.open('/proc/self/ns/net');
    case 'name':
      return openName(reference.name);
    case 'pid':
      return openProcess(reference.pid);
    case 'inode':
      return openInode(reference.inode);
    case 'nsid':
      return await openNsid(reference.nsid, reference.at, text, signal);
    case 'path':
      return openPath(reference.path);
    case 'container':
      return fail(
        'CONTAINER_NOT_SUPPORTED',
        `Container ${visible(reference.container)} cannot be looked up yet.`,
        'Use pid:N with the process id of the container: docker inspect -f "{{.State.Pid}}" NAME.',
        { container: visible(reference.container) },
      );
  }
}

/** How a person points at a namespace: by its name, by the process that was named, or by whatever keeps it alive. */
function entryOf(reference: NamespaceReference, inode: number, names: readonly string[], isHost: boolean): HeldNamespace['entry'] {
  const plain = names.find(isPlainName);
  if (isHost) return { path: `/proc/${process.pid}/ns/net` };
  if (plain !== undefined) return { name: plain };
  if (reference.by === 'pid') return { path: `/proc/${reference.pid}/ns/net` };
  const [path] = discover().found.get(inode)?.paths ?? [];
  return { path: typeof path === 'string' ? path : `${NAMES_DIRECTORY}/${names[0] ?? ''}` };
}

/**
 * Opens the namespace that a reference points at. The caller disposes it.
 * @throws NetnsError REFERENCE_INVALID, NAMESPACE_NOT_FOUND with near names, and what opening may meet.
 */
export async function resolveReference(text: string, marks: Marks, signal?: AbortSignal): Promise<HeldNamespace> {
  const reference = parseReference(text);
  const handle = await openReference(reference, text, signal);
  try {
    const { inode } = handle;
    const names = scanNames().flatMap((entry) => (entry.isNamespace && entry.inode === inode ? [entry.name] : []));
    const isHost = inode === hostInode();
    return {
      reference: visible(text),
      inode,
      names,
      isHost,
      owned: !isHost && marks.isOwned(handle),
      path: handle.path,
      entry: entryOf(reference, inode, names, isHost),
      handle,
      [Symbol.dispose]: () => handle[Symbol.dispose](),
    };
  } catch (error) {
    handle[Symbol.dispose]();
    throw error instanceof NetnsError ? error : new NetnsError('READ_FAILED', `Namespace ${visible(text)} could not be read.`, LOOK, {}, error);
  }
}
