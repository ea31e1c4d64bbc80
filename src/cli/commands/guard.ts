// netns-mcp guard
import { ChangeEngine } from '../../change/engine.js';
import { keepGuard } from '../../change/past/guard.js';
import { journalOf } from '../../change/past/record.js';
import { LiveKernel } from '../../kernel/live.js';
import { Marks, stateDirectory } from '../../kernel/marks.js';
import { EVERYTHING } from '../../kernel/view.js';
import type { Invocation } from '../commands.js';
import { EXIT, print, printError } from '../output.js';

/**
 * Undoes a change unless it is confirmed in time. The server starts it with the change, in a session of its own. All that it needs is loaded before
 * it says that it is ready: it has to work when its files are gone and the disk is full.
 */
export async function guard({ operands: [id = ''] }: Invocation): Promise<number> {
  // The session that it was started from may end, and nobody may read what it prints.
  for (const signal of ['SIGHUP', 'SIGPIPE', 'SIGINT'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {});
  const state = stateDirectory();
  const marks = new Marks(state);
  const journal = journalOf(state);
  const engine = new ChangeEngine({ kernel: new LiveKernel(marks, EVERYTHING), marks, journal, stateDirectory: state });
  const { sentence, isDone } = await keepGuard(engine, id, () => print('ready'));
  if (isDone) return EXIT.done;
  printError(`netns-mcp: ${sentence}`);
  return EXIT.failed;
}
