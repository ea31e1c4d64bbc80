// list_services
import { z } from 'zod';
import { ReferenceText } from '../../src/model/reference.js';
import { count } from '../../src/model/text.js';
import { outputBlock } from '../../src/server/output-block.js';
import { brief, fitting, prepareReading } from '../../src/server/reading.js';
import { ServiceShape, serviceLine, serviceOf, shownService, visibleServices } from '../../src/server/service-tools.js';
import { defineTool } from '../../src/server/tool.js';
import { stateWords } from '../../src/service/service.js';

/** Characters of the text: the structured answer has them all. */
const ROOM = 3_000;

export const listServices = defineTool({
  name: 'list_services',
  title: 'List services and read their logs',
  description: 'Services that start_service started: state, command, PID. With log_of, the last lines of the log of that one, and cursors for more.',
  toolset: 'exec',
  listed: 'named',
  effect: 'read',
  idempotent: true,
  action: 'service.list',
  input: z.strictObject({
    namespace: ReferenceText.optional(),
    log_of: z.string().max(64).optional().describe('Id of a service'),
    cursor: z.string().max(64).optional().describe('Of its log'),
  }),
  output: z.strictObject({
    services: z.array(ServiceShape),
    left_out: z.number().optional(),
    log: z.strictObject({ text: z.string(), earlier_cursor: z.string().optional(), later_cursor: z.string() }).optional(),
  }),
  async prepare({ namespace, log_of, cursor }, context) {
    const { services, signal } = context;
    const visible = await visibleServices(services, signal);
    const chosen = log_of === undefined ? visible : [serviceOf(visible, log_of)];
    const prepared = await prepareReading('service.list', namespace === undefined ? [] : [namespace], context, async ([place]) => {
      const here = place === undefined ? chosen : chosen.filter(({ service }) => service.inode === place.inode);
      // What runs comes first, and of the rest what ended last.
      const isRunning = ({ service }: (typeof here)[number]) => service.state.is === 'running';
      const all = [...here.filter(isRunning), ...here.filter((each) => !isRunning(each)).reverse()];
      const { lists, left_out } = fitting({ services: all.map(shownService) });
      const page = log_of === undefined ? null : services.supervisor.log(log_of, cursor);
      const { shown, more } = brief(lists.services.map(serviceLine), ROOM);
      const running = all.filter(({ service }) => stateWords(service.state) === 'running').length;
      const cursors = page === null ? [] : [...(page.earlier === null ? [] : [`earlier ${page.earlier}`]), `later ${page.later}`];
      return {
        output: {
          services: lists.services,
          ...(left_out['services'] === undefined ? {} : { left_out: left_out['services'] }),
          ...(page === null ? {} : { log: { text: page.text, ...(page.earlier === null ? {} : { earlier_cursor: page.earlier }), later_cursor: page.later } }),
        },
        text: [
          `${count(all.length, 'service')}, ${running} running`,
          ...shown,
          ...(more > 0 ? [`and ${more} more: give namespace`] : []),
          ...(page === null ? [] : [...outputBlock('log', page.text), `cursors: ${cursors.join(', ')}`]),
        ].join('\n'),
      };
    });
    // Each with its own command: what runs here is no reason to hide what runs there.
    return chosen.length === 0 ? prepared : { ...prepared, judged: chosen.map(({ subjects }) => ({ actions: ['service.list'], subjects })) };
  },
});
