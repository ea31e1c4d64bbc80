// A namespace that others keep alive only loses its name when it is deleted: undo names it again, and takes no other for it.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

const inodeOf = async (sandbox: Sandbox, name: string) => (await sandbox.sh(`stat -Lc %i /run/netns/${name}`)).trim();

/** Somebody who lives in a namespace. */
async function inhabit(sandbox: Sandbox, name: string) {
  const inhabitant = await sandbox.start(['nsenter', `--net=/run/netns/${name}`, 'sleep', '1000']);
  await expect.poll(() => sandbox.ok(['ip', 'netns', 'pids', name])).not.toBe('');
  return inhabitant;
}

describe('the name of a namespace that lives on', () => {
  test('comes back by a process in it, and all that was changed in it before can still be undone', async ({ sandbox, rooms }) => {
    await rooms.change('create_namespace', { name: 'ns1' });
    const { change: earlier } = await rooms.change('set_link', { namespace: 'ns1', link: 'lo', mtu: 1400 });
    const [inode, { innerPid }] = [await inodeOf(sandbox, 'ns1'), await inhabit(sandbox, 'ns1')];
    const { change } = await rooms.change('delete_namespace', { namespace: 'ns1', force: true });
    expect(change).toMatchObject({ undoable: true, loses: [expect.stringContaining('lives on')] });
    expect(await sandbox.ok(['ls', '/run/netns'])).toBe('');

    const undone = await rooms.undo(change.id);
    expect(undone).toMatchObject({ state: 'undone', left: [], moved: [], commands: [['ip', 'netns', 'attach', 'ns1', String(innerPid)]] });
    expect(await inodeOf(sandbox, 'ns1')).toBe(inode);
    expect(await rooms.resolve('ns1'), 'it is still ours').toMatchObject({ owned: true });
    expect(await rooms.undo(earlier.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expect((await sandbox.link('ns1', 'lo'))?.mtu).toBe(65_536);
  });

  test('comes back by its other name', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add aa; touch /run/netns/bb; mount --bind /run/netns/aa /run/netns/bb');
    const inode = await inodeOf(sandbox, 'aa');
    const { change } = await rooms.change('delete_namespace', { namespace: 'bb' });
    expect(change.undoable).toBe(true);
    expect(await rooms.undo(change.id)).toMatchObject({ state: 'undone', left: [], moved: [] });
    expect([await inodeOf(sandbox, 'aa'), await inodeOf(sandbox, 'bb')]).toEqual([inode, inode]);
  });

  test('goes to no other namespace that got its number', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const [inode, inhabitant] = [await inodeOf(sandbox, 'ns1'), await inhabit(sandbox, 'ns1')];
    const { change } = await rooms.change('delete_namespace', { namespace: 'ns1', force: true });
    await inhabitant[Symbol.asyncDispose]();
    // Which number is given next is chance, with so many at work: the journal is told of another instead.
    await sandbox.sh('ip netns add heir');
    const heir = await inodeOf(sandbox, 'heir');
    await sandbox.sh(`cd /run/netns-mcp/changes/*${change.id}*; sed -i s/${inode}/${heir}/g *.json; grep -q ${heir} plan.json`);
    const { state, left } = await rooms.undo(change.id);
    expect({ state, left }).toEqual({ state: 'failed', left: ['namespace ns1 is missing.'] });
    expect((await sandbox.ok(['ls', '/run/netns'])).trim()).toBe('heir');
  });
});
