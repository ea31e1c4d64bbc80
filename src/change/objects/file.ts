// A namespace's own resolv.conf and hosts (ip-netns(8)): they lie under its name, and stay when it is deleted.
import { join } from 'node:path';
import { z } from 'zod';
import { ownFilesOf } from '../../exec/own-files.js';
import { OWN_FILES, type OwnFile } from '../../kernel/sections/files.js';
import { defineObject, type Site, type Words } from './object.js';

const OwnFileObject = z.object({ file: z.enum(OWN_FILES), text: z.string() });
export type OwnFileObject = z.infer<typeof OwnFileObject>;

/**
 * The words that write a file. One that is there keeps its inode: it is bound over that of /etc in the programs that run, which would go on
 * with the old one otherwise. What else is in the way, such as a symbolic link, is removed: what it leads to is not written.
 */
export function writeWords(name: string, file: OwnFile, text: string, isThere: boolean): Words[] {
  const folder = ownFilesOf(name);
  return [{ program: 'mkdir', args: ['-p', folder] }, ...(isThere ? [] : [removal(name, file)]), { program: 'tee', args: [join(folder, file)], stdin: text }];
}

function removal(name: string, file: OwnFile): Words {
  return { program: 'rm', args: ['-f', join(ownFilesOf(name), file)] };
}

/** The words that remove one, and the folder when nothing else is in it. */
export function removeWords(name: string, file: OwnFile): Words[] {
  return [removal(name, file), { program: 'rmdir', args: ['--ignore-fail-on-non-empty', ownFilesOf(name)] }];
}

const named = ({ name }: Site, words: (name: string) => Words[]): Words[] => (name === null ? [] : words(name));

export const fileKind = defineObject<OwnFileObject>({
  name: 'file',
  section: 'files',
  schema: OwnFileObject,
  of: ({ files = {} }) => OWN_FILES.flatMap((file) => (files[file] === undefined ? [] : [{ file, text: files[file] }])),
  key: ({ file }) => file,
  links: () => [],
  outlives: true,
  facts: ({ text }) => ({ text }),
  tell: ({ file }) => `its own ${file}`,
  add: ({ file, text }, site) => named(site, (name) => writeWords(name, file, text, site.state.files?.[file] !== undefined)),
  remove: ({ file }, site) => named(site, (name) => removeWords(name, file)),
  change: (_, { file, text }, site) => named(site, (name) => writeWords(name, file, text, true)),
});
