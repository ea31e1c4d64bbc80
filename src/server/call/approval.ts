// Asking the human: an approval is good for exactly one plan, of one caller, once, and not for long.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { shownCommand } from '../../change/run/command.js';
import type { Plan } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import { digestOf, type Work } from '../../model/permit.js';
import type { Decision, Judged, Subject } from '../../model/policy.js';
import { commandLine } from '../../model/text.js';

/** How long the plan that a human was shown may wait for the answer. */
const VALID_SECONDS = 300;

const State = z.strictObject({ nonce: z.string(), binding: z.string() });
export type ApprovalState = z.infer<typeof State>;

/** What the human is asked to fill in, in the few words of JSON Schema that the protocol has for forms. */
export const APPROVAL_FORM = {
  type: 'object' as const,
  properties: { approve: { type: 'boolean' as const, title: 'Approve', description: 'Run exactly the commands shown' } },
  required: ['approve'],
};
const Approved = z.object({ approve: z.literal(true) });

/** True when the form came back filled in with a yes. */
export function isApproval(content: unknown): boolean {
  return Approved.safeParse(content).success;
}

/** What an approval holds to: change any of it and the approval is void. */
export interface Bound {
  tool: string;
  judged: readonly Judged[];
  arguments: unknown;
  work: Work;
  /** One connection of one client. */
  caller: string;
}

function bindingOf({ tool, judged, arguments: args, work, caller }: Bound): string {
  return createHash('sha256')
    .update(JSON.stringify([tool, judged, args, digestOf(work), caller]))
    .digest('hex');
}

/** Issues and redeems approvals. One per server. */
export class Approvals {
  /** Nonces that were issued and not yet redeemed, with the time at which they lapse. */
  readonly #open = new Map<string, number>();
  readonly codec: RequestStateCodec<ApprovalState> = createRequestStateCodec<ApprovalState>({ key: randomBytes(32), ttlSeconds: VALID_SECONDS });

  /** Opens a question. @returns The state that the client hands back with the answer. */
  async ask(bound: Bound): Promise<string> {
    const now = Date.now();
    for (const [nonce, lapses] of this.#open) if (lapses < now) this.#open.delete(nonce);
    const nonce = randomUUID();
    this.#open.set(nonce, now + VALID_SECONDS * 1000);
    return await this.codec.mint({ nonce, binding: bindingOf(bound) });
  }

  /**
   * Uses up an answer.
   * @param state What the SDK has verified of the state that came back.
   * @throws NetnsError APPROVAL_INVALID when it belongs to something else, was used before, or has lapsed.
   */
  redeem(state: unknown, bound: Bound): void {
    const known = State.safeParse(state);
    const lapses = known.success ? this.#open.get(known.data.nonce) : undefined;
    if (known.success) this.#open.delete(known.data.nonce);
    const invalid = (why: string): never =>
      fail(
        'APPROVAL_INVALID',
        `The approval cannot be used: ${why}. Nothing was done.`,
        'Call the tool again: the human is then asked about the plan as it is now.',
      );
    if (!known.success || lapses === undefined) invalid('it was used before, or is not one of this server');
    else if (lapses < Date.now()) invalid('it came too late');
    else if (known.data.binding !== bindingOf(bound)) invalid('what would be done is no longer what the human was shown');
  }
}

/** The question, for a human, with every command, for he approves what he sees: what, where, why he is asked, and what is lost. */
export function question(tool: string, decision: Decision, subjects: readonly Subject[], work: Work, plan: Plan | null): string {
  const lines = plan ? plan.steps.map((step) => commandLine(shownCommand(step))) : work.commands.map(({ argv }) => commandLine(argv));
  const places = subjects.flatMap((subject) => (subject.kind === 'namespace' ? [subject] : subject.kind === 'link' ? [subject.namespace] : []));
  const names = [...new Set(places.map(({ is_host, names: [name], reference }) => (is_host ? 'the host' : (name ?? reference))))];
  const where = names.join(' and ');
  return [
    lines.length > 0 ? `${tool} wants to run this in ${where || 'no namespace'}:` : `${tool} wants to look${where && ` at ${where}`}; it changes nothing.`,
    ...lines.map((line) => `  ${line}`),
    ...(plan && plan.loses.length > 0 ? [`Lost by it: ${plan.loses.join('; ')}.`] : []),
    ...(plan && !plan.undoable ? ['It cannot be undone.'] : []),
    `You are asked because: ${decision.reason}`,
  ].join('\n');
}
