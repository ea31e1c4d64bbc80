// The server's own things: the policy, where it keeps records, and what a server that was killed left half done.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { interruptedChanges } from '../../../change/in-flight.js';
import { stateDirectory } from '../../../kernel/marks.js';
import { blockingName, NAMES_DIRECTORY } from '../../../kernel/sources/names.js';
import { toNetnsError } from '../../../model/errors.js';
import { commandLine } from '../../../model/text.js';
import { loadPolicy } from '../../../policy/load.js';
import type { Settings } from '../../options.js';
import { type Check, note, ok, problem } from './check.js';

/** The policy, the places of state, audit log and names, and changes that were interrupted. */
export function serverChecks({ policy, readOnly, auditLog }: Settings): Check[] {
  return [policyCheck(policy, readOnly), stateCheck(), auditCheck(auditLog), namesCheck(), ...interruptedChecks()];
}

function policyCheck(name: string, readOnly: boolean): Check {
  try {
    const loaded = loadPolicy(name);
    return ok('policy', `${loaded.name}${readOnly ? ', read-only' : ''} (${loaded.file})`);
  } catch (thrown) {
    const { message, hint } = toNetnsError(thrown);
    return problem('policy', message, hint);
  }
}

/** The path, or the nearest folder above it that is there, can be written. Nothing is made to find out. */
function isWritable(path: string): boolean {
  let nearest = resolve(path);
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function stateCheck(): Check {
  const state = stateDirectory();
  return isWritable(state)
    ? ok('state', state)
    : problem('state', `${state} cannot be written, so nothing can be changed`, 'Mend its permissions, or set XDG_RUNTIME_DIR to a folder of your own.');
}

function auditCheck(target: Settings['auditLog']): Check {
  if (target === null) return note('audit log', 'none: calls leave no record', 'Name a file with --audit-log FILE.');
  if ('descriptor' in target) return ok('audit log', 'opened outside the sandbox');
  return isWritable(target.file)
    ? ok('audit log', target.file)
    : problem(
        'audit log',
        `${target.file} cannot be written, so no call can be carried out`,
        'Mend its permissions, name another file with --audit-log FILE, or none.',
      );
}

function namesCheck(): Check {
  const blocking = blockingName();
  if (blocking === null) return ok('names', `${NAMES_DIRECTORY} holds nothing that ip(8) would wait for`);
  const file = `${NAMES_DIRECTORY}/${blocking}`;
  return problem(
    'names',
    `${file} is a FIFO: ip(8), which opens all names to tell those of ids, waits for it for ever`,
    `Remove it: ${commandLine(['rm', file])}`,
  );
}

function interruptedChecks(): Check[] {
  const state = stateDirectory();
  const interrupted = interruptedChanges(state);
  if (interrupted.length === 0) return [ok('interrupted changes', 'none')];
  return interrupted.map(({ id, operation, started_at, pid, commands }) =>
    note(
      'interrupted change',
      `${operation} of ${started_at} (server ${pid} was killed); some of these may have run: ${commands.map(commandLine).join('; ')}`,
      `Look at what is there (netns-mcp call inspect_namespace), take back what should not stay, then: rm ${join(state, 'in-flight', `${id}.json`)}`,
    ),
  );
}
