// netns-mcp policy list, show, check, explain
import { readFileSync } from 'node:fs';

import { checkPolicy, loadPolicy } from '../../policy/load.js';
import { READY_POLICIES } from '../../policy/ready.js';
import type { Invocation } from '../commands.js';
import { columns, EXIT, painter, print, printJson, usesColor } from '../output.js';
import { servicesFor } from '../services.js';
import { callTool, readJson } from './call.js';

/** Each ready policy, the one in force marked. */
export async function listPolicies({ settings, json }: Invocation): Promise<number> {
  const policies = Object.keys(READY_POLICIES).map((name) => {
    const { description, file } = loadPolicy(name);
    return { name, description, file, in_force: name === settings.policy };
  });
  if (json) printJson(policies);
  else {
    print(columns(policies.map(({ name, description, in_force }) => [in_force ? '*' : ' ', name, description])));
    if (!policies.some(({ in_force }) => in_force)) print(`* in force: ${settings.policy}`);
  }
  return EXIT.done;
}

/** The text of a policy. @throws NetnsError POLICY_INVALID. */
export async function showPolicy({ operands, settings, json }: Invocation): Promise<number> {
  const { name, file, description, summary } = loadPolicy(operands[0] ?? settings.policy);
  if (json) printJson({ name, file, description, rules: summary() });
  else print(`# ${file}\n${readFileSync(file, 'utf8')}`);
  return EXIT.done;
}

/** Problems and warnings with their lines. @returns 1 when there are problems. @throws NetnsError POLICY_INVALID for what is neither a policy nor a path. */
export async function checkPolicyFile({ operands: [file = ''], json }: Invocation): Promise<number> {
  const { problems, warnings } = checkPolicy(file);
  if (json) printJson({ file, problems, warnings });
  else {
    const paint = painter(usesColor());
    for (const { line, message } of problems) print(`${file}:${line}: ${paint('red', 'problem')}: ${message}`);
    for (const { line, message } of warnings) print(`${file}:${line}: ${paint('yellow', 'warning')}: ${message}`);
    if (problems.length === 0) print(`${file}: ${paint('green', 'valid')}${warnings.length > 0 ? ', with warnings' : ''}`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.done;
}

/** What the tool explain_policy answers. @throws UsageError for arguments that are no JSON. */
export async function explainPolicy(invocation: Invocation): Promise<number> {
  const [tool, args = '{}'] = invocation.operands;
  return await callTool(await servicesFor(invocation), 'explain_policy', tool === undefined ? {} : { tool, arguments: readJson(args) }, invocation.json);
}
