// explain_policy
import { z } from 'zod';
import { NetnsError } from '../../src/model/errors.js';
import { type Decision, EFFECTS } from '../../src/model/policy.js';
import type { Policy } from '../../src/policy/policy.js';
import { decideAll, denialIn } from '../../src/server/call/gate.js';
import { parseArguments } from '../../src/server/call/input.js';
import { findTool, refuseUnoffered } from '../../src/server/call/registry.js';
import { prepareReading } from '../../src/server/reading.js';
import { type Answer, type CallContext, defineTool, judgedOf } from '../../src/server/tool.js';

/** What would become of a call: prepared as if it were real, judged, and let go. */
async function judge(name: string, args: unknown, context: CallContext): Promise<Decision> {
  const { policy } = context.services;
  const tool = findTool(context.services, name);
  try {
    refuseUnoffered(context.services, tool);
    using prepared = await tool.prepare(parseArguments(tool, args), context);
    return decideAll(policy, judgedOf(tool, prepared));
  } catch (error) {
    const denial = error instanceof NetnsError ? denialIn(error) : null;
    if (!denial) throw error;
    return denial;
  }
}

const EffectName = z.enum(EFFECTS);

const Explanation = z.strictObject({
  effect: EffectName.nullable(),
  rule: z.string().nullable(),
  file: z.string(),
  line: z.number().nullable(),
  reason: z.string(),
  allowed_instead: z.array(z.string()),
  rules: z.array(z.strictObject({ rule: z.string(), effect: EffectName, line: z.number(), says: z.string() })).optional(),
});

/** What may be done here, rule by rule. */
function whole(policy: Policy): Answer<z.input<typeof Explanation>> {
  const rules = policy.summary();
  const reason = `Policy ${policy.name}: ${policy.description}`;
  return {
    output: { effect: null, rule: null, file: policy.file, line: null, reason, allowed_instead: [], rules },
    text: [
      `${reason} (${policy.file})`,
      ...rules.map(({ effect, rule, line, says }) => `${effect} ${rule} (line ${line}): ${says}`),
      'What no rule covers is denied.',
    ].join('\n'),
  };
}

/** What would become of one call. */
async function explained(tool: string, args: unknown, context: CallContext): Promise<Answer<z.input<typeof Explanation>>> {
  const decision = await judge(tool, args, context);
  const { effect, rule, file, line, reason, allowed_instead } = decision;
  const verdict = { allow: 'would be allowed', ask: 'would be put to a human', deny: 'would be denied' }[effect];
  const by = rule === null ? `policy ${context.services.policy.name}` : `rule ${rule}`;
  const instead = allowed_instead.length > 0 ? `\nAllowed instead: ${allowed_instead.join('; ')}.` : '';
  return {
    output: { effect, rule, file, line, reason, allowed_instead },
    text: `${tool} ${verdict} by ${by} (${line === null ? file : `${file}:${line}`}): ${reason}${instead}`,
  };
}

export const explainPolicy = defineTool({
  name: 'explain_policy',
  title: 'Explain the policy',
  description: 'Would this call be allowed, by which rule, and what is allowed instead? Without arguments: what may be done here. Runs nothing.',
  toolset: 'observe',
  effect: 'read',
  idempotent: true,
  action: 'policy.read',
  input: z.strictObject({
    tool: z.string().max(64).optional(),
    arguments: z.record(z.string(), z.unknown()).optional().describe('Of that tool'),
  }),
  output: Explanation,
  prepare: ({ tool, arguments: args }, context) =>
    prepareReading('policy.read', [], context, async () => (tool === undefined ? whole(context.services.policy) : await explained(tool, args ?? {}, context))),
});
