// netns-mcp doctor: what works on this host, what does not, and the way to mend it.
import type { Invocation } from '../commands.js';
import { columns, EXIT, painter, print, printJson, type Style, usesColor } from '../output.js';
import { VERSION } from '../version.js';
import type { Check, Status } from './doctor/check.js';
import { engineChecks } from './doctor/engines.js';
import { kernelChecks } from './doctor/kernel.js';
import { privilegeChecks } from './doctor/privileges.js';
import { programChecks } from './doctor/programs.js';
import { serverChecks } from './doctor/server.js';

const STYLES: Record<Status, Style> = { ok: 'green', note: 'yellow', problem: 'red' };

/** Prints what was found. @returns 1 when something keeps this program from being of use. */
export async function doctor({ settings, json }: Invocation): Promise<number> {
  const [kernel, privileges, programs] = await Promise.all([kernelChecks(), privilegeChecks(), programChecks()]);
  const groups: Record<string, Check[]> = { kernel, privileges, programs, engines: engineChecks(), server: await serverChecks(settings) };
  const checks = Object.entries(groups).flatMap(([group, members]) => members.map((check) => ({ group, ...check })));
  const usable = !checks.some(({ status }) => status === 'problem');
  if (json) printJson({ version: VERSION, node: process.versions.node, sandbox: settings.sandbox, usable, checks });
  else report(groups, usable);
  return usable ? EXIT.done : EXIT.failed;
}

function report(groups: Record<string, Check[]>, usable: boolean): void {
  const paint = painter(usesColor());
  print(`netns-mcp ${VERSION}, Node ${process.versions.node}`);
  for (const [group, checks] of Object.entries(groups)) {
    print(`\n${paint('bold', group)}`);
    const rows = columns(checks.map(({ status, name, says }) => [status.padEnd('problem'.length), name, says])).split('\n');
    checks.forEach(({ status, mend }, at) => {
      const row = rows[at] ?? '';
      print(`  ${paint(STYLES[status], row.slice(0, status.length))}${row.slice(status.length)}`);
      if (mend !== null) print(`           → ${mend}`);
    });
  }
  print(`\n${usable ? paint('green', 'Usable.') : paint('red', 'Not usable yet: see the problems above.')}`);
}
