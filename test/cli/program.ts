// Starts the built program as a person would: from a copy that every user of the machine can read, without node_modules.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  input?: string;
  env?: Record<string, string>;
  /** Words before the program: what starts it. */
  through?: readonly string[];
  /** Words for Node itself. */
  node?: readonly string[];
}

/** A copy of the program; disposing removes it. */
export class Program implements Disposable {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'netns-mcp-program-'));
    chmodSync(this.folder, 0o755);
    for (const name of ['dist', 'policies', 'package.json']) cpSync(join(root, name), join(this.folder, name), { recursive: true });
  }

  get file(): string {
    return join(this.folder, 'dist', 'netns-mcp.js');
  }

  /** Runs it to its end. */
  run(argv: readonly string[], { input = '', env = {}, through = [], node = [] }: StartOptions = {}): Ended {
    const [command = process.execPath, ...words] = [...through, process.execPath, ...node, this.file, ...argv];
    const { status, stdout, stderr } = spawnSync(command, words, {
      input,
      encoding: 'utf8',
      timeout: 25_000,
      // The log of the tests is not the host's.
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, NETNS_MCP_AUDIT_LOG: 'none', ...env },
    });
    return { code: status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Words that make what follows run as an ordinary user. */
export const AS_ORDINARY_USER = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
