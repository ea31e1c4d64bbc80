// The entry: puts the command line and the published tools together.
import { runCli } from './cli/run.js';

process.exitCode = await runCli(process.argv.slice(2), async () => (await import('../tools/index.js')).TOOLS);
