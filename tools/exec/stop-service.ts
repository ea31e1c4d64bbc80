// stop_service
import { z } from 'zod';
import { ReferenceText } from '../../src/model/reference.js';
import { refuseDenied } from '../../src/server/call/gate.js';
import { ServiceShape, serviceLine, serviceOf, shownService, visibleServices } from '../../src/server/service-tools.js';
import { defineTool } from '../../src/server/tool.js';
import { stopWork } from '../../src/service/end.js';

export const stopService = defineTool({
  name: 'stop_service',
  title: 'Stop a service',
  description: 'Ends a service: SIGTERM, and by force after 3 s, with everything that it started. Tells how it ended; its log is kept for a while.',
  toolset: 'exec',
  listed: 'named',
  effect: 'run',
  idempotent: true,
  action: 'service.stop',
  input: z.strictObject({ service: z.string().max(64).describe('Id, or name with namespace'), namespace: ReferenceText.optional() }),
  output: z.strictObject({ changed: z.boolean(), service: ServiceShape }),
  async prepare({ service: word, namespace: reference }, { services, signal }) {
    using place = reference === undefined ? null : await services.kernel.resolve(reference, signal);
    const { service, namespace, subjects } = serviceOf(await visibleServices(services, signal), word, place?.inode);
    refuseDenied(services.policy, ['service.stop'], subjects);
    return {
      subjects,
      work: stopWork(service),
      plan: null,
      dryRun: false,
      async run(permit) {
        const changed = service.state.is === 'running';
        const shown = shownService({ service: await services.supervisor.stop(service, permit), namespace });
        return { output: { changed, service: shown }, text: `${changed ? 'Ended' : 'Had ended before'}. ${serviceLine(shown)}` };
      },
      [Symbol.dispose]: () => {},
    };
  },
});
