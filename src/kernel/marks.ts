// What this server made: records outside the namespaces, so that nothing inside one can claim to be ours.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../exec/folder.js';
import type { NamespaceHandle } from '../exec/handle.js';
import { hostInode } from './discover.js';
import { startOf } from './sources/processes.js';

/** Indices of the links in one namespace that this server made. */
export type OwnedLinks = ReadonlySet<number>;

const MarkRecord = z.strictObject({
  inode: z.number(),
  /** See `birthOf`: the number alone is reused once a namespace is gone. */
  born: z.string(),
  made_here: z.boolean(),
  links: z.array(z.number()),
});
type MarkRecord = z.infer<typeof MarkRecord>;

/** Where records are kept: they live as long as the namespaces, until the next boot. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const runtime = process.getuid?.() === 0 ? '/run' : environment['XDG_RUNTIME_DIR'];
  return join(runtime ?? join(homedir(), '.cache'), 'netns-mcp');
}

/**
 * Tells a namespace from a later one of the same number. The kernel makes the file of a namespace anew whenever nothing has held it open:
 * of the server's own, which often only processes hold, the file's age says nothing, but no other has been it since the first process began.
 */
function birthOf({ inode, bornNs }: NamespaceHandle): string {
  if (inode !== hostInode()) return String(bornNs);
  ownBirth ??= `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${startOf(1) ?? ''}`;
  return ownBirth;
}

/** It does not change while this process runs. */
let ownBirth: string | null = null;

/** Reads and writes the marks. One file per namespace, replaced as a whole. */
export class Marks {
  readonly #directory: string;

  constructor(state: string) {
    this.#directory = join(state, 'namespaces');
  }

  /** True when this server made the namespace. */
  isOwned(handle: NamespaceHandle): boolean {
    return this.#read(handle)?.made_here ?? false;
  }

  ownedLinks(handle: NamespaceHandle): OwnedLinks {
    return new Set(this.#read(handle)?.links);
  }

  markNamespace(handle: NamespaceHandle): void {
    this.#write(handle, { made_here: true });
  }

  /** @param there Indices of all links of the namespace: marks of those that are gone go too. */
  markLinks(handle: NamespaceHandle, indices: readonly number[], there: ReadonlySet<number>): void {
    this.#write(handle, { links: [...new Set([...this.ownedLinks(handle), ...indices])].filter((index) => there.has(index)) });
  }

  /** Lets the mark of a link go along with it; a link that was not ours stays so. */
  moveLink(from: NamespaceHandle, index: number, to: NamespaceHandle, newIndex: number, there: ReadonlySet<number>): void {
    const links = this.ownedLinks(from);
    if (!links.has(index)) return;
    this.#write(from, { links: [...links].filter((link) => link !== index) });
    this.markLinks(to, [newIndex], there);
  }

  /** Drops the marks of a namespace that is gone. */
  forget(inode: number): void {
    rmSync(join(this.#directory, `${inode}.json`), { force: true });
  }

  #read(handle: NamespaceHandle): MarkRecord | null {
    const file = join(this.#directory, `${handle.inode}.json`);
    // Most have none: an error is costly to make.
    if (!existsSync(file)) return null;
    try {
      const record = MarkRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
      return record.inode === handle.inode && record.born === birthOf(handle) ? record : null;
    } catch {
      // Garbage: then it is not ours.
      return null;
    }
  }

  #write(handle: NamespaceHandle, change: Partial<Pick<MarkRecord, 'made_here' | 'links'>>): void {
    makeFolder(this.#directory);
    const before = this.#read(handle) ?? { inode: handle.inode, born: birthOf(handle), made_here: false, links: [] };
    const file = join(this.#directory, `${handle.inode}.json`);
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify({ ...before, ...change } satisfies MarkRecord), { mode: 0o600 });
    renameSync(temporary, file);
  }
}
