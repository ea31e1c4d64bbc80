// exec_in_namespace
import { z } from 'zod';
import { type ConfinedResult, confinedWork, runConfined } from '../../src/exec/confine.js';
import { namespaceSubject } from '../../src/model/change.js';
import { ReferenceText } from '../../src/model/reference.js';
import { commandLine } from '../../src/model/text.js';
import { parseCommand } from '../../src/policy/grammar/grammar.js';
import { refuseDenied } from '../../src/server/call/gate.js';
import { outputBlock } from '../../src/server/output-block.js';
import { defineTool } from '../../src/server/tool.js';

/** Most characters of both streams together: about 8,000 tokens. Standard error gets at most a third. */
const MOST_CHARACTERS = 24_000;

function fitted({ stdout, stderr, truncated }: ConfinedResult): { stdout: string; stderr: string; truncated: boolean } {
  const errors = stderr.slice(0, MOST_CHARACTERS / 3);
  const output = stdout.slice(0, MOST_CHARACTERS - errors.length);
  return { stdout: output, stderr: errors, truncated: truncated || errors.length < stderr.length || output.length < stdout.length };
}

export const execInNamespace = defineTool({
  name: 'exec_in_namespace',
  title: 'Run a command in a namespace',
  description:
    'Run one read or probe command (ip show, ss, ping, nft list, tc show, dig, curl, sysctl read …) inside a namespace. No shell; arguments are checked against a closed grammar, and a refusal says what is allowed.',
  toolset: 'exec',
  effect: 'run',
  idempotent: false,
  action: 'exec.run',
  input: z.strictObject({
    namespace: ReferenceText.default('host'),
    command: z.array(z.string().max(1024)).min(1).max(65).describe('Program and arguments, e.g. ["ip","-br","link"]'),
    timeout_ms: z.number().int().min(100).max(60_000).default(10_000),
    stdin: z.string().max(65_536).optional(),
  }),
  output: z.strictObject({
    exit_code: z.number().nullable(),
    signal: z.string().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean(),
    timed_out: z.boolean(),
    duration_ms: z.number(),
  }),
  async prepare({ namespace, command: words, timeout_ms, stdin }, { services, signal }) {
    const command = parseCommand(words);
    const place = await services.kernel.resolve(namespace, signal);
    try {
      const { argv, program, targets } = command;
      const subjects = [namespaceSubject(place), { kind: 'command' as const, argv, program, targets }];
      refuseDenied(services.policy, ['exec.run'], subjects);
      return {
        subjects,
        work: confinedWork(place, command),
        plan: null,
        dryRun: false,
        async run(permit) {
          // Without a subject this asks whether every namespace may be seen.
          const hidesNames = services.policy.decide({ action: 'namespace.list', subjects: [] }).effect !== 'allow';
          const result = await runConfined({ place, command, permit, hidesNames, timeoutMs: timeout_ms, signal, ...(stdin === undefined ? {} : { stdin }) });
          const { exitCode, signal: endSignal, timedOut, durationMs } = result;
          const { stdout, stderr, truncated } = fitted(result);
          const ending = timedOut ? `ended after its time limit of ${timeout_ms} ms` : endSignal === null ? `exit ${exitCode}` : `ended by ${endSignal}`;
          const cut = truncated ? ', output cut: ask for a narrower part' : '';
          return {
            output: { exit_code: exitCode, signal: endSignal, stdout, stderr, truncated, timed_out: timedOut, duration_ms: durationMs },
            text: [
              `${commandLine(argv)} in ${place.reference}: ${ending}, ${durationMs} ms${cut}`,
              ...outputBlock('stdout', stdout),
              ...outputBlock('stderr', stderr),
            ].join('\n'),
          };
        },
        [Symbol.dispose]: () => place[Symbol.dispose](),
      };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  },
});
