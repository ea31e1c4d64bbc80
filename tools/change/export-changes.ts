// export_changes
import { z } from 'zod';
import { choose, exportName, type Selection } from '../../src/change/export/chosen.js';
import { exportWorld, FORMATS } from '../../src/change/export/formats.js';
import { readWorld } from '../../src/change/export/world.js';
import { findChange } from '../../src/change/past/history.js';
import { namespaceSubject } from '../../src/model/change.js';
import { fail } from '../../src/model/errors.js';
import { Held } from '../../src/model/held.js';
import { isPlainLinkName } from '../../src/model/names.js';
import type { Judged } from '../../src/model/policy.js';
import { ReferenceText } from '../../src/model/reference.js';
import { visibleLines } from '../../src/model/text.js';
import { decideAll, refuseDenied, refuseDeniedWhole } from '../../src/server/call/gate.js';
import { judgedAs } from '../../src/server/journal-calls.js';
import { brief, fitting } from '../../src/server/reading.js';
import { type CallContext, defineTool } from '../../src/server/tool.js';

const ROOM = 3_000;

/** What is exported, and how. */
export const EXPORT_INPUT = {
  change: z.string().min(1).max(64).optional().describe('Id; else all that this server made'),
  namespace: ReferenceText.optional(),
  format: z
    .enum(FORMATS, 'script, ifupdown or networkd. NetworkManager is left out: it knows no namespaces; its dispatcher can run the script')
    .default('script'),
  interface: z.string().max(15).refine(isPlainLinkName, 'no plain link name').optional().describe('ifupdown: the one to wait for'),
};
const Input = z.strictObject(EXPORT_INPUT);
type Input = z.output<typeof Input>;

function selectionOf({ change, namespace }: Input, { services }: CallContext): Selection {
  if (change !== undefined && namespace !== undefined) {
    return fail('INVALID_INPUT', 'A change and a namespace were both asked for.', 'Give one of them, or neither for all that this server made.');
  }
  if (change !== undefined) return { change: findChange(services.journal, change) };
  return namespace === undefined ? { all: true } : { namespace };
}

/** Opens what is to be exported, has the policy judge it, and says how it is written. The namespaces stay open as long as `held`. */
export async function prepareExport(input: Input, context: CallContext, held: Held) {
  const { services, signal } = context;
  const { kernel, policy, changes } = services;
  const selection = selectionOf(input, context);
  const asked = 'change' in selection ? judgedAs('config.export', selection.change) : [];
  if (asked.length > 0) refuseDeniedWhole(policy, asked);
  const { chosen, notes } = await choose(
    selection,
    {
      ...{ kernel, signal, marks: changes.options.marks },
      demand: (place) => void refuseDenied(policy, ['config.export'], [namespaceSubject(place)]),
      mayExport: (place) => decideAll(policy, [{ actions: ['config.export'], subjects: [namespaceSubject(place)] }]).effect !== 'deny',
    },
    held,
  );
  const own: Judged = { actions: ['config.export'], subjects: chosen.map(({ place }) => namespaceSubject(place)) };
  const name = exportName(selection, chosen);
  return {
    judged: [...asked, own],
    subjects: [...asked, own].flatMap(({ subjects }) => subjects),
    async write() {
      const { files, notes: more } = exportWorld(await readWorld(chosen, { kernel, signal }), input.format, name, input.interface ?? null);
      return { files, notes: [...new Set([...notes, ...more])] };
    },
  };
}

export const exportChanges = defineTool({
  name: 'export_changes',
  title: 'Export as files',
  description:
    'Writes what a change altered, a namespace, or all that this server made as files that survive a reboot: a shell script, ifupdown hooks or systemd-networkd files with units. Installs nothing.',
  toolset: 'change',
  effect: 'read',
  idempotent: true,
  action: 'config.export',
  input: Input,
  output: z.strictObject({
    files: z.array(z.looseObject({ path: z.string(), content: z.string() })),
    notes: z.array(z.string()),
    left_out: z.record(z.string(), z.number()).optional(),
  }),
  async prepare(input, context) {
    const held = new Held();
    try {
      const { judged, subjects, write } = await prepareExport(input, context, held);
      return {
        ...{ judged, subjects, work: { action: 'config.export' as const, commands: [] }, plan: null, dryRun: false },
        async run() {
          const { files, notes } = await write();
          const { lists, left_out } = fitting({ files, notes });
          const { shown, more } = brief(
            files.flatMap(({ path, mode, content }) => [`--- ${path} (${mode})`, ...visibleLines(content).trimEnd().split('\n')]),
            ROOM,
          );
          return {
            output: { ...lists, files: lists.files.map((file) => ({ ...file })), ...(Object.keys(left_out).length > 0 ? { left_out } : {}) },
            text:
              [...notes.map((note) => `Note: ${note}`), ...shown, ...(more > 0 ? [`… ${more} more lines in the structured content`] : [])].join('\n') ||
              'Nothing to export.',
          };
        },
        [Symbol.dispose]: () => held[Symbol.dispose](),
      };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  },
});
