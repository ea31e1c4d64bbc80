// Timing, medians and memory for the benchmarks.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The middle of a list of numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Milliseconds that work takes. */
export async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/**
 * Runs several pieces of work in turn, so that what disturbs the machine disturbs all alike.
 * @returns The median of each, in milliseconds.
 */
export async function interleaved(pieces, rounds, warmUp = 5) {
  const times = Object.fromEntries(Object.keys(pieces).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, work] of Object.entries(pieces)) {
      const ms = await timed(work);
      if (round >= 0) times[name].push(ms);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** Runs a program to its end and collects what it prints, as any caller has to. */
export function runToEnd([program, ...args], stdin = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks = [];
    let complaint = '';
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${program} ${args.join(' ')}: ${code} ${complaint}`))));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/** The most memory that a process has had, in MiB (proc_pid_status(5), VmHWM). */
export function peakMemory(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
