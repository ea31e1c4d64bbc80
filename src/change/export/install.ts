// Writing exported files to where the host reads them at boot: each whole or not at all, and all of them or none.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BECOME_ROOT, fail } from '../../model/errors.js';
import type { Permit, Work } from '../../model/permit.js';
import { count } from '../../model/text.js';
import type { ExportedFile } from './script.js';

/** The only folders that are written to, and whether they are made: without its folder ifupdown is not there either. */
const FOLDERS: Readonly<Record<string, 'made' | 'there'>> = {
  '/etc/network/if-up.d': 'there',
  '/etc/network/if-down.d': 'there',
  '/etc/systemd/network': 'made',
  '/etc/systemd/system': 'made',
  '/usr/local/sbin': 'made',
};
/** run-parts(8), networkd and systemd pass over such a name. */
const BACKUP = '.before-netns-mcp';

export interface InstalledFile {
  path: string;
  mode: string;
  state: 'new' | 'same' | 'replaced';
  /** Where the file is kept that was there before. */
  backup?: string;
}

/** What the policy judges, and an approval holds to: each file with its mode and what it will hold. */
export function installWork(files: readonly ExportedFile[]): Work {
  const commands = files.map(({ path, mode, content }) => {
    const digest = createHash('sha256').update(content).digest('hex');
    return { place: 'host', argv: ['install', '-m', mode, `sha256:${digest}`, path] };
  });
  return { action: 'config.install', commands };
}

function stateOf({ path, mode, content }: ExportedFile): InstalledFile & { isFile: boolean } {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return { path, mode, state: 'new', isFile: true };
  const isSame = found.isFile() && readFileSync(path, 'utf8') === content && (found.mode & 0o7777) === Number.parseInt(mode, 8);
  return isSame ? { path, mode, state: 'same', isFile: true } : { path, mode, state: 'replaced', backup: `${path}${BACKUP}`, isFile: found.isFile() };
}

/**
 * What would become of each file. Writes nothing.
 * @throws NetnsError FILE_EXISTS where something else is there that is not to be replaced, OBJECT_NOT_FOUND where a folder is missing.
 */
export function planInstall(files: readonly ExportedFile[], replace: boolean): InstalledFile[] {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    const kind = FOLDERS[folder];
    if (kind === undefined) throw new Error(`${folder} is no folder for configuration`);
    if (kind === 'there' && !existsSync(folder)) {
      fail(
        'OBJECT_NOT_FOUND',
        `${folder} is not there: ifupdown is not installed on this host. Nothing was written.`,
        'Choose another format, or install ifupdown.',
        { folder },
      );
    }
  }
  const states = files.map(stateOf);
  const strange = states.filter(({ isFile }) => !isFile).map(({ path }) => path);
  if (strange.length > 0) fail('FILE_EXISTS', `${strange.join(', ')}: no plain file. Nothing was written.`, 'Move it out of the way.', { paths: strange });
  const others = states.filter(({ state }) => state === 'replaced').map(({ path }) => path);
  if (others.length > 0 && !replace) {
    fail('FILE_EXISTS', `${others.join(', ')}: there, with other contents. Nothing was written.`, 'With replace: true what is there is kept beside it.', {
      paths: others,
    });
  }
  return states.map(({ isFile: _, ...file }) => file);
}

/** Puts a file in its place in one step; what it replaces is kept. @returns What takes that back. */
function put({ path, mode, content }: ExportedFile, { state, backup }: InstalledFile): () => void {
  const temporary = join(dirname(path), `.${basename(path)}.netns-mcp-${process.pid}`);
  mkdirSync(dirname(path), { recursive: true });
  if (backup !== undefined) copyFileSync(path, backup);
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(temporary, Number.parseInt(mode, 8));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return () => (state === 'replaced' && backup !== undefined ? renameSync(backup, path) : rmSync(path, { force: true }));
}

/**
 * Writes the files. @param permit For `installWork` of them.
 * @throws NetnsError as `planInstall` does, and STATE_UNWRITABLE when one could not be written: then none is.
 */
export function install(files: readonly ExportedFile[], replace: boolean, permit: Permit): InstalledFile[] {
  permit.demand(installWork(files));
  const planned = planInstall(files, replace);
  const undo: (() => void)[] = [];
  for (const [i, each] of planned.entries()) {
    const file = files[i];
    if (!file || each.state === 'same') continue;
    try {
      undo.push(put(file, each));
    } catch (error) {
      for (const back of undo.reverse()) back();
      const why = error instanceof Error ? error.message : String(error);
      return fail(
        'STATE_UNWRITABLE',
        `${file.path} could not be written: ${why}. ${count(undo.length, 'file')} before it ${undo.length === 1 ? 'was' : 'were'} put back.`,
        BECOME_ROOT,
      );
    }
  }
  return planned;
}
