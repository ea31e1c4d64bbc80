// What tests of the journal share: processes of journal-driver.ts on a state directory of theirs, of which nothing stays, and plans to write.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { test as base } from 'vitest';
import { z } from 'zod';
import { Journal } from '../../src/change/journal/journal.js';
import { ownIdentity } from '../../src/change/journal/process-identity.js';
import { type Limits, LOOK_EVERY } from '../../src/change/journal/tidy.js';
import { NetnsError } from '../../src/model/errors.js';

type Child = ChildProcessByStdio<null, Readable, null>;

let bundled: Promise<Uint8Array> | null = null;

/** The driver as one file that plain Node runs. */
async function bundle(): Promise<Uint8Array> {
  const entry = join(dirname(fileURLToPath(import.meta.url)), 'journal-driver.ts');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20' });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

export class JournalProcesses implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'netns-mcp-journal-'));
  /** A state directory that is not there yet. */
  readonly state = join(this.folder, 'state');
  readonly driver = join(this.folder, 'driver.mjs');
  readonly #children: Child[] = [];

  static async open(): Promise<JournalProcesses> {
    const processes = new JournalProcesses();
    bundled ??= bundle();
    writeFileSync(processes.driver, await bundled);
    return processes;
  }

  /** The command line of a driver at work. */
  argv(...args: string[]): [string, ...string[]] {
    return [process.execPath, this.driver, ...args];
  }

  start(mode: string, ...args: string[]): Child {
    const [program, ...words] = this.argv(mode, this.state, ...args);
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  /** Starts one, and waits for the first that it says. */
  async said(mode: string, ...args: string[]): Promise<{ child: Child; word: unknown }> {
    const child = this.start(mode, ...args);
    const [chunk] = await once(child.stdout, 'data');
    return { child, word: JSON.parse(String(chunk)) };
  }

  /** Kills one at once, and waits until it has ended. */
  async kill(child: Child): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await this.kill(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All that one says, once it has ended. */
export async function output(child: Child): Promise<string> {
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

const bodies = { plan: z.strictObject({ commands: z.array(z.string()) }), outcome: z.strictObject({ steps: z.number() }) };

export function open(state: string, limits?: Limits) {
  return new Journal(state, bodies, limits);
}

export function planned(id: string, commands: string[] = ['ip link add a type veth peer b']) {
  return { id, tool: 'create_veth_pair', summary: 'Makes a pair.', confirm_within_seconds: null, body: { commands } };
}

/** Every file below a folder, with its bytes. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

export function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof NetnsError ? error.code : String(error);
  }
}

/** Makes an entry say that it was written in an earlier run of the kernel. */
export function ofEarlierBoot(folder: string): void {
  const file = join(folder, 'plan.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(ownIdentity().boot_id, '00000000-0000-4000-8000-000000000000'));
}

/** Has the journal look through its folder: it does so before the first of so many changes. */
export function makeTidy(journal: ReturnType<typeof open>, changes: string): void {
  for (let n = 0; readdirSync(changes).filter((name) => !name.startsWith('.')).length % LOOK_EVERY !== 0; n++) journal.begin(planned(`filler-${n}`));
  journal.begin(planned('last-filler'));
}

export const test = base.extend<{ processes: JournalProcesses }>({
  processes: async ({ task: _ }, use) => {
    await using processes = await JournalProcesses.open();
    await use(processes);
  },
});
