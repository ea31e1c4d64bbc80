// A folder for files that live as long as one call.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Kept in memory, where the system has it: hundreds of small files cost nothing there. */
const IN_MEMORY = '/run';

function base(): string {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    return IN_MEMORY;
  } catch {
    return tmpdir();
  }
}

/** Makes a folder that only this user may enter. Disposing it removes it with all that is in it. */
export function scratchFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(base(), 'netns-mcp-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
