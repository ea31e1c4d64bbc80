// One `ip -batch` that stays open in the server's own namespace: what it is asked costs a fraction of a millisecond, where a process costs
// two or three. In any other namespace it would keep that alive, so there is none.
import { type Background, type EndedBy, type RunOptions, type RunResult, startBackground } from './run.js';

/** Flags under which lines are read: details, and one JSON document on one line for each. */
export const READ_FLAGS = ['-d', '-j'] as const;

/** Words of one line of `ip -batch`. */
export type Line = readonly string[];

/** Nobody asks for this long: the process ends, and with it what iproute2 has kept of names. */
const IDLE_MS = 30_000;
const TIMEOUT_MS = 15_000;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const FLAGS = [...READ_FLAGS, '-force', '-batch', '-'] as const;
/** A word that is no object of ip: its complaint, which numbers the line, says that all before it is done. */
const END = 'end';
/** iproute2 remembers names and indices of links (lib/ll_map.c). A dump of the links renews that. */
const RENEW: Line = ['link', 'show'];

interface Asked {
  lines: readonly Line[];
  /** How many of them print, each one line, when they succeed. */
  prints: number;
  resolve(answer: Answer): void;
}

interface Answer {
  documents: Buffer[];
  /** What was complained of, by the line's place; empty when all went well. */
  complaints: Map<number, string>;
  endedBy: EndedBy;
}

/** The process, and what is being asked of it. One request at a time; callers queue in `HostSession`. */
class Process {
  readonly #background: Background;
  #written = 0;
  #asked: (Asked & { first: number }) | null = null;
  #out: Buffer = Buffer.alloc(0);
  #err = '';
  #documents: Buffer[] = [];
  #size = 0;
  #hasEnded = false;

  constructor() {
    this.#background = startBackground(['ip', ...FLAGS]);
    const { child } = this.#background;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#size += chunk.length;
      if (this.#size > MOST_OUTPUT_BYTES) return this.end('output_cap');
      this.#out = this.#out.length === 0 ? chunk : Buffer.concat([this.#out, chunk]);
      for (let at = this.#out.indexOf(0x0a); at !== -1; at = this.#out.indexOf(0x0a)) {
        if (at > 0) this.#documents.push(this.#out.subarray(0, at));
        this.#out = this.#out.subarray(at + 1);
      }
      this.#look();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString('latin1');
      this.#look();
    });
    child.stdin?.on('error', () => {});
    child.once('error', () => this.#finish('not_started'));
    child.once('close', () => this.#finish('exit'));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  ask(lines: readonly Line[], prints: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#asked = { lines, prints, resolve, first: this.#written + 1 };
      this.#written += lines.length + 1;
      this.#background.hold(true);
      this.#background.child.stdin?.write(`${[...lines.map((line) => line.join(' ')), END].join('\n')}\n`);
    });
  }

  end(reason: EndedBy): void {
    this.#background.child.kill('SIGKILL');
    this.#finish(reason);
  }

  /** Ends when nothing is asked any more. */
  close(): void {
    this.#hasEnded = true;
    this.#background.child.stdin?.end();
  }

  /** Is all there? Complaints come on one stream and documents on the other: whichever is last completes the answer. */
  #look(): void {
    const asked = this.#asked;
    if (!asked || !this.#err.endsWith(`:${this.#written}\n`)) return;
    const complaints = new Map<number, string>();
    let from = 0;
    for (const match of this.#err.matchAll(/^Command failed .*:(\d+)$/gm)) {
      const place = Number(match[1]) - asked.first;
      if (place < asked.lines.length) complaints.set(place, this.#err.slice(from, match.index).trim());
      from = match.index + match[0].length;
    }
    const printing = asked.lines.length - asked.prints;
    const failedPrints = [...complaints.keys()].filter((place) => place >= printing).length;
    if (this.#documents.length < asked.prints - failedPrints) return;
    this.#asked = null;
    this.#background.hold(false);
    this.#err = '';
    const documents = this.#documents;
    this.#documents = [];
    this.#size = 0;
    asked.resolve({ documents, complaints, endedBy: 'exit' });
  }

  #finish(endedBy: EndedBy): void {
    this.#hasEnded = true;
    this.#background.hold(false);
    const asked = this.#asked;
    this.#asked = null;
    asked?.resolve({
      documents: [],
      complaints: new Map([[0, this.#err.trim() || 'ip ended before it answered']]),
      endedBy: endedBy === 'exit' ? 'exit' : endedBy,
    });
  }
}

/** The session of this server. The process is started with the first question, and again after it has ended. */
class HostSession {
  #process: Process | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  /**
   * Runs lines one after the other, and stops at the first that fails.
   * @param writes Lines that print nothing. @param reads Lines that print one document each; asked after all the writes went well.
   * @returns As `ip -batch` would, had it been started for these lines alone.
   */
  run(writes: readonly Line[], reads: readonly Line[], options: RunOptions): Promise<RunResult> {
    const done = this.#tail.then(() => this.#run(writes, reads, options));
    this.#tail = done;
    return done;
  }

  async #run(writes: readonly Line[], reads: readonly Line[], { signal, timeoutMs = TIMEOUT_MS }: RunOptions): Promise<RunResult> {
    const started = performance.now();
    const argv = ['ip', ...FLAGS] as const;
    const result = (documents: Buffer[], failure: { line: number; complaint: string } | null, endedBy: EndedBy): RunResult => ({
      argv,
      exitCode: endedBy !== 'exit' ? null : failure ? 1 : 0,
      signal: null,
      stdout: Buffer.concat(documents.flatMap((document) => [document, Buffer.from('\n')])),
      stderr: Buffer.from(failure ? `${failure.complaint}\nCommand failed -:${failure.line + 1}\n` : '', 'latin1'),
      endedBy,
      startError: endedBy === 'not_started' ? 'ENOENT' : null,
      durationMs: performance.now() - started,
    });
    if (signal?.aborted) return result([], null, 'abort');
    clearTimeout(this.#idle);
    if (this.#process === null || this.#process.hasEnded) this.#process = new Process();
    const process = this.#process;
    const abort = () => process.end('abort');
    const timer = setTimeout(() => process.end('timeout'), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await process.ask([RENEW], 1);
      for (const [line, write] of writes.entries()) {
        const { complaints, endedBy } = await process.ask([write], 0);
        const complaint = complaints.get(0);
        if (endedBy !== 'exit' || complaint !== undefined) return result([], { line, complaint: complaint ?? '' }, endedBy);
      }
      if (reads.length === 0) return result([], null, 'exit');
      const { documents, complaints, endedBy } = await process.ask(reads, reads.length);
      const [first] = [...complaints.keys()].sort((a, b) => a - b);
      return result(documents, first === undefined ? null : { line: writes.length + first, complaint: complaints.get(first) ?? '' }, endedBy);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#idle = setTimeout(() => this.close(), IDLE_MS);
      this.#idle.unref();
    }
  }

  close(): void {
    this.#process?.close();
    this.#process = null;
  }
}

/** There is one: the server has one namespace. */
export const hostSession = new HostSession();
