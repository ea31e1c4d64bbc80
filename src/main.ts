// The entry: puts the command line and the published tools together.
import v8 from 'node:v8';
import { runCli } from './cli/run.js';

// Starting a process copies the page tables of this one: each 10 MB of heap make every start about a millisecond slower.
v8.setFlagsFromString('--optimize-for-size');

process.exitCode = await runCli(process.argv.slice(2), async () => (await import('../tools/index.js')).TOOLS);
