// The commands: what each is for, and where it is. A command is loaded only when it is run.
import type { Tool } from '../server/tool.js';
import type { Settings } from './options.js';

/** Where the tools come from: only what works with them loads them. */
export type LoadTools = () => Promise<readonly Tool[]>;

/** One command, as it was typed. */
export interface Invocation {
  operands: readonly string[];
  settings: Settings;
  json: boolean;
  loadTools: LoadTools;
}

/** Answers the exit code. */
type Run = (invocation: Invocation) => Promise<number>;

/** What there is to say of a command, and how it is loaded. */
export interface Command {
  /** As in a usage line. */
  operands: string;
  least: number;
  most: number;
  says: string;
  example: string;
  /** With --sandbox it runs inside the sandbox; the others start what they need there themselves, or need none. */
  entersSandbox: boolean;
  load: () => Promise<Run>;
}

const DECLARED = {
  serve: {
    operands: '',
    least: 0,
    most: 0,
    says: 'Speak MCP on standard input and output. This is what a client starts.',
    example: 'netns-mcp serve --sandbox',
    entersSandbox: true,
    load: async () => (await import('./commands/serve.js')).serve,
  },
  tour: {
    operands: '',
    least: 0,
    most: 0,
    says: 'Watch a client build a small network in the sandbox, step by step.',
    example: 'netns-mcp tour',
    entersSandbox: false,
    load: async () => {
      const [{ runTour }, { usesColor }] = await Promise.all([import('./commands/tour.js'), import('./output.js')]);
      return ({ json }) => runTour({ json, color: usesColor() });
    },
  },
  doctor: {
    operands: '',
    least: 0,
    most: 0,
    says: 'Look at this host: what works, what does not, and how to mend it.',
    example: 'netns-mcp doctor',
    entersSandbox: true,
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  call: {
    operands: 'TOOL [JSON]',
    least: 1,
    most: 2,
    says: 'Call one tool, under the same policy. JSON: its arguments; - reads them from a pipe.',
    example: `netns-mcp call create_veth_pair '{"a":{"name":"veth0"},"b":{"name":"veth1"},"dry_run":true}' --sandbox`,
    entersSandbox: true,
    load: async () => (await import('./commands/call.js')).call,
  },
  guard: {
    operands: 'ID',
    least: 1,
    most: 1,
    says: 'Undo a change unless it is confirmed in time. The server starts this by itself.',
    example: 'netns-mcp call confirm_change \'{"id":"ID"}\'',
    entersSandbox: false,
    load: async () => (await import('./commands/guard.js')).guard,
  },
  tools: {
    operands: '',
    least: 0,
    most: 0,
    says: 'List the tools that a client sees under the policy in force.',
    example: 'netns-mcp tools --policy observe',
    entersSandbox: false,
    load: async () => (await import('./commands/tools.js')).tools,
  },
  'policy list': {
    operands: '',
    least: 0,
    most: 0,
    says: 'List the ready policies.',
    example: 'netns-mcp policy list',
    entersSandbox: false,
    load: async () => (await import('./commands/policy.js')).listPolicies,
  },
  'policy show': {
    operands: '[NAME|FILE]',
    least: 0,
    most: 1,
    says: 'Show a policy: the one in force, a ready one, or a file.',
    example: 'netns-mcp policy show operate',
    entersSandbox: false,
    load: async () => (await import('./commands/policy.js')).showPolicy,
  },
  'policy check': {
    operands: 'FILE',
    least: 1,
    most: 1,
    says: 'Check a policy file: every problem with its line.',
    example: 'netns-mcp policy check ./my-policy.yaml',
    entersSandbox: false,
    load: async () => (await import('./commands/policy.js')).checkPolicyFile,
  },
  'policy explain': {
    operands: '[TOOL [JSON]]',
    least: 0,
    most: 2,
    says: 'Would this call be allowed, and by which rule? Without a tool: what is allowed here.',
    example: `netns-mcp policy explain move_link '{"link":"eth0","to":"lab1"}'`,
    entersSandbox: true,
    load: async () => (await import('./commands/policy.js')).explainPolicy,
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof DECLARED;

export const COMMANDS: Readonly<Record<CommandName, Command>> = DECLARED;

/** True for a command, also one of two words. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
