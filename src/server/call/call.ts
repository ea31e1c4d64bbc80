// One call of a tool, from its arguments to its answer: prepared, judged, audited, run. The only way by which a tool is run.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fail, type NetnsError, toNetnsError } from '../../model/errors.js';
import type { Work } from '../../model/permit.js';
import type { Decision, Judged } from '../../model/policy.js';
import { visibleLines } from '../../model/text.js';
import type { Services } from '../services.js';
import { type Answer, judgedOf, type PreparedCall, type Tool } from '../tool.js';
import { question } from './approval.js';
import { decideAll, denialIn, pass } from './gate.js';
import { parseArguments } from './input.js';
import { refuseUnoffered } from './registry.js';

/** Who calls, and what they can do. */
export interface Caller {
  /** For the audit log: name and version as the client says them. */
  name: string;
  /** One connection of one client. */
  connection: string;
  /** A human sits behind it and can be asked. */
  canAsk: boolean;
  /** What came back of a question asked before; null when this is a first call. */
  answer: { approved: boolean; state: unknown } | null;
  signal: AbortSignal;
  /** Tells the client that the call goes on, and for how many seconds it has. */
  progress(message: string, seconds: number): void;
}

const LOOKING: Work = { action: 'namespace.read', commands: [] };

/** Clients that wait for progress give up on a call that is silent. */
const HEARTBEAT_MS = 1_000;

export type Outcome =
  | { kind: 'done'; answer: Answer<unknown>; decision: Decision }
  | { kind: 'failed'; error: NetnsError }
  /** The human has to say so first: call again with the answer. */
  | { kind: 'ask'; message: string; state: string };

/** What an answer holds that belongs into the audit log. */
const Told = z.looseObject({ change: z.looseObject({ id: z.string().nullable() }).optional(), exit_code: z.number().nullable().optional() });

/** Calls a tool. Never throws: what goes wrong is an outcome. */
export async function call(services: Services, tool: Tool, rawArguments: unknown, caller: Caller): Promise<Outcome> {
  const running = carryOut(services, tool, rawArguments, caller);
  services.running.add(running);
  let seconds = 0;
  const heartbeat = setInterval(() => caller.progress(`${tool.name} is at work`, ++seconds), HEARTBEAT_MS);
  try {
    return await running;
  } finally {
    clearInterval(heartbeat);
    services.running.delete(running);
  }
}

async function carryOut(services: Services, tool: Tool, rawArguments: unknown, caller: Caller): Promise<Outcome> {
  const started = performance.now();
  const entry = { call: randomUUID(), caller: caller.name, tool: tool.name, arguments: rawArguments };
  let decided: Decision | null = null;
  let commands: PreparedCall<unknown>['work']['commands'] = [];
  const ended = async (outcome: 'done' | NetnsError['code'], output: unknown = null) => {
    const told = Told.safeParse(output);
    try {
      await services.audit.write({
        event: 'ended',
        ...entry,
        decision: decided && { effect: decided.effect, rule: decided.rule },
        commands,
        outcome,
        ...(told.data?.change ? { change: told.data.change.id } : {}),
        ...(told.data?.exit_code === undefined ? {} : { exit_code: told.data.exit_code }),
        duration_ms: Math.round(performance.now() - started),
      });
    } catch (error) {
      // What was done is done: that it could not be written down must not make it look undone.
      services.log.error(toNetnsError(error).message);
    }
  };

  try {
    refuseUnoffered(services, tool);
    const input = parseArguments(tool, rawArguments);
    using prepared = await tool.prepare(input, { services, signal: caller.signal });
    ({ commands } = prepared.work);
    decided = decideAll(services.policy, judgedOf(tool, prepared));
    const passage = await letThrough(services, tool, input, prepared, caller);
    if ('kind' in passage) {
      await services.audit.write({ event: 'asked', ...entry, decision: { effect: decided.effect, rule: decided.rule }, commands });
      return passage;
    }
    if (commands.length > 0 && !prepared.dryRun) {
      await services.audit.write({
        event: 'decided',
        ...entry,
        decision: { effect: decided.effect, rule: decided.rule, ...(decided.effect === 'ask' ? { approved: true } : {}) },
        commands,
      });
    }
    const { output, text } = await prepared.run(passage.permit);
    demandFitting(tool, output);
    await ended('done', output);
    // Names and references in it can be anything, and it is shown on terminals.
    return { kind: 'done', answer: { output, text: visibleLines(text) }, decision: decided };
  } catch (thrown) {
    const error = toNetnsError(thrown);
    if (error.code === 'INTERNAL') services.log.error(error.message, { tool: tool.name, stack: thrown instanceof Error ? thrown.stack : undefined });
    decided ??= denialIn(error);
    await ended(error.code);
    return { kind: 'failed', error };
  }
}

/** Holds an answer against the schema that was published for it. @throws Error a defect. */
function demandFitting({ name, output }: Tool, answered: unknown): void {
  const { error } = output.safeParse(answered);
  if (error) throw new Error(`the answer of ${name} does not fit its schema: ${z.prettifyError(error)}`);
}

/** Has the policy judge the prepared call, and the human where the policy wants it. */
async function letThrough(services: Services, tool: Tool, input: z.output<z.ZodObject>, prepared: PreparedCall<unknown>, caller: Caller) {
  const { policy, approvals } = services;
  const { subjects } = prepared;
  // A dry run only looks, and tells what the policy would say to the real one: its permit is good for nothing else.
  const looks: readonly Judged[] = [{ actions: ['namespace.read'], subjects }];
  const { judged, work, plan } = prepared.dryRun ? { judged: looks, work: LOOKING, plan: null } : { ...prepared, judged: judgedOf(tool, prepared) };
  const bound = { tool: tool.name, judged, arguments: input, work, caller: caller.connection };
  const { answer } = caller;
  if (answer) {
    approvals.redeem(answer.state, bound);
    if (!answer.approved)
      return fail('APPROVAL_DECLINED', `The human did not approve ${tool.name}. Nothing was done.`, 'Do not call it again unless the human asks for it.');
    if (caller.signal.aborted)
      return fail('CANCELLED', `${tool.name} was cancelled while the human was asked. Nothing was done.`, 'Call it again if it is still wanted.');
  }
  const passage = pass(policy, judged, work, answer !== null);
  if (passage.permit) return passage;
  if (!caller.canAsk) {
    const byHand = 'dry_run' in tool.input.shape ? ' call with dry_run to show the commands for the human to run,' : '';
    return fail(
      'APPROVAL_UNAVAILABLE',
      `${tool.name} needs a human's approval (rule ${passage.decision.rule}), and this client cannot ask one.`,
      `Use a client with elicitation,${byHand} or have rule ${passage.decision.rule} in ${passage.decision.file} allow it.`,
      {
        rule: passage.decision.rule,
        file: passage.decision.file,
        line: passage.decision.line,
      },
    );
  }
  return { kind: 'ask' as const, message: question(tool.name, passage.decision, subjects, work, plan), state: await approvals.ask(bound) };
}
