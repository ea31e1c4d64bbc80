// An open handle on a network namespace: what was looked up is what will be entered, whatever happens to its names meanwhile.
import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { BECOME_ROOT, fail } from '../model/errors.js';
import { decodeBytes, visible } from '../model/text.js';

/** Keeps a namespace open. While it is open the namespace lives, and its inode number cannot be given to another. */
export class NamespaceHandle implements Disposable {
  readonly inode: number;
  /**
   * When the kernel made the nsfs inode, in nanoseconds. Numbers of dead namespaces are reused; number and birth together
   * are not, as long as something (a mount, a process, a descriptor) has pinned the inode all the time.
   */
  readonly bornNs: bigint;
  readonly #fd: number;
  #open = true;

  private constructor(fd: number, inode: number, bornNs: bigint) {
    this.#fd = fd;
    this.inode = inode;
    this.bornNs = bornNs;
  }

  /**
   * Opens a file as a network namespace.
   * @param known Inodes that are known to be network namespaces, so that many can be opened without a look at all mounts for each.
   * @throws NetnsError NAMESPACE_VANISHED, PRIVILEGE_MISSING, or NOT_A_NAMESPACE for any other kind of file.
   */
  static open(file: string | Buffer, known?: ReadonlySet<number>): NamespaceHandle {
    const path = typeof file === 'string' ? file : decodeBytes(file);
    const fd = openFile(file, path);
    const { ino, dev, ctimeNs } = fstatSync(fd, { bigint: true });
    if (Number(dev) !== nsfsDevice() || !(known?.has(Number(ino)) || isNetworkKind(fd))) {
      closeSync(fd);
      return notNamespace(path);
    }
    return new NamespaceHandle(fd, Number(ino), ctimeNs);
  }

  /** A path by which processes that this server starts reach the namespace. */
  get path(): string {
    if (!this.#open) throw new Error(`handle of namespace ${this.inode} used after it was closed`);
    return `/proc/${process.pid}/fd/${this.#fd}`;
  }

  [Symbol.dispose](): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}

/** @throws NetnsError NOT_A_NAMESPACE always. */
export function notNamespace(path: string): never {
  return fail(
    'NOT_A_NAMESPACE',
    `${visible(path)} is not a network namespace.`,
    'Something else left a file of that name there; list_namespaces shows the real ones.',
    { path: visible(path) },
  );
}

let nsfs: number | null = null;

/** All namespaces are files of one nsfs; its device number tells them from every other file. */
export function nsfsDevice(): number {
  nsfs ??= statSync('/proc/self/ns/net').dev;
  return nsfs;
}

/**
 * nsfs names a file by its kind: in the link of the descriptor, or, where it is bind-mounted, as the root of that mount.
 * One whose mount was taken away since shows as `/`, which tells nothing: then the kernel refuses to enter what is of another kind (setns(2)).
 */
function isNetworkKind(fd: number): boolean {
  const link = readlinkSync(`/proc/self/fd/${fd}`);
  if (/^[a-z_]+:\[\d+\]$/.test(link)) return link.startsWith('net:[');
  if (link === '/') return true;
  const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  // proc_pid_mountinfo(5): mount id, parent id, device, root …
  return new RegExp(`^${mount} \\d+ \\S+ net:\\[`, 'm').test(readFileSync('/proc/self/mountinfo', 'utf8'));
}

function openFile(file: string | Buffer, path: string): number {
  try {
    // O_NONBLOCK: a FIFO in the place of a namespace must not hang the server.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EACCES' || code === 'EPERM') {
      return fail('PRIVILEGE_MISSING', `The namespace at ${visible(path)} may not be opened by this user.`, BECOME_ROOT, { path: visible(path) });
    }
    if (code === 'ENXIO' || code === 'ENODEV') return notNamespace(path);
    return fail('NAMESPACE_VANISHED', `The namespace at ${visible(path)} is not there any more.`, 'Call list_namespaces again.', { path: visible(path) });
  }
}
