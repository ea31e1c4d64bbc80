// netns-mcp tour: a client builds a small network in the sandbox, step by step, and takes it down again.
import { constants } from 'node:os';
import { EXIT, painter, print, printError } from '../output.js';
import { BY_PROCESS, TAKE_DOWN } from './tour/by-process.js';
import { TourClient } from './tour/client.js';
import { endingPage } from './tour/ending.js';
import { ONE_NAMESPACE } from './tour/one-namespace.js';
import { pageWidth, paragraph, stepJson, stepPage } from './tour/page.js';
import { play } from './tour/play.js';
import { REACH_ACROSS } from './tour/reach-across.js';
import type { Step } from './tour/step.js';
import { TWO_NAMESPACES } from './tour/two-namespaces.js';

export interface TourOptions {
  json: boolean;
  color: boolean;
}

/** All of it, in order. */
const STEPS: readonly Step[] = [...ONE_NAMESPACE, ...TWO_NAMESPACES, ...REACH_ACROSS, ...BY_PROCESS, ...TAKE_DOWN];

/** Plays the tour. Whatever happens, the sandbox ends with it. @returns the exit code. */
export async function runTour({ json, color }: TourOptions): Promise<number> {
  const program = process.argv[1] ?? '';
  const abort = new AbortController();
  const { signal } = abort;
  let ended: NodeJS.Signals | null = null;
  const stop = (received: NodeJS.Signals) => {
    ended ??= received;
    abort.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  // Whoever reads it had enough, as `head` does.
  process.stdout.on('error', () => abort.abort());
  let client: TourClient | null = null;
  try {
    client = await TourClient.open(program, signal);
    if (!json) print(introduction(client.tools, color));
    const isDone = await play(STEPS, client, signal, (played) => print(json ? stepJson(played) : `\n${stepPage(played, color)}`));
    if (!isDone) printError('The tour stops here, for this step is not as it should be. Everything is taken down.');
    else if (!json) print(`\n\n${endingPage(program, color)}`);
    return isDone ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    if (ended !== null) printError('\nThe tour was ended. Everything is taken down.');
    return ended === null ? EXIT.failed : 128 + constants.signals[ended];
  } finally {
    await client?.close();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
  }
}

function introduction(tools: number, color: boolean): string {
  return [
    painter(color)('bold', 'A cable, two namespaces, and how to tell what is going on'),
    '',
    paragraph(
      `A real MCP client has just started this server in a sandbox and was offered ${tools} tools. Now it calls them, as your assistant would. Each step shows the call, what the policy decided, the exact commands that ran, and what was seen. The sandbox has a network of its own: that of this machine is not touched.`,
      pageWidth(),
    ),
  ].join('\n');
}
