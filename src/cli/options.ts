// The options that every command takes, and the environment variables that stand for them.
import { nearest } from '../model/text.js';
import { type AuditTarget, defaultAuditFile } from '../server/call/audit.js';
import { LOG_LEVELS, type LogLevel } from '../server/log.js';
import { TOOLSETS, type Toolset } from '../server/tool.js';
import { UsageError } from './output.js';

interface OptionDeclaration {
  /** What stands for its value; null for a switch. */
  value: string | null;
  short?: string;
  env?: string;
  says: string;
}

const DECLARED = {
  sandbox: { value: null, env: 'NETNS_MCP_USE_SANDBOX', says: 'Work in a sandbox of its own: nothing of this host is changed. Needs no root.' },
  policy: { value: 'NAME|FILE', env: 'NETNS_MCP_POLICY', says: 'What is allowed. Default: lab; in the sandbox: sandbox.' },
  'read-only': { value: null, env: 'NETNS_MCP_READ_ONLY', says: 'Look and probe only, whatever the policy allows.' },
  toolsets: { value: 'LIST', env: 'NETNS_MCP_TOOLSETS', says: `Offer only these tools: ${TOOLSETS.join(', ')}.` },
  'audit-log': {
    value: 'FILE|none',
    env: 'NETNS_MCP_AUDIT_LOG',
    says: 'Where calls are recorded. Default: /var/log or your state folder; in the sandbox none.',
  },
  'log-level': { value: 'LEVEL', env: 'NETNS_MCP_LOG_LEVEL', says: `What is told on standard error: ${LOG_LEVELS.join(', ')}. Default: warn.` },
  json: { value: null, says: 'Answer in JSON.' },
  help: { value: null, short: 'h', says: 'Show help; after a command, the help of that command.' },
  version: { value: null, short: 'V', says: 'Show the version.' },
} as const satisfies Record<string, OptionDeclaration>;

export type OptionName = keyof typeof DECLARED;

/** Option → what it means, in the words of --help. An option beats its variable, a variable the default. */
export const OPTIONS: Readonly<Record<OptionName, OptionDeclaration>> = DECLARED;

/** Options as typed. A switch is `true`. */
export type GivenOptions = Partial<Record<OptionName, string | true>>;

/** What the options and the environment say, read. */
export interface Settings {
  sandbox: boolean;
  policy: string;
  readOnly: boolean;
  toolsets: Toolset[] | null;
  auditLog: AuditTarget;
  logLevel: LogLevel;
}

/** True for the name of an option, without its dashes. */
export function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

/** A value from a closed list. @throws UsageError naming the nearest. */
function oneOf<Value extends string>(value: string, known: readonly Value[], where: string): Value {
  const found = known.find((word) => word === value);
  if (found !== undefined) return found;
  const near = nearest(value, known, 1)[0];
  throw new UsageError(`${where}: "${value}" is not one of ${known.join(', ')}.`, near === undefined ? `Give one of them.` : `Did you mean ${near}?`);
}

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
  '': false,
};

/** Reads what was typed and the environment. @throws UsageError. */
export function readSettings(given: GivenOptions, environment: NodeJS.ProcessEnv): Settings {
  const text = (name: OptionName): { value: string; where: string } | null => {
    const typed = given[name];
    if (typeof typed === 'string') return { value: typed, where: `--${name}` };
    const variable = OPTIONS[name].env;
    const value = variable === undefined ? undefined : environment[variable];
    return variable === undefined || value === undefined || value === '' ? null : { value, where: variable };
  };
  const isOn = (name: OptionName): boolean => {
    if (given[name] === true) return true;
    const found = text(name);
    if (!found) return false;
    const word = oneOf(found.value.toLowerCase(), Object.keys(SWITCH_WORDS).filter(Boolean), found.where);
    return SWITCH_WORDS[word] ?? false;
  };
  const sandbox = isOn('sandbox');
  const toolsets = text('toolsets');
  const logLevel = text('log-level');
  return {
    sandbox,
    policy: text('policy')?.value ?? (sandbox ? 'sandbox' : 'lab'),
    readOnly: isOn('read-only'),
    toolsets: toolsets === null ? null : toolsets.value.split(',').map((word) => oneOf(word.trim(), TOOLSETS, toolsets.where)),
    auditLog: auditTarget(text('audit-log')?.value, sandbox, environment),
    logLevel: logLevel ? oneOf(logLevel.value, LOG_LEVELS, logLevel.where) : 'warn',
  };
}

/** The sandbox leaves nothing on the host unless asked to. */
function auditTarget(value: string | undefined, sandbox: boolean, environment: NodeJS.ProcessEnv): AuditTarget {
  if (value === 'none') return null;
  if (value !== undefined) return { file: value };
  return sandbox ? null : { file: defaultAuditFile(environment) };
}
