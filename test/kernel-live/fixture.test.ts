// The sandbox fixture itself: what happens in it stays in it.
import { expect, test } from '../support/fixture.js';

test('a sandbox sees only its own loopback, and its rooms work', async ({ sandbox, rooms }) => {
  expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo']);
  const made = await rooms.change('create_veth_pair', { a: { name: 'a0' }, b: { name: 'b0' } });
  expect(made.change.changed).toBe(true);
  expect((await sandbox.links()).map(({ ifname }) => ifname)).toEqual(['lo', 'b0', 'a0']);
});
