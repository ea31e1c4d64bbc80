// A confined command that runs on: in the namespace of an open handle, writing into files, until it ends, is ended, or its keeper dies.
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from '../../model/actions.js';
import type { ResolvedNamespace } from '../../model/change.js';
import { fail } from '../../model/errors.js';
import type { Permit } from '../../model/permit.js';
import { confinedWork } from '../confine.js';
import { closeInherited } from '../descriptors.js';
import { privileges } from '../privileges.js';
import { startApart } from '../run.js';
import { CONFINED_ENVIRONMENT, type ConfinableCommand, confining, installed, intoNamespace, type Limits } from './parts.js';

/** What to run, where, by which permit. */
export interface BackgroundRequest {
  place: ResolvedNamespace;
  command: ConfinableCommand;
  /** For exactly `confinedWork(place, command, action)`. */
  permit: Permit;
  action: Action;
  /** The words that run where those of the command name a program of the server's own. */
  runs?: readonly string[];
  limits: Limits;
  /** It sees a `/run` of its own, empty and writable: no names of namespaces, no sockets of others. */
  ownRun: boolean;
  /** It goes on when this process ends. */
  livesOn: boolean;
  files: {
    stdin: number | null;
    /** Both its standard output and standard error. */
    output: number;
    /** Its exit code is written here when it ends by itself. */
    exit: number;
  };
  searchPath?: string;
}

/** A command that is led in and waits for the word to start. It ends when this process does, or gives it up. */
export interface Waiting {
  /** The process at whose death everything of it ends; its PID here. */
  keeper: number;
  /** Lets it start. */
  go(): void;
  /** Ends it instead. */
  giveUp(): Promise<void>;
}

/**
 * Process 1 of the PID and mount namespace of the command, which takes along to its end whatever the command leaves behind. Started it waits
 * for a word: when that comes, whatever ends with what ends with it has been told so (PR_SET_PDEATHSIG(2const)), and the command is on record. A
 * log that is full costs the command its words, not its life (SIGXFSZ, signal(7)). Nothing of a caller's ever becomes script text.
 */
const FIRST_PROCESS = `
[ "$1" = shared ] || mount -t tmpfs -o size=1m,mode=1777,nosuid,nodev,noexec netns-mcp /run || exit
shift
trap "" XFSZ
echo ready >&4 && read -r go <&4 || exit
exec 4>&-
"$@" 3>&-
echo "$?" >&3`;

/** Mounts of names that are taken away later must not live on here. */
const APART = ['unshare', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child'];

const START_MS = 10_000;

/** Resolves when the first process has said that it is there; false when it ended instead. */
function saysReady(child: ChildProcess, channel: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, START_MS, false);
    const done = (isReady: boolean) => {
      clearTimeout(timer);
      resolve(isReady);
    };
    channel.once('data', () => done(true));
    channel.once('close', () => done(false));
    child.once('error', () => done(false));
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}

/**
 * Leads a command into its namespace, confined as one that is waited for but with limits of its own, up to the point where it waits for the word to start.
 * @throws NetnsError COMMAND_MISSING, PRIVILEGE_MISSING, READ_FAILED.
 */
export async function startBackground(request: BackgroundRequest): Promise<Waiting> {
  const { place, command, permit, action, runs, limits, ownRun, livesOn, files, searchPath } = request;
  const words = runs ?? installed(command, searchPath);
  const own = privileges();
  const argv = [
    ...(['setpriv', '--pdeathsig', livesOn ? 'clear' : 'SIGKILL'] as const),
    ...intoNamespace(place, own),
    ...APART,
    ...['sh', '-c', FIRST_PROCESS, 'sh', ownRun ? 'own' : 'shared'],
    ...confining(own, command, limits),
    ...words,
  ] as const;
  closeInherited();
  permit.demand(confinedWork(place, command, action));
  const child = startApart(argv, [files.stdin ?? 'ignore', files.output, files.output, files.exit, 'pipe'], CONFINED_ENVIRONMENT);
  const channel = child.stdio[4];
  const { pid } = child;
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (!(channel instanceof Socket) || !(await saysReady(child, channel)) || pid === undefined) {
    if (pid !== undefined) kill(pid);
    return fail('READ_FAILED', `${command.program} could not be led into namespace ${place.reference}.`, 'netns-mcp doctor shows what the server lacks.');
  }
  return {
    keeper: pid,
    go() {
      channel.end('go\n');
      child.unref();
    },
    async giveUp() {
      kill(pid);
      channel.destroy();
      await Promise.race([gone, sleep(START_MS)]);
    },
  };
}
