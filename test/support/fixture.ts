// What live tests start from: `test` with a sandbox of its own, and the rooms of the house running in it.
import { test as base } from 'vitest';
import { Rooms } from './rooms.js';
import { Sandbox } from './sandbox.js';

export { expect } from 'vitest';

export const test = base.extend<{ sandbox: Sandbox; rooms: Rooms }>({
  sandbox: async ({ task: _ }, use) => {
    await using sandbox = await Sandbox.open();
    await use(sandbox);
  },
  rooms: async ({ sandbox }, use) => {
    await use(await Rooms.open(sandbox));
  },
});
