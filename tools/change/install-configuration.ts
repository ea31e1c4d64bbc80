// install_configuration
import { z } from 'zod';
import { install, installWork, planInstall } from '../../src/change/export/install.js';
import { Held } from '../../src/model/held.js';
import type { Judged } from '../../src/model/policy.js';
import { refuseDeniedWhole } from '../../src/server/call/gate.js';
import { defineTool } from '../../src/server/tool.js';
import { EXPORT_INPUT, prepareExport } from './export-changes.js';

export const installConfiguration = defineTool({
  name: 'install_configuration',
  title: 'Install configuration',
  description:
    'Writes the files that export_changes shows to the host, where they run as root at boot. Starts nothing. What they replace is kept beside them. Ready policies deny it.',
  toolset: 'change',
  effect: 'run',
  idempotent: true,
  listed: 'named',
  action: 'config.install',
  input: z.strictObject({
    ...EXPORT_INPUT,
    replace: z.boolean().default(false).describe('Also files with other contents'),
    dry_run: z.boolean().default(false),
  }),
  output: z.strictObject({
    changed: z.boolean(),
    files: z.array(z.looseObject({ path: z.string(), state: z.string() })),
    notes: z.array(z.string()),
  }),
  async prepare({ replace, dry_run, ...input }, context) {
    const held = new Held();
    try {
      const { judged: read, subjects, write } = await prepareExport(input, context, held);
      refuseDeniedWhole(context.services.policy, read);
      const { files, notes } = await write();
      const paths = files.map(({ path }) => ({ kind: 'path' as const, path }));
      const judged: Judged[] = [{ actions: ['config.install'], subjects: [...paths, ...subjects.filter(({ kind }) => kind === 'namespace')] }, ...read];
      refuseDeniedWhole(context.services.policy, judged);
      return {
        ...{ judged, subjects: judged.flatMap((part) => part.subjects), work: installWork(files), plan: null, dryRun: dry_run },
        async run(permit) {
          const done = dry_run ? planInstall(files, replace) : install(files, replace, permit);
          const changed = done.some(({ state }) => state !== 'same');
          const lines = done.map(
            ({ path, state, backup }) => `${dry_run ? 'would be ' : ''}${state}: ${path}${backup ? `, what was there is kept as ${backup}` : ''}`,
          );
          return { output: { changed, files: done.map((file) => ({ ...file })), notes }, text: [...lines, ...notes.map((note) => `Note: ${note}`)].join('\n') };
        },
        [Symbol.dispose]: () => held[Symbol.dispose](),
      };
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  },
});
