// A furnished sandbox with a server in it, for many rounds that each leave it as they found it; one that was left otherwise is thrown away.
import { dump } from '../support/dump.js';
import { Rooms } from '../support/rooms.js';
import { Sandbox } from '../support/sandbox.js';
import { BUSY_WORLD } from './busy-world.js';

/** `/etc` is a copy: some operations write files there. */
export const OWN_ETC = 'mkdir /run/etc && cp -r /etc/. /run/etc/ 2>/run/cp.log || true; mount --bind /run/etc /etc; mkdir -p /etc/netns';

export interface Stage {
  sandbox: Sandbox;
  rooms: Rooms;
  /** Everything as it was when the stage was set. */
  before: string;
}

async function setStage(): Promise<Stage> {
  const sandbox = await Sandbox.open();
  await sandbox.sh(`${OWN_ETC}\n${BUSY_WORLD}`);
  return { sandbox, rooms: await Rooms.open(sandbox), before: await dump(sandbox) };
}

/** So many stages, lent one at a time. */
export class Stages implements AsyncDisposable {
  readonly #free: { stage: Promise<Stage> | null }[];
  readonly #waiting: ((slot: { stage: Promise<Stage> | null }) => void)[] = [];

  constructor(size: number) {
    this.#free = Array.from({ length: size }, () => ({ stage: null }));
  }

  /** Does something on a stage. What throws spoils it: nobody else gets that one. */
  async use<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
    const slot = this.#free.shift() ?? (await new Promise<{ stage: Promise<Stage> | null }>((resolve) => this.#waiting.push(resolve)));
    slot.stage ??= setStage();
    const stage = await slot.stage;
    try {
      return await work(stage);
    } catch (error) {
      slot.stage = null;
      await stage.sandbox[Symbol.asyncDispose]();
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next(slot);
      else this.#free.push(slot);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#free.splice(0).map(async ({ stage }) => (await stage)?.sandbox[Symbol.asyncDispose]()));
  }
}
