// The lane where there is no second kernel: its tests are skipped by name, with the reason.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/exec/run.js';
import { parseToolJson } from '../../src/model/text.js';

const Answer = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  output: z.string(),
});

test('without linux.uml every test of the lane is skipped by name and counted', async () => {
  const hide = 'for file in /usr/bin/linux.uml /usr/local/bin/linux.uml; do [ ! -e "$file" ] || mount --bind /dev/null "$file"; done; exec "$@"';
  const ask = `import { runLane } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'scripts', 'uml.mjs'))};
    process.stdout.write(JSON.stringify(await runLane({ args: ['test/uml'], quiet: true })));`;
  const words = [process.execPath, '--input-type=module', '-e', ask];
  const { stdout, stderr } = await run(['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', hide, 'sh', ...words]);
  expect(stderr.toString()).toBe('');
  const { skipped, ...others } = Answer.parse(parseToolJson(stdout));
  expect(others).toEqual({ passed: 0, failed: 0, output: '' });
  expect(skipped).toContainEqual({
    name: 'test/uml/kinds.uml.test.ts > a VLAN carries frames between two namespaces',
    reason: 'linux.uml is not there (Debian package user-mode-linux)',
  });
});
