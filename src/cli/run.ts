// The command line, from the words typed to an exit code.
import { errorText, NetnsError } from '../model/errors.js';
import { type CommandLine, readCommandLine } from './command-line.js';
import { COMMANDS, type CommandName, type LoadTools } from './commands.js';
import { readSettings } from './options.js';
import { EXIT, print, printError, UsageError } from './output.js';
import { wordForOtherPlatforms } from './platform.js';
import { VERSION } from './version.js';

/** Runs what was typed. @returns the exit code. */
export async function runCli(argv: readonly string[], loadTools: LoadTools): Promise<number> {
  try {
    return await run(readCommandLine(argv), argv, loadTools);
  } catch (error) {
    if (error instanceof UsageError) {
      printError(`netns-mcp: ${error.message}\n${error.hint}`);
      return EXIT.usage;
    }
    if (error instanceof NetnsError) {
      printError(errorText(error));
      return EXIT.failed;
    }
    throw error;
  }
}

async function run({ command: typed, operands, given }: CommandLine, argv: readonly string[], loadTools: LoadTools): Promise<number> {
  if (given.version) {
    print(VERSION);
    return EXIT.done;
  }
  const command = typed ?? commandForStandardInput();
  if (given.help || command === null) {
    const { helpText, shortHelp } = await import('./help.js');
    print(given.help ? helpText(typed) : shortHelp());
    return EXIT.done;
  }
  const elsewhere = wordForOtherPlatforms(process.platform);
  if (elsewhere !== null) {
    printError(elsewhere);
    return EXIT.unavailable;
  }
  let settings = readSettings(given, process.env);
  const declaration = COMMANDS[command];
  if (settings.sandbox && declaration.entersSandbox) {
    const { goInside } = await import('./inside.js');
    const entered = await goInside(argv, settings);
    if ('exitCode' in entered) return entered.exitCode;
    settings = entered.settings;
  }
  const runCommand = await declaration.load();
  return await runCommand({ operands, settings, json: given.json === true, loadTools });
}

/** A client starts the program with a pipe; a person who types nothing more gets help. */
function commandForStandardInput(): CommandName | null {
  return process.stdin.isTTY ? null : 'serve';
}
