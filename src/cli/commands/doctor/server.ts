// The server's own things: the policy, where it keeps records, and what a server that was killed left half done.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ChangeEngine } from '../../../change/engine.js';
import { journalOf } from '../../../change/past/record.js';
import { recover } from '../../../change/past/recovery.js';
import { LiveKernel } from '../../../kernel/live.js';
import { Marks, stateDirectory } from '../../../kernel/marks.js';
import { blockingName, NAMES_DIRECTORY } from '../../../kernel/sources/names.js';
import { EVERYTHING } from '../../../kernel/view.js';
import { toNetnsError } from '../../../model/errors.js';
import { commandLine } from '../../../model/text.js';
import { loadPolicy } from '../../../policy/load.js';
import { guardCommand } from '../../../server/services.js';
import type { Settings } from '../../options.js';
import { type Check, note, ok, problem } from './check.js';

/** The policy, the places of state, audit log and names, and changes that were interrupted: those are taken back. */
export async function serverChecks({ policy, readOnly, auditLog }: Settings): Promise<Check[]> {
  return [policyCheck(policy, readOnly), stateCheck(), auditCheck(auditLog), namesCheck(), ...(await interruptedChecks())];
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

/** What a server that was killed left half done is taken back here, or by the next change. */
async function interruptedChecks(): Promise<Check[]> {
  const state = stateDirectory();
  const marks = new Marks(state);
  const journal = journalOf(state);
  try {
    const engine = new ChangeEngine({ kernel: new LiveKernel(marks, EVERYTHING), marks, journal, stateDirectory: state, guardCommand });
    const recovered = await recover(engine);
    if (recovered.length === 0) return [ok('interrupted changes', 'none')];
    return recovered.map(({ id, summary, left }) =>
      left.length === 0
        ? note(
            'interrupted change',
            `${summary}: its server was killed, and it has been taken back`,
            `netns-mcp call show_change '{"id":"${id}"}' tells all of it.`,
          )
        : problem(
            'interrupted change',
            `${summary}: its server was killed, and not all could be taken back: ${left.join(' ')}`,
            'Finish by hand what is listed.',
          ),
    );
  } catch (thrown) {
    const { message, hint } = toNetnsError(thrown);
    return [problem('interrupted changes', `they could not be taken back: ${message}`, hint)];
  }
}
