// The audit log: everything that was asked, decided and run, a JSON line each. Nothing secret is in it.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { makeFolder } from '../../exec/folder.js';
import { stateDirectory } from '../../kernel/marks.js';
import type { ErrorCode } from '../../model/errors.js';
import { NetnsError } from '../../model/errors.js';
import type { Effect } from '../../model/policy.js';
import { isInitialUserNamespace } from '../../policy/source.js';

/** Where entries go: a file, an open descriptor, or nowhere. */
export type AuditTarget = { file: string } | { descriptor: number } | null;

/** One call: put to a human (`asked`), about to run (`decided`), or at its end (`ended`). */
export interface AuditEntry {
  event: 'asked' | 'decided' | 'ended';
  /** The same in all entries of a call; one that comes back with a human's answer is a call of its own. */
  call: string;
  /** Name and version of the client, as it says itself. */
  caller: string;
  tool: string;
  arguments: unknown;
  decision: { effect: Effect; rule: string | null; approved?: boolean } | null;
  /** Argument vectors as they run, each with the inode of its namespace. */
  commands: readonly { place: number | string; argv: readonly string[] }[];
  outcome?: 'done' | ErrorCode;
  exit_code?: number | null;
  change?: string | null;
  duration_ms?: number;
}

const MOST_RECENT = 100;
const SECRET_NAME = /(^|[_-])(key|psk|secret|password|passphrase|token|credential|authorization)s?$/;
/** Keys as WireGuard writes them (32 bytes in base64), PEM blocks, and what stands for a user before the host of a URL. */
const SECRET_TEXT =
  /[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)|(?<=:\/\/)[^/\s@]+(?=@)/g;
const LONGEST_TEXT = 2_000;
/** Of one call's arguments, in characters of JSON, and how deep they may be nested: a caller must not fill disk or memory. */
const LONGEST_ARGUMENTS = 32_000;
const DEEPEST = 16;

/** Where the log is kept when nothing else is said: it outlives the boot, unlike the state. */
export function defaultAuditFile(environment: NodeJS.ProcessEnv = process.env): string {
  // Root of a user namespace only is called so: /var/log is not its own.
  if (process.getuid?.() === 0) return isInitialUserNamespace() ? '/var/log/netns-mcp/audit.jsonl' : join(stateDirectory(), 'audit.jsonl');
  return join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'netns-mcp', 'audit.jsonl');
}

/** `private_key`, `privateKey`, `API_KEY`; but not `monkey`. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase());
}

/** A value without its secrets, by the names of fields and by what keys look like, and without what is nested too deep. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    const text = value.replace(SECRET_TEXT, '[redacted]');
    return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isSecretName(name) ? '[redacted]' : redacted(inner, depth + 1)]));
}

/** What is recorded of a call's arguments: all of them, without secrets, or the beginning of their text when they are too long. */
export function recordedArguments(value: unknown): unknown {
  const safe = redacted(value);
  const text = JSON.stringify(safe) ?? '';
  return text.length > LONGEST_ARGUMENTS ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : safe;
}

/** Writes the log. The file is opened with the first entry: starting a server leaves nothing behind. */
export class Audit {
  readonly #target: AuditTarget;
  readonly #recent: unknown[] = [];
  #logger: Promise<Logger> | null = null;

  constructor(target: AuditTarget) {
    this.#target = target;
  }

  /** For a person: where entries go. */
  get where(): string {
    if (this.#target === null) return 'nowhere';
    return 'file' in this.#target ? this.#target.file : `descriptor ${this.#target.descriptor}`;
  }

  /** Writes one entry, handed to the system before it returns. @throws NetnsError STATE_UNWRITABLE. */
  async write(entry: AuditEntry): Promise<void> {
    const safe = {
      ...entry,
      arguments: recordedArguments(entry.arguments),
      commands: entry.commands.map(({ place, argv }) => ({ place, argv: redacted(argv) })),
    };
    this.#recent.push({ time: new Date().toISOString(), ...safe });
    if (this.#recent.length > MOST_RECENT) this.#recent.shift();
    if (this.#target === null) return;
    try {
      this.#logger ??= open(this.#target);
      (await this.#logger).info(safe);
    } catch (error) {
      this.#logger = null;
      const why = error instanceof Error ? error.message : String(error);
      throw new NetnsError(
        'STATE_UNWRITABLE',
        `The audit log ${this.where} cannot be written: ${why}.`,
        'Make room or mend its permissions, or name another file with --audit-log.',
      );
    }
  }

  /** The last entries of this server, oldest first. */
  recent(): readonly unknown[] {
    return this.#recent;
  }
}

async function open(target: Exclude<AuditTarget, null>): Promise<Logger> {
  const { default: pino } = await import('pino');
  if ('file' in target) makeFolder(dirname(target.file));
  const destination = pino.destination({ dest: 'file' in target ? target.file : target.descriptor, append: true, sync: true, mode: 0o600 });
  return pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, destination);
}
