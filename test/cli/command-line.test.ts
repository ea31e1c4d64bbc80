// What may be typed, and what a person is told who typed something else.
import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { helpText, shortHelp } from '../../src/cli/help.js';
import { OPTIONS, readSettings } from '../../src/cli/options.js';
import { UsageError } from '../../src/cli/output.js';

/** The message and the hint of a refusal. */
function refusal(...argv: string[]): string {
  try {
    const { given } = readCommandLine(argv);
    readSettings(given, {});
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error(`not refused: ${argv.join(' ')}`);
}

describe('a command line', () => {
  test.each([
    [['serve'], 'serve', []],
    [[], null, []],
    [['call', 'list_namespaces'], 'call', ['list_namespaces']],
    [['call', 'move_link', '{"link":"-x"}'], 'call', ['move_link', '{"link":"-x"}']],
    [['call', 'move_link', '-'], 'call', ['move_link', '-']],
    [['policy', 'show'], 'policy show', []],
    [['policy', 'show', 'lab'], 'policy show', ['lab']],
    [['--sandbox', 'policy', 'explain', 'move_link', '{}'], 'policy explain', ['move_link', '{}']],
  ])('%j', (argv, command, operands) => {
    expect(readCommandLine(argv)).toMatchObject({ command, operands });
  });

  test('options may stand before, after and between', () => {
    const given = { sandbox: true, json: true, policy: 'observe' };
    expect(readCommandLine(['--sandbox', 'call', '--policy', 'observe', 'list_namespaces', '--json']).given).toEqual(given);
    expect(readCommandLine(['call', 'list_namespaces', '--policy=observe', '--json', '--sandbox']).given).toEqual(given);
  });

  test.each([
    [['--sandbx'], 'Unknown option --sandbx. Did you mean --sandbox?'],
    [['-x'], 'Unknown option -x.'],
    [['serv'], 'Unknown command "serv". Did you mean serve?'],
    [['polcy', 'show'], 'Unknown command "polcy".'],
    [['policy'], 'policy needs one of: list, show, check, explain.'],
    [['policy', 'chek'], 'Did you mean policy check?'],
    [['policy', 'check'], 'policy check needs more: FILE.'],
    [['call'], 'call needs more: TOOL [JSON].'],
    [['call', 'a', 'b', 'c'], '"c" is one word too many'],
    [['--policy'], '--policy needs a value'],
    [['serve', '--policy', '--json'], '--policy needs a value'],
    [['--sandbox=no'], '--sandbox takes no value'],
    [['--toolsets', 'observe,chnge'], 'Did you mean change?'],
    [['--log-level', 'loud'], '--log-level: "loud" is not one of'],
    [['--constructor'], 'Unknown option --constructor'],
    [['constructor'], 'Unknown command "constructor"'],
  ])('%j is refused with a word', (argv, says) => {
    expect(refusal(...argv)).toContain(says);
  });
});

describe('settings', () => {
  const settings = (argv: string[], environment: NodeJS.ProcessEnv = {}) => readSettings(readCommandLine(argv).given, environment);

  test('an option beats its variable, a variable the default', () => {
    expect(settings([]).policy).toBe('lab');
    expect(settings([], { NETNS_MCP_POLICY: 'observe' }).policy).toBe('observe');
    expect(settings(['--policy', 'operate'], { NETNS_MCP_POLICY: 'observe' }).policy).toBe('operate');
  });

  test('in the sandbox the policy is sandbox and nothing is logged on the host, unless said otherwise', () => {
    expect(settings(['--sandbox'])).toMatchObject({ sandbox: true, policy: 'sandbox', auditLog: null });
    expect(settings(['--sandbox', '--policy', 'lab', '--audit-log', 'a.jsonl'])).toMatchObject({ policy: 'lab', auditLog: { file: 'a.jsonl' } });
    expect(settings([], { NETNS_MCP_USE_SANDBOX: '1' })).toMatchObject({ sandbox: true, policy: 'sandbox' });
  });

  test.each([
    ['1', true],
    ['true', true],
    ['ON', true],
    ['0', false],
    ['no', false],
    ['', false],
  ])('a switch in the environment: "%s"', (value, on) => {
    expect(settings([], { NETNS_MCP_READ_ONLY: value }).readOnly).toBe(on);
  });

  test('a switch that cannot be read is an error: read-only must not be lost by a typing mistake', () => {
    expect(() => settings([], { NETNS_MCP_READ_ONLY: 'ja' })).toThrow(/NETNS_MCP_READ_ONLY: "ja"/);
  });

  test('audit log and toolsets', () => {
    expect(settings(['--audit-log', 'none']).auditLog).toBeNull();
    expect(settings([]).auditLog).toEqual({ file: expect.stringMatching(/audit\.jsonl$/) });
    expect(settings(['--toolsets', 'observe, change']).toolsets).toEqual(['observe', 'change']);
    expect(settings([]).toolsets).toBeNull();
  });
});

describe('help', () => {
  test('names every command with its example, and every option with its variable', () => {
    const help = helpText(null);
    for (const [name, { example }] of Object.entries(COMMANDS)) {
      expect(help).toContain(name);
      expect(help).toContain(example);
    }
    for (const name of Object.keys(OPTIONS)) expect(help).toContain(`--${name}`);
  });

  test('fits a terminal of 120 columns', () => {
    const texts = [shortHelp(), helpText(null), ...Object.keys(COMMANDS).map((name) => helpText(readCommandLine([...name.split(' '), '--help']).command))];
    for (const text of texts) for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  });

  test.each(Object.values(COMMANDS).map(({ example }) => example))('the example is a command line: %s', (example) => {
    const argv = [...example.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    expect(readCommandLine(argv.slice(1)).command).not.toBeNull();
  });
});
