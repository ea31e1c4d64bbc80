// In the sandbox a namespace can have files of its own, whether the host has the folder or not, and the host's stay as they are.
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Drivers, endAllWith, runAs, USERS } from '../support/exec-harness.js';

let drivers: Drivers;
beforeAll(async () => {
  drivers = await Drivers.build();
});
afterEach(() => endAllWith([drivers.sandbox[1]]));
afterAll(() => drivers[Symbol.dispose]());

const WRITES = `ip netns add red && mkdir -p /etc/netns/red && echo 'nameserver 192.0.2.7' | tee /etc/netns/red/resolv.conf && ip netns exec red cat /etc/resolv.conf
  touch /etc/was-here 2>/dev/null && echo WRITTEN; ls /etc/passwd`;

test.for(USERS)('as %s', async (user) => {
  const before = existsSync('/etc/netns');
  const { stdout } = await runAs(user, [...drivers.sandbox, 'enter', 'sh', '-c', WRITES]);
  expect(stdout.toString()).toBe('nameserver 192.0.2.7\nnameserver 192.0.2.7\n/etc/passwd\n');
  expect(existsSync('/etc/netns')).toBe(before);
  expect(existsSync('/etc/netns/red')).toBe(false);
});
