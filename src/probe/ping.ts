// ICMP echo by ping(8): its command line, and what it printed.
import type { ConfinableCommand } from '../exec/confine.js';
import { fail } from '../model/errors.js';
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

/**
 * Reads the summary of ping, or why it sent nothing.
 * @throws NetnsError READ_FAILED when it sent nothing for a reason that is not known.
 */
export function readPing(stdout: string, stderr: string): Outcome {
  const [, sent = '0', received = '0'] = /^(\d+) packets transmitted, (\d+) received/m.exec(stdout) ?? [];
  const average = /^(?:rtt|round-trip) [^=]*= [\d.]+\/([\d.]+)\//m.exec(stdout)?.[1];
  const answered = Number(received);
  const known = codeOfPing(`${stdout}\n${stderr}`);
  if (known === null && sent === '0') {
    const said = stderr.trim().slice(0, 500) || 'it does not say why';
    return fail('READ_FAILED', `ping sent nothing (${said}).`, 'Run ping by exec_in_namespace to see all that it prints, or probe by tcp or udp.');
  }
  return {
    sent: Number(sent),
    received: answered,
    rttMs: average === undefined ? null : Number(average),
    code: answered > 0 ? null : (known ?? 'ETIMEDOUT'),
  };
}
