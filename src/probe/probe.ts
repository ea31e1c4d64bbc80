// Is there an answer from there: probes sent from inside a namespace, and one typed result whatever they were sent with.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ConfinableCommand, type ConfinedResult, confinedWork, runConfined } from '../exec/confine.js';
import { privileges } from '../exec/privileges.js';
import { findProgram } from '../exec/program.js';
import type { ResolvedNamespace } from '../model/change.js';
import { fail } from '../model/errors.js';
import type { Permit, Work } from '../model/permit.js';
import { type Outcome, pingCommand, readPing } from './ping.js';
import { reasonOf } from './reasons.js';

export type ProbeProtocol = 'icmp' | 'tcp' | 'udp';

/** What is to be found out. */
export interface ProbeRequest {
  place: ResolvedNamespace;
  /** An IP address; link-local ones with `%link`. */
  to: string;
  protocol: ProbeProtocol;
  /** For TCP and UDP. */
  port: number | null;
  count: number;
  /** How long each probe waits for its answer. They are sent 200 ms apart, without waiting for each other. */
  timeoutMs: number;
  /** Where ping is looked for. */
  searchPath?: string;
}

/** What came of it, as check_reachability answers. */
export interface ProbeResult {
  reachable: boolean;
  sent: number;
  received: number;
  /** Average. */
  rtt_ms: number | null;
  /** In words, with where to look next; null when all went well. */
  error: string | null;
  /** What was sent, and what counts as an answer. */
  method: string;
}

/** A probe that is decided and not yet sent. */
export interface PlannedProbe {
  /** What it may do: the permit must be for this. */
  work: Work;
  /** @throws NetnsError when it could not be sent at all; that nobody answers is a result. */
  send(permit: Permit, signal?: AbortSignal): Promise<ProbeResult>;
}

/** Ports that nobody listens on, by the custom of traceroute(8). */
const CLOSED_PORT = 33_434;
const GAP_MS = 200;
/** Starting Node and ending it. */
const SPARE_MS = 3_000;

const Outcomes = z.array(z.strictObject({ error: z.string().nullable(), ms: z.number() }));

/** How a probe is sent, and how what came of it is read. */
interface Way {
  method: string;
  command: ConfinableCommand;
  stdin?: string;
  read(result: ConfinedResult): Outcome;
}

function byPing({ to, count, timeoutMs }: ProbeRequest): Way {
  return {
    method: 'ICMP echo (ping)',
    command: pingCommand(to, count, timeoutMs),
    read: ({ stdout, stderr }) => readPing(stdout, stderr),
  };
}

/** @param answers Error codes that are an answer as well. */
function byProber(kind: 'tcp' | 'udp' | 'udp-closed', { to, port, count, timeoutMs }: ProbeRequest, method: string, answers: readonly string[] = []): Way {
  const argv = [process.execPath, '--input-type=module', '-', kind, to, String(port ?? CLOSED_PORT), String(count), String(timeoutMs)];
  return {
    method,
    // Node may lie in a folder that is this user's alone.
    command: { program: 'node', argv, capabilities: [], package: 'nodejs', keepsUser: true },
    stdin: readFileSync(new URL('./prober.mjs', import.meta.url), 'utf8'),
    read({ stdout, stderr }) {
      const outcomes = parseOutcomes(stdout, stderr, to);
      const answered = outcomes.filter(({ error }) => error === null || answers.includes(error));
      return {
        sent: outcomes.length,
        received: answered.length,
        rttMs: answered.length === 0 ? null : answered.reduce((sum, { ms }) => sum + ms, 0) / answered.length,
        code: answered.length > 0 ? null : (outcomes.find(({ error }) => error !== null)?.error ?? 'ETIMEDOUT'),
      };
    },
  };
}

function parseOutcomes(stdout: string, stderr: string, to: string): z.infer<typeof Outcomes> {
  try {
    const outcomes = Outcomes.parse(JSON.parse(stdout));
    // A link-local address goes nowhere without its link; Node passes one that is not there on as none.
    return outcomes.map((outcome) => (outcome.error === 'EINVAL' && to.includes('%') ? { ...outcome, error: 'ENODEV' } : outcome));
  } catch {
    return fail('READ_FAILED', 'The built-in prober gave no answer.', 'netns-mcp doctor shows whether Node can run in a namespace.', {
      stderr: stderr.slice(0, 500),
    });
  }
}

/** Whether ping may open its socket. Without the capability only groups of a range may (icmp(7)), and an ordinary user probes from its own namespace only. */
function mayPing(): boolean {
  if (privileges().available.has('net_raw')) return true;
  const [first = 1, last = 0] = readFileSync('/proc/sys/net/ipv4/ping_group_range', 'latin1').trim().split(/\s+/).map(Number);
  const group = process.getgid?.() ?? -1;
  return first <= group && group <= last;
}

function wayOf(request: ProbeRequest): Way {
  const { protocol, port, searchPath } = request;
  if (protocol === 'tcp') return byProber('tcp', request, `TCP connect to port ${port}`);
  if (protocol === 'udp') return byProber('udp', request, `UDP datagram to port ${port}; an answer is any datagram that comes back`);
  if (findProgram('ping', searchPath) !== null && mayPing()) return byPing(request);
  const method = 'UDP datagrams to closed ports, for there is no ping that works here; the ICMP error that comes back is the answer';
  return byProber('udp-closed', request, method, ['ECONNREFUSED']);
}

/** Decides how to probe; sends nothing. */
export function planProbe(request: ProbeRequest): PlannedProbe {
  const { place, protocol, port, count, timeoutMs, searchPath } = request;
  const { command, method, stdin, read } = wayOf(request);
  return {
    work: confinedWork(place, command, 'probe.send'),
    async send(permit, signal) {
      const result = await runConfined({
        place,
        command,
        permit,
        action: 'probe.send',
        timeoutMs: timeoutMs + count * GAP_MS + SPARE_MS,
        signal,
        ...(stdin === undefined ? {} : { stdin }),
        ...(searchPath === undefined ? {} : { searchPath }),
      });
      const { sent, received, rttMs, code } = read(result);
      return {
        reachable: received > 0,
        sent,
        received,
        rtt_ms: rttMs === null ? null : Math.round(rttMs * 1000) / 1000,
        error: code === null ? null : reasonOf(code, protocol, port),
        method,
      };
    },
  };
}
