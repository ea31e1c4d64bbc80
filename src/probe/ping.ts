// ICMP echo by ping(8): its command line, and what it printed.
import type { ConfinableCommand } from '../exec/confine.js';
import { codeOfPing } from './reasons.js';

/** Seconds between two echoes: the least that ordinary users may ask for. */
const GAP_S = 0.2;

/** `count` echoes to an address, each waiting so long for its answer. Equivalent to: ping -n -c COUNT -W SECONDS TO (ping(8)). */
export function pingCommand(to: string, count: number, timeoutMs: number): ConfinableCommand {
  return {
    program: 'ping',
    argv: ['ping', '-n', '-c', String(count), '-i', String(GAP_S), '-W', String(timeoutMs / 1000), to],
    capabilities: ['net_raw'],
    package: 'iputils-ping',
  };
}

/** What came of probes, by whatever means. */
export interface Outcome {
  sent: number;
  received: number;
  /** Average of the answers. */
  rttMs: number | null;
  /** The first thing that went wrong, as an error code. */
  code: string | null;
}

/** Reads the summary of ping. */
export function readPing(stdout: string, stderr: string): Outcome {
  const [, sent = '0', received = '0'] = /^(\d+) packets transmitted, (\d+) received/m.exec(stdout) ?? [];
  const average = /^(?:rtt|round-trip) [^=]*= [\d.]+\/([\d.]+)\//m.exec(stdout)?.[1];
  const answered = Number(received);
  return {
    sent: Number(sent),
    received: answered,
    rttMs: average === undefined ? null : Number(average),
    code: answered > 0 ? null : (codeOfPing(`${stdout}\n${stderr}`) ?? 'ETIMEDOUT'),
  };
}
