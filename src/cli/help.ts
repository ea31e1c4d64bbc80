// The help: what to type, with an example for each command.
import { COMMANDS, type Command, type CommandName } from './commands.js';
import { OPTIONS } from './options.js';
import { columns } from './output.js';

const usage = (name: string, { operands }: Command): string => (operands === '' ? name : `${name} ${operands}`);

/** What a person sees who types the name alone. */
export function shortHelp(): string {
  return `netns-mcp: an MCP server for Linux network namespaces. An assistant sees them, changes them safely, and explains them.

Start here:
  netns-mcp tour                       watch a small network being built and taken down; this host stays untouched
  netns-mcp doctor                     what works on this host, and how to mend what does not
  netns-mcp call list_namespaces       call one tool, as an assistant would
  netns-mcp policy explain             what is allowed here, and by which rule

Let a client start it, in the sandbox first:
  claude mcp add --transport stdio netns -- netns-mcp serve --sandbox

netns-mcp --help shows all commands and options.
`;
}

/** Help on one command, or on all. */
export function helpText(name: CommandName | null): string {
  return name === null ? overview() : commandHelp(name, COMMANDS[name]);
}

function overview(): string {
  return `Usage: netns-mcp [COMMAND] [OPTIONS]

Commands:
${columns(
  Object.entries(COMMANDS).map(([name, command]) => [usage(name, command), command.says]),
  '  ',
)}

  Without a command it serves when a client has started it, and shows a short help on a terminal.

Options (each may stand before or after the command):
${options()}

  An option beats its variable, a variable beats the default.

Policies: observe (look and probe), lab (and change what this server made; the default), operate (changes of the
host ask), sandbox (everything, in the sandbox). A policy decides about each call; netns-mcp policy explain tells how.

Exit codes: 0 done, 1 failed, 2 refused by the policy, 64 not understood, 69 no Linux.

Examples:
${Object.values(COMMANDS)
  .map(({ example }) => `  ${example}`)
  .join('\n')}
`;
}

function commandHelp(name: CommandName, command: Command): string {
  return `Usage: netns-mcp ${usage(name, command)} [OPTIONS]

${command.says}

Example:
  ${command.example}

Options:
${options()}
`;
}

function options(): string {
  const rows = Object.entries(OPTIONS).map(([name, { value, short, env, says }]) => [
    `${short ? `-${short}, ` : '    '}--${name}${value === null ? '' : ` ${value}`}`,
    says,
    env ? `[${env}]` : '',
  ]);
  return rows.map(([option = '', says = '', env = '']) => `  ${option.padEnd(26)}  ${says}${env && `\n${' '.repeat(30)}${env}`}`).join('\n');
}
