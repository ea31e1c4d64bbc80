// From the words that were typed to one command with its operands and options.
import { parseArgs } from 'node:util';
import { nearest } from '../model/text.js';
import { COMMANDS, type CommandName, isCommand } from './commands.js';
import { type GivenOptions, isOption, OPTIONS, type OptionName } from './options.js';
import { UsageError } from './output.js';

/** What was typed, in its parts. */
export interface CommandLine {
  /** null: none was typed. */
  command: CommandName | null;
  operands: string[];
  given: GivenOptions;
}

/** @throws UsageError with the nearest word that is known. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(OPTIONS).map(([name, { value, short }]) => [name, { type: value === null ? 'boolean' : 'string', ...(short && { short }) }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given: GivenOptions = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = optionOf(token.name, token.rawName);
    given[name] = optionValue(name, token.value, token.inlineValue === true);
  }
  return { ...readCommand(words, given.help === true), given };
}

function optionOf(name: string, rawName: string): OptionName {
  if (isOption(name)) return name;
  const near = nearest(name, Object.keys(OPTIONS), 1)[0];
  throw new UsageError(`Unknown option ${rawName}.`, near === undefined ? 'netns-mcp --help lists the options.' : `Did you mean --${near}?`);
}

function optionValue(name: OptionName, value: string | undefined, inline: boolean): string | true {
  const placeholder = OPTIONS[name].value;
  if (placeholder === null) {
    if (value === undefined) return true;
    throw new UsageError(`--${name} takes no value.`, `Write --${name} alone.`);
  }
  if (value === undefined || value === '' || (!inline && value.startsWith('-')))
    throw new UsageError(`--${name} needs a value.`, `Write --${name} ${placeholder}.`);
  return value;
}

/** Commands are one word (`serve`) or two (`policy show`). */
function readCommand(words: readonly string[], wantsHelp: boolean): { command: CommandName | null; operands: string[] } {
  const [first, second] = words;
  if (first === undefined) return { command: null, operands: [] };
  const two = `${first} ${second}`;
  const command = isCommand(first) ? first : isCommand(two) ? two : refuseCommand(first, second, wantsHelp);
  const operands = words.slice(command?.includes(' ') ? 2 : 1);
  if (command === null || wantsHelp) return { command, operands: [] };
  const { least, most, operands: usage } = COMMANDS[command];
  const usageLine = `Usage: netns-mcp ${command}${usage && ` ${usage}`}`;
  if (operands.length < least) throw new UsageError(`${command} needs more: ${usage}.`, usageLine);
  if (operands.length > most) throw new UsageError(`${command}: "${operands[most]}" is one word too many.`, usageLine);
  return { command, operands };
}

/** The first word of a pair alone asks for help; anything else is refused. */
function refuseCommand(first: string, second: string | undefined, wantsHelp: boolean): null {
  const pairs = Object.keys(COMMANDS).filter((name) => name.startsWith(`${first} `));
  if (pairs.length > 0) {
    if (second === undefined && wantsHelp) return null;
    const seconds = pairs.map((name) => name.slice(first.length + 1));
    const near = second === undefined ? undefined : nearest(second, seconds, 1)[0];
    throw new UsageError(
      second === undefined ? `${first} needs one of: ${seconds.join(', ')}.` : `Unknown command "${first} ${second}".`,
      near === undefined ? `Try netns-mcp ${pairs[0]}.` : `Did you mean ${first} ${near}?`,
    );
  }
  const near = nearest(first, Object.keys(COMMANDS), 1)[0];
  throw new UsageError(`Unknown command "${first}".`, near === undefined ? 'netns-mcp --help lists the commands.' : `Did you mean ${near}?`);
}
