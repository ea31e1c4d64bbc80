// Which tools this server offers: by the toolsets that were chosen, and by what the policy could ever allow.
import type { Action } from '../../model/actions.js';
import { fail } from '../../model/errors.js';
import { nearest, visible } from '../../model/text.js';
import type { Services } from '../services.js';
import type { Listing, Tool, Toolset } from '../tool.js';

/** Explaining the policy helps most where it allows least. */
const ALWAYS: readonly Action[] = ['policy.read'];

/** What decides whether a tool is listed. */
export interface Listable {
  toolset: Toolset;
  /** It is offered while one of them could be allowed. */
  actions: readonly Action[];
  when: Listing;
}

/** What decides whether this tool is listed. */
export function listableOf({ toolset, action, actions = [action], listed: when = 'always' }: Tool): Listable {
  return { toolset, actions, when };
}

/** Those of a list that are offered. What is left out here is refused by the gate all the same. */
export function offered<T extends Listable>(list: readonly T[], { toolsets, policy }: Pick<Services, 'toolsets' | 'policy'>): T[] {
  return list.filter(
    ({ toolset, actions, when }) =>
      isOffered(toolsets, toolset) &&
      (when === 'always' || (when === 'named' && toolsets !== null)) &&
      actions.some((action) => ALWAYS.includes(action) || policy.couldAllow(action)),
  );
}

function isOffered(toolsets: Services['toolsets'], toolset: Toolset): boolean {
  return toolsets?.includes(toolset) ?? true;
}

/** Refuses a tool whose toolset was not chosen: leaving it out of a list alone would keep nobody from calling it. @throws NetnsError POLICY_DENIED. */
export function refuseUnoffered({ toolsets, policy }: Pick<Services, 'toolsets' | 'policy'>, { name, toolset }: Tool): void {
  if (isOffered(toolsets, toolset)) return;
  fail(
    'POLICY_DENIED',
    `${name} is in the toolset "${toolset}", which this server was not started with.`,
    `Start it with --toolsets ${[...(toolsets ?? []), toolset].join(',')}.`,
    {
      rule: null,
      file: policy.file,
      line: null,
      allowed_instead: [],
    },
  );
}

/** The tool of that name, listed or not: an unlisted one is known, and the gate tells why it is refused. @throws NetnsError INVALID_INPUT. */
export function findTool({ tools }: Pick<Services, 'tools'>, name: string): Tool {
  const tool = tools.find((known) => known.name === name);
  if (tool) return tool;
  const near = nearest(
    name,
    tools.map((known) => known.name),
  );
  return fail('INVALID_INPUT', `There is no tool "${visible(name)}".`, near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'netns-mcp tools lists them.', {
    near,
  });
}
