// The tour as newcomers start it: as root and as an ordinary user, with and without ping; it holds what it says and leaves nothing behind.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AS_ORDINARY_USER, Program } from './program.js';

const StepLine = z.strictObject({
  step: z.number(),
  title: z.string().min(1),
  call: z.strictObject({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) }),
  decision: z.strictObject({ effect: z.string(), rule: z.string().nullable() }).nullable(),
  commands: z.array(z.array(z.string())),
  by_hand: z.array(z.string()),
  answer: z.unknown(),
  explanation: z.string().min(1).nullable(),
  wrong: z.string().optional(),
  ok: z.boolean(),
});

/** Without ping, in a mount namespace of its own. */
const WITHOUT_PING = [
  'unshare',
  '--user',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  'mount --bind /dev/null "$(command -v ping || echo /dev/zero)" && exec "$@"',
  'sh',
];
/** Where no further user namespace can be made. */
const WITHOUT_SANDBOX = ['unshare', '--user', '--map-root-user', 'sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', 'sh'];

let program: Program;
let host: string;

/** The links and the named namespaces of this host. */
function hostNetwork(): string {
  return ['-br link', 'netns list'].map((words) => execFileSync('ip', words.split(' '), { encoding: 'utf8' })).join('--\n');
}

/** Processes that were started from this copy of the program. */
function processes({ folder }: Program): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [`${pid} ${line}`] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function steps(stdout: string): z.infer<typeof StepLine>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => StepLine.parse(JSON.parse(line)));
}

beforeAll(() => {
  program = new Program();
});

afterAll(() => program[Symbol.dispose]());

beforeEach(() => {
  host = hostNetwork();
});

afterEach(async () => {
  for (let left = 100; left > 0 && processes(program).length > 0; left--) await sleep(20);
  expect(processes(program), 'processes left over').toEqual([]);
  expect(hostNetwork(), 'the network of this host').toBe(host);
});

describe('the tour', () => {
  test.each([
    ['as the user who runs the tests', []],
    ['as an ordinary user', AS_ORDINARY_USER],
    ['where there is no ping', WITHOUT_PING],
  ])('is as it says, %s', (_, through) => {
    const { code, stdout, stderr } = program.run(['tour', '--json'], { through });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const played = steps(stdout);
    expect(played.map(({ step }) => step)).toEqual(Array.from({ length: 24 }, (_, at) => at + 1));
    for (const { title, ok, explanation } of played) expect({ title, ok, explanation }).toEqual({ title, ok: true, explanation: expect.any(String) });
    const methods = played
      .filter(({ call }) => call.tool === 'check_reachability')
      .map(({ answer }) => z.looseObject({ method: z.string() }).parse(answer).method);
    expect(methods).toEqual(through === WITHOUT_PING ? Array(2).fill(expect.stringMatching(/^UDP/)) : Array(2).fill('ICMP echo (ping)'));
  });

  test('shows the tutorial: calls, decisions, and the commands that ran', () => {
    const played = steps(program.run(['tour', '--json', '--sandbox']).stdout);
    const commands = played.flatMap(({ commands }) => commands.map((argv) => argv.join(' ')));
    for (const command of [
      'ip link add name veth0 type veth peer name veth1',
      'ip link set dev veth1 up',
      'ip netns add ns1',
      'ip link set dev veth1 netns ns1',
      'ip -n ns1 address add 10.0.0.2/24 dev veth1',
      'ip link delete dev veth0',
      'ip netns delete ns1',
    ])
      expect(commands).toContain(command);
    const refused = played.filter(({ decision }) => decision === null);
    expect(refused).toMatchObject([{ call: { tool: 'exec_in_namespace' }, answer: { code: 'COMMAND_REFUSED' }, commands: [] }]);
    expect(played.find(({ call }) => call.arguments['dry_run'])).toMatchObject({ answer: { change: { dry_run: true, changed: true } } });
    expect(played.some(({ call }) => /^pid:\d+$/.test(String(call.arguments['to'])))).toBe(true);
  });

  test('makes the calls of docs/tutorial.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'tutorial.md'), 'utf8');
    const written = [...page.matchAll(/^([a-z_]+) +(\{.*\})$/gm)].map(([, tool, args = '']) => ({
      tool,
      arguments: JSON.parse(args.replace('pid:PID', 'pid:0')),
    }));
    expect(written.length).toBeGreaterThan(10);
    const called = steps(program.run(['tour', '--json']).stdout).map(({ call }) => JSON.parse(JSON.stringify(call).replace(/pid:\d+/, 'pid:0')));
    for (const call of written) expect(called).toContainEqual({ tool: call.tool, arguments: expect.objectContaining(call.arguments) });
  });

  test('is a page for people: no colours in a pipe, lines that fit, commands whole', () => {
    const { stdout } = program.run(['tour']);
    expect(stdout).not.toContain('\x1b');
    // What is to be copied stays on one line; the path of the program is as long as it is.
    const prose = stdout.split('\n').filter((line) => !line.includes(program.folder));
    for (const line of prose) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^ 1 {2}Look first$/m);
    expect(stdout).toMatch(/^24 {2}Look again$/m);
    expect(stdout).toMatch(/^ {4}ran +ip link set dev veth1 netns ns1$/m);
    expect(stdout).toContain('/etc/network/if-up.d');
  });

  test('ends with configurations that clients can read, the sandbox first', () => {
    const { stdout } = program.run(['tour']);
    const configurations = [...stdout.matchAll(/^ {4}\{\n[\s\S]*?^ {4}\}$/gm)].map(([text]) => JSON.parse(text));
    const launch = { command: 'node', args: [program.file, 'serve', '--sandbox'] };
    expect(configurations).toEqual([
      { mcpServers: { netns: launch } },
      { servers: { netns: { type: 'stdio', ...launch } } },
      { mcpServers: { netns: launch } },
    ]);
    expect(stdout).toContain(`claude mcp add --transport stdio netns -- node ${program.file} serve --sandbox\n`);
  });

  test('stops at a step that is not as it should be, says so, and takes everything down', () => {
    using strict = new Program();
    const file = join(strict.folder, 'policies', 'sandbox.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n  - id: nothing-moves\n    effect: deny\n    actions: ["link.move"]\n    reason: Because.\n`);
    const { code, stdout, stderr } = strict.run(['tour', '--json']);
    expect(code).toBe(1);
    expect(stderr).toContain('The tour stops here');
    const played = steps(stdout);
    expect(played.filter(({ ok }) => !ok)).toEqual([played.at(-1)]);
    expect(played.at(-1)).toMatchObject({ call: { tool: 'move_link' }, wrong: 'expected an answer, not an error', explanation: null });
    expect(processes(strict)).toEqual([]);
  });

  test('says what is in the way where there can be no sandbox, and the way out', () => {
    const { code, stdout, stderr } = program.run(['tour'], { through: WITHOUT_SANDBOX });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^KERNEL_UNSUPPORTED: The tour needs a sandbox.*max_user_namespaces is 0.*sysctl -w/s);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle takes everything down', async (signal) => {
    const tour = spawn(process.execPath, [program.file, 'tour', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(tour, 'exit');
    let seen = '';
    for await (const chunk of tour.stdout) {
      seen += chunk;
      if (seen.includes('"step":9,')) break;
    }
    expect(processes(program).length, 'the client, the server and what makes its sandbox').toBeGreaterThan(2);
    tour.kill(signal);
    expect(await ended).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
  });

  test('a reader that goes away ends it', async () => {
    const tour = spawn(process.execPath, [program.file, 'tour'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(tour, 'exit');
    await once(tour.stdout, 'data');
    tour.stdout.destroy();
    let complaint = '';
    for await (const chunk of tour.stderr) complaint += chunk;
    expect(await ended).toEqual([1, null]);
    expect(complaint).toBe('');
  });
});
