// start_service
import { z } from 'zod';
import { confinedWork } from '../../src/exec/confine.js';
import { namespaceSubject, placeName } from '../../src/model/change.js';
import { ReferenceText } from '../../src/model/reference.js';
import { commandLine } from '../../src/model/text.js';
import { parseService } from '../../src/policy/grammar/services/services.js';
import { refuseDenied } from '../../src/server/call/gate.js';
import { commandSubject, lockStillThere, ServiceShape, serviceLine, shownService } from '../../src/server/service-tools.js';
import { defineTool } from '../../src/server/tool.js';
import { ServiceName } from '../../src/service/service.js';

export const startService = defineTool({
  name: 'start_service',
  title: 'Start a service',
  description:
    'Start a long-running program in a namespace: web-server (built in), iperf3, dnsmasq, bird, wireguard-go, openvpn. Its log is kept; it ends with this server unless lives_on. A refusal says what is allowed.',
  toolset: 'exec',
  listed: 'named',
  effect: 'run',
  idempotent: true,
  action: 'service.start',
  input: z.strictObject({
    namespace: ReferenceText,
    name: ServiceName.describe('Once per namespace'),
    command: z.array(z.string().max(1024)).min(1).max(65).describe('e.g. ["web-server","80","--says","hi"]'),
    lives_on: z.boolean().default(false).describe('Outlive this server'),
    ready_port: z.number().int().min(1).max(65_535).optional().describe('Wait until open'),
    ready_text: z.string().min(1).optional().describe('Wait until logged'),
    ready_within_ms: z.number().int().min(100).max(60_000).default(5_000).describe('Else ended'),
    dry_run: z.boolean().default(false),
  }),
  output: z.strictObject({ changed: z.boolean(), service: ServiceShape.nullable() }),
  async prepare({ namespace, name, command: words, lives_on, ready_port, ready_text, ready_within_ms, dry_run }, { services, signal }) {
    const command = parseService(words);
    const place = await services.kernel.resolve(namespace, signal);
    try {
      const { argv, files } = command;
      const subjects = [namespaceSubject(place), commandSubject(command, command.targets), ...files.map((path) => ({ kind: 'path' as const, path }))];
      refuseDenied(services.policy, ['service.start'], subjects);
      const before = services.supervisor.running(place, name, argv, lives_on);
      const shown = (service: NonNullable<typeof before>) => shownService({ service, namespace: namespaceSubject(place) });
      return {
        subjects,
        work: before === null ? confinedWork(place, command, 'service.start') : { action: 'service.start', commands: [] },
        plan: null,
        dryRun: dry_run,
        async run(permit) {
          if (before !== null) return { output: { changed: false, service: shown(before) }, text: `Runs already. ${serviceLine(shown(before))}` };
          if (dry_run) return { output: { changed: true, service: null }, text: `Would start ${name} in ${placeName(place)}: ${commandLine(argv)}` };
          const ready = { port: ready_port ?? null, text: ready_text ?? null, withinMs: ready_within_ms };
          const lock = () => lockStillThere(place, namespace, services, signal);
          const { changed, service } = await services.supervisor.start({ place, name, command, livesOn: lives_on, lock, ready, permit, signal });
          return { output: { changed, service: shown(service) }, text: `${changed ? 'Started' : 'Runs already'}. ${serviceLine(shown(service))}` };
        },
        [Symbol.dispose]: () => place[Symbol.dispose](),
      };
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  },
});
