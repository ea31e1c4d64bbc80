// What this server made: records outside the namespaces, so that nothing inside one can claim to be ours.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { NamespaceHandle } from '../exec/handle.js';

/** Indices of the links in one namespace that this server made. */
export type OwnedLinks = ReadonlySet<number>;

const MarkRecord = z.strictObject({
  inode: z.number(),
  /** Birth of the nsfs inode: the number alone is reused once a namespace is gone. */
  born_ns: z.string(),
  made_here: z.boolean(),
  links: z.array(z.number()),
});
type MarkRecord = z.infer<typeof MarkRecord>;

/** Where records are kept: they live as long as the namespaces, until the next boot. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const runtime = process.getuid?.() === 0 ? '/run' : environment['XDG_RUNTIME_DIR'];
  return join(runtime ?? join(homedir(), '.cache'), 'netns-mcp');
}

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

  markLink(handle: NamespaceHandle, index: number): void {
    this.#write(handle, { links: [...this.ownedLinks(handle), index] });
  }

  /** Lets the mark of a link go along with it; a link that was not ours stays so. */
  moveLink(from: NamespaceHandle, index: number, to: NamespaceHandle, newIndex: number): void {
    const links = this.ownedLinks(from);
    if (!links.has(index)) return;
    this.#write(from, { links: [...links].filter((link) => link !== index) });
    this.markLink(to, newIndex);
  }

  /** Removes the records of namespaces that are not among these. */
  forgetOthers(alive: ReadonlySet<number>): void {
    for (const name of this.#files()) if (!alive.has(Number.parseInt(name, 10))) rmSync(join(this.#directory, name), { force: true });
  }

  #files(): string[] {
    try {
      return readdirSync(this.#directory);
    } catch {
      return [];
    }
  }

  #read({ inode, bornNs }: NamespaceHandle): MarkRecord | null {
    try {
      const record = MarkRecord.parse(JSON.parse(readFileSync(join(this.#directory, `${inode}.json`), 'utf8')));
      return record.inode === inode && record.born_ns === String(bornNs) ? record : null;
    } catch {
      // None there, or garbage: then it is not ours.
      return null;
    }
  }

  #write(handle: NamespaceHandle, change: Partial<Pick<MarkRecord, 'made_here' | 'links'>>): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const before = this.#read(handle) ?? { inode: handle.inode, born_ns: String(handle.bornNs), made_here: false, links: [] };
    const file = join(this.#directory, `${handle.inode}.json`);
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify({ ...before, ...change } satisfies MarkRecord), { mode: 0o600 });
    renameSync(temporary, file);
  }
}
