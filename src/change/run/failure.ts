// What went wrong with a change, and what became of what had been done of it: an error that says it step by step.
import type { RunResult } from '../../exec/run.js';
import { complaintOf } from '../../kernel/reading/results.js';
import type { Command } from '../../model/change.js';
import { type ErrorCode, NetnsError } from '../../model/errors.js';
import { commandLine } from '../../model/text.js';
import { programOf, runArguments, shownCommand } from './command.js';
import type { Failure } from './execute.js';
import { explainComplaint } from './kernel-errors.js';

/** Errors of a step that did not end by itself. */
function endedOtherwise(result: RunResult | null): { code: ErrorCode; hint: string } | null {
  if (result?.endedBy === 'timeout') return { code: 'TIMED_OUT', hint: 'Look with inspect_namespace, then try again.' };
  if (result?.endedBy === 'not_started') return { code: 'COMMAND_MISSING', hint: `Install ${result.argv[0]}; netns-mcp doctor names the package.` };
  return null;
}

const RENAMED = { code: 'NAMESPACE_VANISHED', hint: 'Call list_namespaces again.' } as const;

function complaintAbout({ because, result }: Failure): string {
  if (because === 'cancelled') return 'it was cancelled';
  if (because === 'renamed') return 'the name has gone to another namespace meanwhile';
  if (result === null) return 'it failed';
  return result.endedBy === 'exit' ? complaintOf(result) : `it ended by ${result.endedBy} ${result.startError ?? ''}`.trim();
}

/**
 * The error of a change that failed and was taken back. @param left What could not be taken back.
 */
export function failureError(steps: readonly Command[], failure: Failure, left: readonly string[]): NetnsError {
  const { because, at, uncertain, ran } = failure;
  const complaint = complaintAbout(failure);
  const failed = because === 'cancelled' ? undefined : steps[at];
  const stateOf = (i: number) => {
    if (ran.has(i)) return 'done, then undone';
    if (uncertain > 1 && i >= at && i < at + uncertain) return 'one of these failed; undone';
    return failed && i === at ? 'failed' : 'not run';
  };
  const details = {
    complaint,
    failed: failed ? commandLine(shownCommand(failed)) : null,
    steps: steps.map((step, i) => ({ command: commandLine(shownCommand(step)), state: stateOf(i) })),
    left,
  };
  const which = uncertain > 1 ? `One of the steps ${at + 1} to ${at + uncertain} of ${steps.length}` : `Step ${at + 1} of ${steps.length}, ${details.failed},`;
  const what = failed ? `${which} failed: ${complaint}.` : 'The call was cancelled before its last step.';
  if (left.length > 0) {
    return new NetnsError(
      'ROLLBACK_INCOMPLETE',
      `${what} Not everything could be undone: ${left.join('; ')}.`,
      'Look with inspect_namespace, then finish by hand what is listed.',
      details,
    );
  }
  const done = ran.size;
  const undoneWords =
    done === 0 && uncertain < 2 ? 'Nothing was changed.' : `The ${done === 1 ? 'step' : `${done} steps`} before it ${done === 1 ? 'was' : 'were'} undone.`;
  if (!failed) return new NetnsError('CANCELLED', `${what} ${undoneWords}`, 'Nothing more will be done for this call.', details);
  const { code, hint } =
    (because === 'renamed' ? RENAMED : endedOtherwise(failure.result)) ?? explainComplaint(programOf(failed), runArguments(failed.args), complaint);
  return new NetnsError(code, `${what} ${undoneWords}`, hint, details);
}

/** The same error, saying which services had been ended before the first step: nothing starts a service again. */
export function withEnded(error: NetnsError, ended: readonly string[]): NetnsError {
  if (ended.length === 0) return error;
  const { code, message, hint, details } = error;
  const which =
    ended.length === 1 ? `Service ${ended[0]} had been ended for it, and stays so` : `Services ${ended.join(', ')} had been ended for it, and stay so`;
  return new NetnsError(code, `${message} ${which}.`, `${hint} start_service starts a service again.`, { ...details, ended_services: ended }, error);
}
