// What create_link is tried with on both kernels: each kind made by a dry run's word, made, made again, undone, and made by hand.
import { expect } from '../support/fixture.js';
import type { Rooms } from '../support/rooms.js';
import type { Sandbox } from '../support/sandbox.js';
import type { Kind } from '../uml/kernel.js';

export interface Scenario {
  title: string;
  /** What the kernel has to have. */
  needs: readonly Kind[];
  /** Lines for a shell that make the world. */
  world?: string;
  input: Record<string, unknown>;
  /** What plain `ip -d link` shows of it. */
  shows?: RegExp;
  /** Takes the world away again, where a next scenario runs in the same sandbox. */
  afterwards?: string;
}

/** Where one link ends in the text of `ip -d link`, the next begins. */
async function seen(sandbox: Sandbox, { namespace, name }: Record<string, unknown>): Promise<string> {
  const entry = typeof namespace === 'string' && namespace !== 'host' ? ['-n', namespace] : [];
  return await sandbox.ok(['ip', ...entry, '-d', 'link', 'show', 'dev', String(name)]);
}

/**
 * Makes a link in every way there is, and sees each time that it is what was said, and that nothing stays of it.
 * @param isBrief Where looks are dear: what is to change nothing is not looked at once more, for it has no commands; and what is to be as it was is
 * looked at again only while it is not.
 */
export async function thereAndBack(sandbox: Sandbox, rooms: Rooms, { input, shows }: Pick<Scenario, 'input' | 'shows'>, isBrief = false): Promise<void> {
  const look = (isSettled = false) => sandbox.snapshotText({ masked: true, isSettled });
  const becomes = async (text: string, why: string) => {
    if (isBrief) await expect.poll(() => look(true), { timeout: 20_000, message: why }).toBe(text);
    else expect(await look(), why).toBe(text);
  };
  const before = await look(isBrief);
  const planned = await rooms.dryRun('create_link', input);
  if (!isBrief) await becomes(before, 'a dry run changes nothing');
  expect(planned.foreseen).toMatchObject({ id: null, changed: true, undoable: true, loses: [] });

  const made = await rooms.change('create_link', input);
  expect(made.change).toMatchObject({ commands: planned.foreseen.commands, changed: true });
  expect(made.change.differs).toBeUndefined();
  expect(made.shown).toMatchObject({ link: { name: input['name'], kind: input['kind'] } });
  if (shows) expect(await seen(sandbox, input)).toMatch(shows);
  const after = await look();
  expect(after).not.toBe(before);

  const again = await rooms.change('create_link', input);
  expect(again.change, 'the second call').toMatchObject({ id: null, changed: false, commands: [] });
  if (!isBrief) await becomes(after, 'the second call');

  expect(await rooms.undo(made.change.id)).toMatchObject({ won: true, state: 'undone', left: [], moved: [] });
  await becomes(before, 'undo leaves nothing');
  for (const argv of planned.foreseen.commands ?? []) await sandbox.ok(argv);
  await becomes(after, 'by hand it is the same');
}
