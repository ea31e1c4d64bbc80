// Before the live tests: the bundle that many of them start must be that of these sources.
import { spawnSync } from 'node:child_process';

export function setup(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.stderr.write('dist/ could not be built: tests that start the program run an old one, or fail.\n');
}
